"""What an answer says beside its features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ioc.domain.clock import rfc3339
from ioc.geo.documents import Language
from ioc.geo.served_crs import DEFAULT_CRS, ServedCrs


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """How features were asked for.

    Attributes:
        base: the address of the landing page.
        links: link objects of the answer.
        matched: how many features meet the question, on all pages.
        now: the present.
        crs: the coordinate system of the answer.
        properties: the attributes that are wanted, None: all.
        asked: the parameters of the question.
        note: what whoever reads the answer must know, such as that it is not all there is.
        language: the language of what is for people.
        is_item: whether one feature was asked for by its id, rather than those that meet a question.
    """

    base: str
    links: Sequence[dict[str, Any]]
    matched: int
    now: datetime
    crs: ServedCrs = DEFAULT_CRS
    properties: tuple[str, ...] | None = None
    asked: Mapping[str, str] = field(default_factory=dict)
    note: str | None = None
    language: Language = "vi"
    is_item: bool = False

    def counts(self, returned: int) -> dict[str, Any]:
        """Return what a collection of `returned` features says beside them."""
        told = {"timeStamp": rfc3339(self.now), "numberMatched": self.matched, "numberReturned": returned}
        return told | ({"note": self.note} if self.note else {})
