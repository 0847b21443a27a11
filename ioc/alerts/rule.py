"""What a rule is: which subjects it looks at, the condition, its severities with their limits, and how long it waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal

import msgspec

from ioc.alerts.conditions import KINDS, ON_TIME, Absence, Condition, is_yes_or_no, spell
from ioc.domain.live import StationView


class Severity(StrEnum):
    """The severities of CAP 1.2 (OASIS), least first."""

    MINOR = "minor"
    MODERATE = "moderate"
    SEVERE = "severe"
    EXTREME = "extreme"

    @property
    def rank(self) -> int:
        """0 for the least."""
        return _RANKS[self]


_RANKS: Mapping[Severity, int] = {severity: rank for rank, severity in enumerate(Severity)}
SeverityWord = Literal["minor", "moderate", "severe", "extreme"]


class Text(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Words in both languages of the interface."""

    vi: str
    en: str


class AreaChoice(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The polygons of a layer, or one of them."""

    layer: str
    feature: str | None = None


class Selector(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Which subjects a rule looks at; what is not said matches anything. `unit` is a code, with everything below it."""

    property: str | None = None
    kind: str | None = None
    source: str | None = None
    station: str | None = None
    unit: str | None = None
    area: AreaChoice | None = None

    def matches(self, station: StationView, units: frozenset[str] = frozenset(), areas: frozenset[tuple[str, str]] = frozenset()) -> bool:
        """Return whether a station is chosen that lies in `units`, told by their codes, and in `areas`, told as (layer, feature)."""
        wanted = (self.kind, station.kind), (self.source, station.source), (self.station, station.station)
        if not all(want in (None, has) for want, has in wanted) or (self.unit is not None and self.unit not in units):
            return False
        if self.area is None:
            return True
        layer, feature = self.area.layer, self.area.feature
        return (layer, feature) in areas if feature is not None else any(one == layer for one, _ in areas)


class Threshold(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A severity and its limit; it holds beyond `limit`, and then until the value is back at `clear` (none: at `limit`)."""

    severity: SeverityWord
    limit: float
    clear: float | None = None


@dataclass(frozen=True)
class Rule:
    """A rule; `thresholds` are from the mildest to the gravest, `sign` is 1 above and -1 below the limits.

    `parent` is the template that it was made from, None where it was written by itself; `where` names file and line,
    `origin` is `file` or `rest`.
    """

    id: str
    title: Text
    description: Text
    select: Selector
    sign: int
    thresholds: tuple[Threshold, ...]
    hold: timedelta
    keep_firing: timedelta
    condition: Condition | None = None
    parent: str | None = None
    where: str = field(default="", compare=False)
    origin: str = field(default="file", compare=False)

    @cached_property
    def kind(self) -> str:
        """`threshold`, or the member that states the condition."""
        return next((name for name, kind in KINDS.items() if isinstance(self.condition, kind)), "threshold")

    @cached_property
    def is_met_at_limit(self) -> bool:
        """Whether a level holds at its limit already, and not only beyond it: where limits are durations."""
        return isinstance(self.condition, ON_TIME)

    @cached_property
    def is_yes_or_no(self) -> bool:
        """Whether the condition holds or does not, so that a severity stands in the place of limits."""
        return is_yes_or_no(self.condition)

    @cached_property
    def levels(self) -> tuple[tuple[Severity, int, float, float | None], ...]:
        """Return (severity, rank, limit, clear) of each threshold, from the mildest."""
        return tuple((s := Severity(t.severity), s.rank, t.limit, t.clear) for t in self.thresholds)

    @property
    def direction(self) -> str:
        """`above` or `below`."""
        return "above" if self.sign > 0 else "below"

    def threshold(self, severity: str) -> Threshold | None:
        """Return the threshold of `severity`, None where the rule has none of that severity."""
        return next((t for t in self.thresholds if t.severity == severity), None)

    def definition(self) -> dict[str, Any]:
        """Return the rule as it is kept and shown, the same for the same rule."""
        told: dict[str, Any] = {
            "id": self.id,
            "title": msgspec.to_builtins(self.title),
            "description": msgspec.to_builtins(self.description),
            "select": _without_none(msgspec.to_builtins(self.select)),
            **(
                {"severity": self.thresholds[0].severity}
                if self.is_yes_or_no
                else {self.direction: [self._told(t) for t in self.thresholds]}
            ),
            "for": spell(self.hold.total_seconds()),
            "keep_firing_for": spell(self.keep_firing.total_seconds()),
        }
        if self.condition is not None:
            told[self.kind] = _without_none(msgspec.to_builtins(self.condition))
        if self.parent is not None:
            told["template"] = self.parent
        return told

    def _told(self, threshold: Threshold) -> dict[str, Any]:
        told: dict[str, Any] = msgspec.to_builtins(threshold)
        if self.is_met_at_limit and not (isinstance(self.condition, Absence) and self.condition.unit == "intervals"):
            told["limit"] = spell(threshold.limit)
        return told


def _without_none(told: dict[str, Any]) -> dict[str, Any]:
    return {name: _without_none(value) if isinstance(value, dict) else value for name, value in told.items() if value is not None}
