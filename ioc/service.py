"""The parts of the service joined together: what is started, in which order, and what runs until the end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import asyncpg
import structlog

from ioc import metrics
from ioc.access.door import Door
from ioc.alerts.recorder import Recorder
from ioc.bus import Bus
from ioc.desks import Desks
from ioc.domain.clock import Clock, local_day
from ioc.domain.live import Changes, StationView
from ioc.domain.observation import StationKey
from ioc.domain.unit import UnitRef
from ioc.errors import ConfigurationError, Unavailable
from ioc.geo.catalogue import LayerCatalogue
from ioc.geo.live import LiveCollections
from ioc.geo.locate import UnitIndex
from ioc.geo.tile_publish import draw_undrawn
from ioc.geo.unit_book import UnitBook
from ioc.ground import Ground
from ioc.indicating import Indicating
from ioc.indicators.plan import Plan
from ioc.ingest.bulk_load import Loader, rehearsing, writing
from ioc.ingest.gate import Gate
from ioc.ingest.intake import Intake
from ioc.ingest.partitions import Partition
from ioc.ingest.pipeline import Pipeline
from ioc.ingest.policy import Policy
from ioc.ingest.rate import RateLimit
from ioc.ingest.replay import Replayer, ReplayReport
from ioc.ingest.writer import Writer
from ioc.mqtt import Endpoint
from ioc.operations import Operations, operations
from ioc.pulse import Pulse
from ioc.rule_keeper import RuleKeeper
from ioc.settings import Settings
from ioc.store import keys, quarantine
from ioc.store.faults import STORE_TROUBLE
from ioc.store.layers import load_units
from ioc.store.level import Level, recorded_level
from ioc.store.live import fixed_stations, load_live, place_stations
from ioc.store.past import StoredPast
from ioc.store.pool import open_pool
from ioc.store.quarantine import QuarantineSize, Selection
from ioc.store.registry import Registry
from ioc.store.retention import drop_old
from ioc.store.revisions import pending
from ioc.store.sources import registry_version
from ioc.streams.feed import Feed
from ioc.streams.hindsight import Hindsight
from ioc.streams.hub import Hub
from ioc.streams.replay import Projector
from ioc.timekeeper import Timekeeper

_log = structlog.get_logger()
_PATIENCE_S = (0.5, 1.0, 2.0, 5.0)
_HOUSE_TIMEOUT_S = 600.0
_LAYERS_EVERY_S = 5.0
_HISTORY_WAITS_S = 10.0
_RETENTION_EVERY_S = 3600.0
_PASSING = (*STORE_TROUBLE, Unavailable)


class Service:
    """One process: ingest, alerts, layers and streams over one database and one broker.

    Three ways lead to the database, so that none waits for another: the connection of the partition, on which ingest writes; a few for what
    the service reads for itself (`house`); and those for whoever asks over HTTP (`pool`).
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings, self.clock = settings, clock
        self.level: Level | None = None
        self.trouble: str | None = "the database was not reached yet"
        self.catalogue = LayerCatalogue()
        self.units = UnitIndex([], today=self._today)
        self.unit_book = UnitBook(today=self._today)
        self.desks = Desks(
            self.unit_of,
            pool=self.pool,
            house=self.house,
            units=self.unit_book,
            publish=self._tell,
            clock=clock,
            is_ours=lambda: self.intake.partition.is_held,
            longest_shelf=timedelta(days=settings.shelve_max_days),
        )
        past = StoredPast(self.pool, self.unit_of)
        self.hindsight = Hindsight(past, clock)
        play, commands = Projector(past, clock).play, Operations(operations(self.desks.alerts), self.house)
        self.hub = Hub(clock=clock, health=self.degraded, commands=commands, play=play, units_below=self.unit_book.codes_below)
        self.indicating = Indicating(
            settings.sdi_dir, self.hub, self.unit_book, pool=self.pool, house=self.house, clock=clock, on_plan=self._take_up
        )
        self.figures = self.indicating.reader
        self.live = self._make_live()
        self.feed = Feed(self.hub.mirror, self._load_live)
        endpoint = Endpoint(settings.mqtt_url, settings.mqtt_protocol, settings.mqtt_ca_file)
        self.bus = Bus(endpoint, clock=clock, on_changes=self.feed.receive, on_state=self.feed.connection_changed)
        self.known = Registry(self.unit_of, event_types=self.indicating.plan.event_types)
        self.gate = Gate(Policy(settings.source_policy))
        self.quarantine: QuarantineSize | None = None
        self._registry_version: int | None = None
        self.ground = Ground(self.unit_book, lambda: self.catalogue.collections, today=self._today, view_of=self._view_of)
        self.recorder = Recorder(
            lambda: self.rules.rules,
            self.unit_of,
            around=self.ground.surroundings,
            units_of=self.ground.units_of,
            silencer=self.desks.silencing,
        )
        self.rules = RuleKeeper(
            settings.sdi_dir / "rules", self.recorder, clock=clock, publish=self.bus.publish, look_after=self.ground.look_after
        )
        self.pulse = Pulse(clock)
        self.door = Door(lookup=self._find_key, is_loopback=settings.is_loopback)
        self.replayer: Replayer | None = None
        self.writer: Writer | None = None
        self.intake = self._make_intake(endpoint)
        self.timekeeper = Timekeeper(
            self.pulse,
            self.intake,
            recorder=self.recorder,
            rules=self.rules,
            targets=self.indicating.targets(self.recorder, self.bus.publish),
            house=self.house,
            clock=clock,
            publish=self.bus.publish,
        )
        self._pool: asyncpg.Pool | None = None
        self._house: asyncpg.Pool | None = None
        self._units_outdated = True

    def _make_live(self) -> LiveCollections:
        """Return the collections that are made of the live state."""
        return LiveCollections(
            self.hub.mirror,
            pool=self.pool,
            unit_of=self.unit_of,
            layers=self.catalogue,
            clock=self.clock,
            public=self.settings.live_public,
            figures=self.indicating.latest_by_unit,
        )

    def _make_intake(self, endpoint: Endpoint) -> Intake:
        """Return the intake of this process's partition."""
        return Intake(
            endpoint,
            Partition(self.settings.database_url, self.settings.partition),
            topic_filter=self.settings.topic_filter,
            window=2 * self.settings.batch_size,
            clock=self.clock,
            take_over=self._take_over,
            rate_limit=None if self.settings.rate_limit is None else RateLimit(self.settings.rate_limit),
        )

    def pool(self) -> asyncpg.Pool:
        """Return the connections for whoever asks over HTTP: what takes longer than `IOC_QUERY_TIMEOUT_S` is ended.

        Raises:
            Unavailable: the database was not reached yet.
        """
        return self._reached(self._pool)

    def house(self) -> asyncpg.Pool:
        """Return the connections for what the service reads and tidies for itself; raises as `pool` does."""
        return self._reached(self._house)

    def _reached(self, pool: asyncpg.Pool | None) -> asyncpg.Pool:
        if pool is None:
            raise Unavailable(self.trouble or "the database was not reached yet")
        return pool

    def unit_of(self, number: int) -> UnitRef | None:
        """Return the unit of this number, None where there is none."""
        return self.units.ref(number)

    def degraded(self) -> str | None:
        """Return why what viewers see may be behind, None while it is not."""
        ingest = self.intake.trouble
        return self.trouble or self.feed.trouble or (f"the store does not take what arrives: {ingest}" if ingest else None)

    async def replay(self, chosen: Selection) -> ReplayReport:
        """Send messages from quarantine through ingest again.

        Raises:
            Unavailable: the database was not reached yet.
        """
        if self.replayer is None:
            raise Unavailable(self.trouble or "the database was not reached yet")
        return await self.replayer.replay(chosen)

    async def history(self, *, dry_run: bool) -> Loader:
        """Return a loader of history that takes turns with live ingest; raises Unavailable while the store was not reached."""
        if self.writer is None:
            raise Unavailable(self.trouble or "the database was not reached yet")
        if dry_run:
            return rehearsing(
                (await self._load_live(())).stations, gate=self.gate, pool=self.house, event_types=self.indicating.plan.event_types
            )
        return writing(
            self.writer, known=self.known, gate=self.gate, pool=self.house, publish=self.bus.publish, patience_s=_HISTORY_WAITS_S
        )

    def reread_stations(self) -> None:
        """Read again what stations describe, in ingest and in what viewers see."""
        self.known.forget()
        self.feed.heal()

    async def checks(self) -> dict[str, dict[str, Any]]:
        """Return for each thing that the service needs whether it is well, and in words."""
        intake, layers, systems = self.intake, len(self.catalogue.collections), self.indicating.systems
        # Who stands by has no business at the broker but to hear of changes.
        broker = self.bus.connection if intake.partition.is_taken else intake.connection
        return {
            "database": await self._check_database(),
            "ingest": _check(intake.trouble is None, intake.in_words()),
            "broker": _check(broker.is_connected, "connected" if broker.is_connected else broker.trouble),
            "mirror": _check(self.feed.is_loaded, self.feed.trouble or f"{len(self.hub.mirror)} stations"),
            "layers": _check(self.trouble is None, f"{layers} layers, {len(self.units)} units"),
            "rules": _check(self.rules.trouble is None, self.rules.trouble or f"{len(self.rules.rules)} rules"),
            "systems": _check(systems.trouble is None, systems.trouble or f"{len(systems.plan.systems)} systems"),
            "quarantine": _check(self.trouble is None, self.quarantine.in_words() if self.quarantine else "not read yet"),
        }

    async def _check_database(self) -> dict[str, Any]:
        if self.trouble is not None:
            return _check(ok=False, detail=self.trouble)
        try:
            async with asyncio.timeout(2), self.house().acquire() as conn:
                await conn.fetchval("SELECT 1")
        except _PASSING as error:
            return _check(ok=False, detail=f"{type(error).__name__}: {error}")
        return _check(ok=True, detail=self.level.in_words() if self.level else "")

    def measure(self) -> None:
        """Bring the gauges up to date."""
        metrics.WAITING.set(self.intake.depth)
        metrics.FORCED_RECONNECTS.set(self.intake.forced_reconnects)
        metrics.PARTITION_HELD.set(self.intake.partition.is_held)
        metrics.STREAM_SESSIONS.set(len(self.hub))
        metrics.MIRROR_STATIONS.set(len(self.hub.mirror))
        metrics.MIRROR_ALERTS.set(len(self.hub.mirror.alerts))
        if self.quarantine is not None:
            metrics.QUARANTINE_BYTES.set(self.quarantine.bytes)
            metrics.QUARANTINE_MAX_BYTES.set(self.quarantine.max_bytes)
            metrics.QUARANTINE_LOST.set(self.quarantine.lost_messages)
        metrics.MIRROR_HEALS.set(self.feed.heals)
        newest = self.hub.mirror.newest
        metrics.LAG_SECONDS.set((self.clock.now() - newest).total_seconds() if newest else 0)

    async def run(self) -> None:
        """Start everything in order and run until cancelled."""
        await self._open_store()
        self.writer = writer = Writer(
            await self.intake.partition.pool(),
            known=self.known,
            units=lambda: self.units,
            judge=self.recorder,
            on_rejected=self.intake.tell,
            gate=self.gate,
            passed=self.pulse.passed,
        )
        self.replayer = Replayer(self.house, writer=writer, known=self.known, gate=self.gate, clock=self.clock, publish=self.bus.publish)
        self.intake.join(
            Pipeline(
                writer=writer,
                broker=self.intake.connection,
                publish=self.bus.publish,
                batch_size=self.settings.batch_size,
                batch_age_s=self.settings.batch_age_ms / 1000,
                recover=self._recover,
                rate_limit=self.intake.rate_limit,
                on_batch=metrics.count_batch,
            )
        )
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.intake.run(), name="ioc.ingest.intake")
                tasks.create_task(self.feed.run(), name="ioc.streams.feed")
                tasks.create_task(self.bus.run(), name="ioc.bus")
                tasks.create_task(self._layers_loop(), name="ioc.geo.layers")
                tasks.create_task(self._tiles_loop(), name="ioc.geo.tiles")
                tasks.create_task(self._retention_loop(), name="ioc.store.retention")
                tasks.create_task(self.desks.upkeep.run(), name="ioc.alerts.upkeep")
                tasks.create_task(self.timekeeper.run(writer), name="ioc.alerts.time")
                tasks.create_task(self.indicating.run(_PASSING), name="ioc.indicators")
        finally:
            await asyncio.gather(self.pool().close(), self.house().close())

    async def _open_store(self) -> None:
        """Reach the database, however long it takes, and read what the parts start from."""
        tries = 0
        while True:
            try:
                dsn, timeout_s = self.settings.database_url, self.settings.query_timeout_s
                self._house = self._house or await open_pool(dsn, size=6, timeout_s=_HOUSE_TIMEOUT_S)
                self._pool = self._pool or await open_pool(dsn, timeout_s=timeout_s)
                await self._read_store(self._house)
            except _PASSING as error:
                self.trouble = f"database: {type(error).__name__}: {error}" if not isinstance(error, Unavailable) else error.detail
                _log.warning("store.not_ready", why=self.trouble)
                await asyncio.sleep(_PATIENCE_S[min(tries, len(_PATIENCE_S) - 1)])
                tries += 1
            else:
                self.trouble = None
                _log.info("store.ready", store_level=str(self.level), units=len(self.units), rules=len(self.rules.rules))
                return

    async def _read_store(self, pool: asyncpg.Pool) -> None:
        async with pool.acquire() as conn:
            if missing := await pending(conn):
                raise Unavailable(f"the database lacks the migrations {', '.join(missing)}: run `ioc migrate`")
            if not self.settings.is_loopback and not await keys.has_administrator(conn):
                raise ConfigurationError(
                    f"bound to {self.settings.http_host}, which others can reach, and there is no administrator key: "
                    "run `ioc keys create NAME --role administrator` first, or bind to 127.0.0.1"
                )
            self.level = await recorded_level(conn)
            await quarantine.limit_quarantine(conn, self.settings.quarantine_max_mb << 20)
            await self.rules.read(conn)
        await self._follow_store(pool)
        await self._refresh_layers(pool)

    async def _refresh_layers(self, pool: asyncpg.Pool) -> bool:
        """Take up newly published layers, and a day on which units change; fixed stations then get their units anew."""
        self._units_outdated |= await self.catalogue.refresh(pool) | self.units.has_turned()
        if not self._units_outdated:
            return False
        async with pool.acquire() as conn, conn.transaction():
            loaded = await load_units(conn)
            units = UnitIndex(loaded, today=self._today)
            await self.unit_book.read(conn, [ref for ref, _ in loaded])
            stations = await fixed_stations(conn)
            places = units.locate_many([s[1] for s in stations], [s[2] for s in stations]) if stations else []
            moved = {s[0]: unit for s, unit in zip(stations, places, strict=True) if s[3] != unit}
            await place_stations(conn, moved)
        self.units, self._units_outdated = units, False
        self.known.forget()
        self.ground.renew()
        _log.info("layers.loaded", collections=len(self.catalogue.collections), units=len(units), stations_placed_anew=len(moved))
        return True

    async def _follow_store(self, pool: asyncpg.Pool) -> None:
        """Notice what imports and replays by command changed, and how full the quarantine is."""
        async with pool.acquire() as conn:
            self.quarantine = await quarantine.quarantine_size(conn)
            version = await registry_version(conn)
        if self._registry_version not in (None, version):
            self.reread_stations()
        self._registry_version = version

    async def _take_over(self, conn: asyncpg.Connection) -> None:
        """Take up ingest where the last holder of the partition left it."""
        self.known.forget()
        self.gate.forget()
        self.pulse.stop()
        await self.recorder.start(conn, self.clock.now())
        self.feed.heal()

    async def _recover(self) -> None:
        """Believe the database again, after it may have kept what it could not tell us."""
        self.known.forget()
        async with self.house().acquire() as conn:
            await self.recorder.restore(conn, self.clock.now())
        self.feed.heal()

    async def _layers_loop(self) -> None:
        """Notice publications; the mirror then learns the units of the stations from the database."""
        while True:
            await asyncio.sleep(_LAYERS_EVERY_S)
            try:
                await self._follow_store(self.house())
                if await self._refresh_layers(self.house()):
                    self.feed.heal()
            except _PASSING as error:
                _log.warning("layers.not_read", why=f"{type(error).__name__}: {error}")

    async def _tiles_loop(self) -> None:
        """Draw the tiles of what was published and not drawn: by whoever did not wait for it, or was killed."""
        while True:
            try:
                async with self.house().acquire() as conn:
                    await draw_undrawn(conn)
            except _PASSING as error:
                _log.warning("tiles.not_drawn", why=f"{type(error).__name__}: {error}")
            await asyncio.sleep(_LAYERS_EVERY_S)

    async def _retention_loop(self) -> None:
        days = self.settings.retention_days
        while days is not None:
            try:
                async with self.house().acquire() as conn:
                    await drop_old(conn, level=self.level or Level.PLAIN, now=self.clock.now(), days=days)
            except _PASSING as error:
                _log.warning("retention.failed", why=f"{type(error).__name__}: {error}")
            await asyncio.sleep(_RETENTION_EVERY_S)

    async def _load_live(self, believed_open: Iterable[str]) -> Changes:
        async with self.house().acquire() as conn:
            return await load_live(conn, self.unit_of, believed_open)

    def _take_up(self, plan: Plan) -> None:
        """Accept the events that the systems' files tell by now."""
        self.known.event_types = plan.event_types

    def _tell(self, changes: Changes) -> None:
        """Show what somebody here has done to our own viewers at once, so that its result cannot overtake it, and tell the others."""
        self.hub.mirror.apply(changes)
        self.bus.publish(changes)

    async def _find_key(self, digest: bytes) -> tuple[str, str] | None:
        async with self.house().acquire() as conn:
            return await keys.find_key(conn, digest)

    def _view_of(self, source: str, station: str) -> StationView | None:
        entry = self.known.stations.get(StationKey(source, station))
        entity = self.hub.mirror.get(f"{source}/{station}") if entry is None else None
        return entry.view if entry else entity.view if entity else None

    def _today(self) -> date:
        return local_day(self.clock.now())


def _check(ok: bool, detail: str) -> dict[str, Any]:
    return {"ok": ok, "detail": detail}
