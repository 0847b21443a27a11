"""The parts of the service joined together: what is started, in which order, and what runs until the end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta

import asyncpg
import structlog

from ioc import metrics
from ioc.access.door import Door
from ioc.alerts.recorder import Recorder
from ioc.bus import Bus
from ioc.connections import PASSING, Connections
from ioc.desks import Desks
from ioc.domain.clock import Clock, local_day
from ioc.domain.live import Changes, StationView
from ioc.domain.observation import StationKey
from ioc.errors import ConfigurationError, Unavailable
from ioc.geo.live import LiveCollections
from ioc.geo.tile_publish import draw_undrawn
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
from ioc.store.level import Level, recorded_level
from ioc.store.live import load_live
from ioc.store.past import StoredPast
from ioc.store.quarantine import QuarantineSize, Selection
from ioc.store.registry import Registry
from ioc.store.retention import drop_old
from ioc.store.revisions import pending
from ioc.store.sources import registry_version
from ioc.streams.feed import Feed
from ioc.streams.hindsight import Hindsight
from ioc.streams.hub import Hub
from ioc.streams.replay import Projector
from ioc.territory import Territory
from ioc.timekeeper import Timekeeper

_log = structlog.get_logger()
_LAYERS_EVERY_S = 5.0
_HISTORY_WAITS_S = 10.0
_RETENTION_EVERY_S = 3600.0


class Service:
    """One process: ingest, alerts, layers and streams over one database and one broker.

    Three ways lead to the database, so that none waits for another: the connection of the partition, on which ingest writes; a few for what
    the service reads for itself (`house`); and those for whoever asks over HTTP (`pool`).
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings, self.clock = settings, clock
        self.level: Level | None = None
        self.quarantine: QuarantineSize | None = None
        self._registry_version: int | None = None
        self.connections = Connections(settings)
        self.pool, self.house = self.connections.pool, self.connections.house
        self.territory = Territory(today=lambda: local_day(clock.now()))
        self.unit_of = self.territory.unit_of
        self.desks = self._make_desks()
        past = StoredPast(self.pool, self.unit_of)
        self.hindsight = Hindsight(past, clock)
        play, commands = Projector(past, clock).play, Operations(operations(self.desks.alerts), self.house)
        below = self.territory.book.codes_below
        self.hub = Hub(clock=clock, health=self.degraded, commands=commands, play=play, units_below=below)
        self.indicating = Indicating(
            settings.sdi_dir, self.hub, self.territory.book, pool=self.pool, house=self.house, clock=clock, on_plan=self._take_up
        )
        self.figures = self.indicating.reader
        self.live = self._make_live()
        self.feed = Feed(self.hub.mirror, self._load_live)
        endpoint = Endpoint(settings.mqtt_url, settings.mqtt_protocol, settings.mqtt_ca_file)
        self.bus = Bus(endpoint, clock=clock, on_changes=self.feed.receive, on_state=self.feed.connection_changed)
        self.known = Registry(self.unit_of, event_types=self.indicating.plan.event_types)
        self.gate = Gate(Policy(settings.source_policy))
        self.ground = self._make_ground()
        self.recorder = self._make_recorder()
        self.rules = RuleKeeper(
            settings.sdi_dir / "rules", self.recorder, clock=clock, publish=self.bus.publish, look_after=self.ground.look_after
        )
        self.pulse = Pulse(clock)
        self.door = Door(lookup=self._find_key, is_loopback=settings.is_loopback)
        self.replayer: Replayer | None = None
        self.writer: Writer | None = None
        self.intake = self._make_intake(endpoint)
        self.timekeeper = self._make_timekeeper()

    def _make_desks(self) -> Desks:
        """Return the desks of the operators."""
        return Desks(
            self.unit_of,
            pool=self.pool,
            house=self.house,
            units=self.territory.book,
            publish=self._tell,
            clock=self.clock,
            is_ours=lambda: self.intake.partition.is_held,
            longest_shelf=timedelta(days=self.settings.shelve_max_days),
        )

    def _make_ground(self) -> Ground:
        """Return what rules ask of the map."""
        collections, today = lambda: self.territory.catalogue.collections, lambda: local_day(self.clock.now())
        return Ground(self.territory.book, collections, today=today, view_of=self._view_of)

    def _make_recorder(self) -> Recorder:
        """Return what judges batches by the rules in force and writes down what comes of it."""
        return Recorder(
            lambda: self.rules.rules,
            self.unit_of,
            around=self.ground.surroundings,
            units_of=self.ground.units_of,
            silencer=self.desks.silencing,
        )

    def _make_timekeeper(self) -> Timekeeper:
        """Return what tells rules that time has passed."""
        return Timekeeper(
            self.pulse,
            self.intake,
            recorder=self.recorder,
            rules=self.rules,
            targets=self.indicating.targets(self.recorder, self.bus.publish),
            house=self.house,
            clock=self.clock,
            publish=self.bus.publish,
        )

    def _make_live(self) -> LiveCollections:
        """Return the collections that are made of the live state."""
        return LiveCollections(
            self.hub.mirror,
            pool=self.pool,
            unit_of=self.unit_of,
            layers=self.territory.catalogue,
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

    def degraded(self) -> str | None:
        """Return why what viewers see may be behind, None while it is not."""
        ingest = self.intake.trouble
        return self.connections.trouble or self.feed.trouble or (f"the store does not take what arrives: {ingest}" if ingest else None)

    async def replay(self, chosen: Selection) -> ReplayReport:
        """Send messages from quarantine through ingest again.

        Raises:
            Unavailable: the database was not reached yet.
        """
        if self.replayer is None:
            raise self.connections.unreached()
        return await self.replayer.replay(chosen)

    async def history(self, *, dry_run: bool) -> Loader:
        """Return a loader of history that takes turns with live ingest; raises Unavailable while the store was not reached."""
        if self.writer is None:
            raise self.connections.unreached()
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

    async def run(self) -> None:
        """Start everything in order and run until cancelled."""
        await self.connections.open(self._read_store)
        _log.info("store.ready", store_level=str(self.level), units=len(self.territory.units), rules=len(self.rules.rules))
        writer = await self._join_ingest()
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
                tasks.create_task(self.indicating.run(PASSING), name="ioc.indicators")
        finally:
            await self.connections.close()

    async def _join_ingest(self) -> Writer:
        """Join what takes messages to what writes them, and return the latter."""
        self.writer = writer = Writer(
            await self.intake.partition.pool(),
            known=self.known,
            units=lambda: self.territory.units,
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
        return writer

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
        """Take up what was published, in ingest and for rules too."""
        is_new = await self.territory.refresh(pool)
        if is_new:
            self.known.forget()
            self.ground.renew()
        return is_new

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
            except PASSING as error:
                _log.warning("layers.not_read", why=f"{type(error).__name__}: {error}")

    async def _tiles_loop(self) -> None:
        """Draw the tiles of what was published and not drawn: by whoever did not wait for it, or was killed."""
        while True:
            try:
                async with self.house().acquire() as conn:
                    await draw_undrawn(conn)
            except PASSING as error:
                _log.warning("tiles.not_drawn", why=f"{type(error).__name__}: {error}")
            await asyncio.sleep(_LAYERS_EVERY_S)

    async def _retention_loop(self) -> None:
        days = self.settings.retention_days
        while days is not None:
            try:
                async with self.house().acquire() as conn:
                    await drop_old(conn, level=self.level or Level.PLAIN, now=self.clock.now(), days=days)
            except PASSING as error:
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
