"""Whether what indicators are made of arrives at all."""

from __future__ import annotations

from pathlib import Path

from ioc.doctor.finding import Findings
from ioc.errors import ConfigurationError
from ioc.indicators.catalogue import load_plan
from ioc.store.indicator_reads import has_series, senders
from ioc.store.pool import Connection


async def check_indicators(conn: Connection, sdi: Path, found: Findings) -> None:
    """Warn of each indicator that is made of an observation property that no station has ever sent."""
    try:
        plan = load_plan(sdi)
    except ConfigurationError as error:
        found.fault("indicators", error.detail, why="the service does not start", remedy="ioc indicators check names every mistake")
        return
    wanted = sorted({observed for name in plan.indicators for observed in plan.unsent(name, ())})
    sent = await senders(conn, wanted)
    # Where nothing at all was sent yet, nothing can be said of names.
    lacking = {name: unsent for name in plan.indicators if (unsent := plan.unsent(name, sent))} if await has_series(conn) else {}
    for name, unsent in lacking.items():
        found.warn(
            "indicators",
            f"{name}: no station sends {', '.join(unsent)}",
            why="it never has a value, nor has any that is made of it",
            remedy=f"compare {plan.indicators[name].place} with the properties of the stations (GET /v1/stations): name, kind and source must be the same",
        )
    if not lacking:
        found.ok("indicators", f"{len(plan.indicators)} in {len(plan.systems)} systems")
