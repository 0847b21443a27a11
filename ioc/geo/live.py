"""The live collections under `/ogc`: made when somebody asks, kept while nothing changes and for a second at least, whoever asks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from time import monotonic
from typing import NamedTuple

import asyncpg

from ioc.domain.clock import Clock, local_day
from ioc.domain.unit import UnitRef
from ioc.geo.catalogue import LayerCatalogue
from ioc.geo.collection import Collection
from ioc.geo.live_alerts import ALERTS, KEPT, MOST_ALERTS, alerts
from ioc.geo.live_events import EVENTS, MOST_EVENTS, USUAL, Window, events, read_window
from ioc.geo.live_state import LiveState, Look, look
from ioc.geo.live_stations import STATIONS, stations
from ioc.geo.live_units import UNITS_NOW, UnitFigures, units_now
from ioc.store.alerts import closed_alerts
from ioc.store.event_windows import events_during

_ALERTS_AGE_S = 60.0
_EVENTS_AGE_S = 1.0
_FIGURES_AGE_S = 60.0
_EVENTS_KEPT = 3
"""Times of events that are kept beside each other: each may be a hundred megabytes."""


class _Kept(NamedTuple):
    collection: Collection
    state: Hashable
    made_s: float


class LiveCollections:
    """Stations, alerts, units in force and events as collections; for the event loop only."""

    def __init__(
        self,
        state: LiveState,
        *,
        pool: Callable[[], asyncpg.Pool],
        unit_of: Callable[[int], UnitRef | None],
        layers: LayerCatalogue,
        clock: Clock,
        public: bool,
        at_most_every_s: float = 1.0,
        figures: Callable[[], Awaitable[UnitFigures | None]] | None = None,
    ) -> None:
        """Make them of `state` and of what the database of `pool` holds; `public`: whether everybody may read them.

        `figures` returns those that units are to be shown with.
        """
        self._at_most_every_s, self._figures = at_most_every_s, figures
        self._state, self._pool, self._unit_of = state, pool, unit_of
        self._layers, self._clock, self.public = layers, clock, public
        self._kept: dict[str, _Kept] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._seen: Look | None = None
        self._looking = asyncio.Lock()

    async def all(self) -> list[Collection]:
        """Return every one of them, events those of the usual time."""
        return [await self.one(name) for name in _MAKERS]

    async def one(self, name: str, parameters: Mapping[str, str] | None = None) -> Collection:
        """Return the collection `name`, one of `LIVE`; of events those of the time that the parameter `datetime` names.

        Raises:
            BadInput: `datetime` is no time.
            Unavailable: the database was not reached yet.
        """
        window = (parameters or {}).get("datetime") if name == EVENTS else None
        if window is not None:
            read_window(window)  # what is wrong leaves nothing behind
        key = name if window is None else f"{name} {window}"
        async with self._locks.setdefault(key, asyncio.Lock()):
            kept = self._kept.get(key)
            if kept is None or not self._is_fresh(name, kept):
                state = self._state_of(name)
                kept = _Kept(await _MAKERS[name](self, window), state, monotonic())
                self._keep(key, kept)
        return kept.collection

    def _is_fresh(self, name: str, kept: _Kept) -> bool:
        age_s = monotonic() - kept.made_s
        lasts_s = _AGES_S.get(name)
        return age_s < self._at_most_every_s or (kept.state == self._state_of(name) and (lasts_s is None or age_s < lasts_s))

    def _state_of(self, name: str) -> Hashable:
        """Return what changes whenever the collection may."""
        if name == ALERTS:
            return frozenset((alert.id, alert.version) for alert in self._state.alerts.values())
        if name == UNITS_NOW:
            return self._state.position, local_day(self._clock.now()), tuple((each.entry.id, each.version) for each in self._join_layers())
        return self._state.position

    def _keep(self, key: str, kept: _Kept) -> None:
        self._kept.pop(key, None)
        self._kept[key] = kept
        windows = [each for each in self._kept if each.startswith(f"{EVENTS} ")]
        for old in windows[:-_EVENTS_KEPT]:
            del self._kept[old]
            if not self._locks[old].locked():
                del self._locks[old]

    def _join_layers(self) -> list[Collection]:
        return [each for each in self._layers.collections.values() if each.entry.join]

    async def _look(self) -> Look:
        async with self._looking:
            if self._seen is None or self._seen.position != self._state.position:
                self._seen = await look(self._state)
            return self._seen

    async def _stations(self, _window: str | None) -> Collection:
        seen = await self._look()
        return await asyncio.to_thread(stations, seen, self._clock.now(), public=self.public)

    async def _units(self, _window: str | None) -> Collection:
        now, layers, seen = self._clock.now(), self._join_layers(), await self._look()
        figures = await self._figures() if self._figures is not None else None
        return await asyncio.to_thread(units_now, seen, layers, now, today=local_day(now), public=self.public, figures=figures)

    async def _alerts(self, _window: str | None) -> Collection:
        now, version = self._clock.now(), self._state.position
        async with self._pool().acquire() as conn:
            closed = await closed_alerts(conn, self._unit_of, since=now - KEPT, limit=MOST_ALERTS)
        open_ones = list(self._state.alerts.values())
        return await asyncio.to_thread(alerts, open_ones, closed, version=version, now=now, public=self.public)

    async def _events(self, window: str | None) -> Collection:
        now, version = self._clock.now(), self._state.position
        begin, end = Window(now - USUAL, None) if window is None else read_window(window)
        async with self._pool().acquire() as conn:
            rows = await events_during(conn, begin, end, limit=MOST_EVENTS + 1)
        return await asyncio.to_thread(events, rows, self._unit_of, version=version, now=now, public=self.public)


# Alerts grow out of their time, and no change of the live state tells of events or figures.
_AGES_S = {ALERTS: _ALERTS_AGE_S, EVENTS: _EVENTS_AGE_S, UNITS_NOW: _FIGURES_AGE_S}
_MAKERS: Mapping[str, Callable[[LiveCollections, str | None], Awaitable[Collection]]] = {
    STATIONS: LiveCollections._stations,  # noqa: SLF001
    ALERTS: LiveCollections._alerts,  # noqa: SLF001
    UNITS_NOW: LiveCollections._units,  # noqa: SLF001
    EVENTS: LiveCollections._events,  # noqa: SLF001
}
