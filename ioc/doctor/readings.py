"""What has arrived: units, stations, and sources that are silent or send what is not accepted."""

from __future__ import annotations

from datetime import timedelta

import asyncpg

from ioc.doctor.finding import Findings, in_short
from ioc.domain.clock import Clock, rfc3339
from ioc.ingest.liveness import Liveness, liveness
from ioc.store import diagnosis, sources
from ioc.store.pool import Connection

_RECENT = timedelta(hours=1)
_BAD_SHARE = 0.05
_SHOWN = 5
_LAG_S = 300.0


async def check_readings(conn: Connection, clock: Clock, found: Findings) -> None:
    """Look at layers, stations and sources."""
    await _check_stations(conn, found)
    rows = await sources.sources(conn)
    await _check_lag(conn, clock, found, has_sources=bool(rows))
    _judge_sources(rows, clock, found)
    await _check_rejected(conn, clock, found)


async def _check_stations(conn: Connection, found: Findings) -> None:
    told = await diagnosis.describe_stations(conn)
    if told["units"]:
        found.ok("units", f"{told['units']:,} in force, {told['layers']} layers")
    else:
        found.warn(
            "units",
            f"none, {told['layers']} layers",
            why="readings and events belong to no unit, and the map has no ground",
            remedy="ioc sdi publish (docs: sdi/README.md)",
        )
    if not told["outside"] or not told["units"]:
        found.ok("stations", f"{told['stations']:,}, {told['nowhere']:,} of them without a place")
        return
    some = await diagnosis.stations_outside(conn, limit=_SHOWN)
    found.warn(
        "stations",
        f"{told['outside']:,} of {told['stations']:,} stand in no unit: {_some(some, told['outside'])}",
        why="they are missing in every sum by unit",
        remedy="look at their coordinates (longitude and latitude mixed up?), or publish units that reach there",
    )


async def _check_lag(conn: Connection, clock: Clock, found: Findings, *, has_sources: bool) -> None:
    newest = await diagnosis.newest_reading(conn)
    if newest is None:
        found.ok("newest reading", "none yet; docs/first-reading.md sends one" if not has_sources else "none yet")
        return
    age = (clock.now() - newest).total_seconds()
    if age <= _LAG_S:
        found.ok("newest reading", f"{in_short(max(age, 0))} old")
    else:
        found.warn(
            "newest reading",
            f"{in_short(age)} old ({rfc3339(newest)})",
            why="either nobody sends or ingest does not run",
            remedy="look at broker and service above, then at the sources below",
        )


def _judge_sources(rows: list[asyncpg.Record], clock: Clock, found: Findings) -> None:
    by_state: dict[Liveness, list[str]] = {}
    for row in rows:
        state = liveness(online=row["online"], last_seen=row["last_seen"], shortest_s=row["shortest_s"], now=clock.now())
        by_state.setdefault(state, []).append(row["id"])
    counts = ", ".join(f"{len(names)} {state}" for state, names in sorted(by_state.items()))
    quiet = {state: names for state, names in by_state.items() if state in (Liveness.SILENT, Liveness.OFFLINE)}
    if not quiet:
        found.ok("sources", counts or "none is known yet")
    for state, names in sorted(quiet.items()):
        found.warn(
            "sources",
            f"{len(names)} of {len(rows)} {state}: {_some(names[:_SHOWN], len(names))}",
            why="said themselves that they are offline"
            if state is Liveness.OFFLINE
            else "nothing of them was accepted for three of their intervals",
            remedy="ask their operators; GET /v1/sources/NAME says since when",
        )


async def _check_rejected(conn: Connection, clock: Clock, found: Findings) -> None:
    bad = 0
    for row in await diagnosis.recent_books(conn, clock.now() - _RECENT):
        lost = row["quarantined"] + row["refused"]
        if lost <= _BAD_SHARE * row["received"]:
            continue
        bad += 1
        reason = f", most often {row['reason']}" if row["reason"] else ""
        found.warn(
            "rejected",
            f"{row['source']}: {lost:,} of {row['received']:,} items in the last hour ({lost / row['received']:.0%}){reason}",
            why="what is in quarantine is on no map and raises no alert",
            remedy=f"ioc quarantine list --source {row['source']}",
        )
    if not bad:
        found.ok("rejected", f"no source has more than {_BAD_SHARE:.0%} of the last hour in quarantine")


def _some(names: list[str], total: int) -> str:
    return ", ".join(names) + (f" and {total - len(names)} more" if total > len(names) else "")
