"""What ingest answers over HTTP: did it arrive, and if not, why not?"""

from __future__ import annotations

from collections.abc import Callable

import asyncpg
from fastapi import APIRouter

from ioc.domain.clock import Clock
from ioc.errors import Unavailable
from ioc.ingest import quarantine_routes, source_routes, station_routes
from ioc.ingest.policy import Policy
from ioc.ingest.quarantine_routes import Replay
from ioc.ingest.replay import ReplayReport
from ioc.ingest.stations import Places
from ioc.store.quarantine import Selection


async def _elsewhere(_chosen: Selection) -> ReplayReport:
    raise Unavailable("this process takes no messages in: use `ioc quarantine replay`")


def _nothing() -> None:
    """Tell nobody."""


def router(
    pool: Callable[[], asyncpg.Pool],
    clock: Clock,
    *,
    usual: Policy = Policy.OPEN,
    replay: Replay = _elsewhere,
    places: Callable[[], Places | None] = lambda: None,
    on_policy: Callable[[], None] = _nothing,
    on_stations: Callable[[], None] = _nothing,
) -> APIRouter:
    """Return all routes of ingest.

    Args:
        pool: returns the database pool; raises Unavailable while the database is away.
        clock: says what time it is.
        usual: the policy of sources that have none of their own.
        replay: sends messages from quarantine through ingest again.
        places: returns whoever knows the units that imported stations stand in.
        on_policy: called when a policy or a station's approval has changed.
        on_stations: called when stations were imported.
    """
    routes = APIRouter()
    routes.include_router(source_routes.router(pool, clock, usual=usual, on_policy=on_policy))
    routes.include_router(station_routes.router(pool, places=places, on_stations=on_stations))
    routes.include_router(quarantine_routes.router(pool, replay))
    return routes
