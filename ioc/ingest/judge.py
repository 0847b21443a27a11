"""What ingest asks of whoever evaluates the rules: to judge what a batch brought, within its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ioc.domain.evidence import Evidence
from ioc.domain.live import AlertView
from ioc.store.pool import Connection
from ioc.store.registry import SeriesEntry


class Judgement(Protocol):
    """What the rules made of a batch: written, not yet committed."""

    alerts: list[AlertView]

    def settle(self) -> None:
        """Make it the present state; called after the commit."""
        ...


class Judge(Protocol):
    """Whoever evaluates the rules."""

    def watches(self, series: SeriesEntry, /) -> bool:
        """Return whether a rule looks at the series, or has an alert open for it; readings of others need not be told."""
        ...

    def is_due(self, until: datetime, /) -> bool:
        """Return whether time alone moves something up to `until`."""
        ...

    async def judge(self, conn: Connection, evidence: Sequence[Evidence], *, until: datetime | None, now: datetime) -> Judgement:
        """Judge `evidence`, in order of arrival, after time went on to `until`; write what follows in the transaction of `conn`."""
        ...
