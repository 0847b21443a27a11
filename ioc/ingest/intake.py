"""Ingest as a whole: the partition that this process holds or stands by for, its connection to the broker, and the pipeline behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from time import monotonic

import asyncpg
import structlog

from ioc.domain.clock import Clock
from ioc.ingest.batch import Message
from ioc.ingest.feedback import FeedbackLimiter
from ioc.ingest.outcome import Rejection
from ioc.ingest.partitions import Partition
from ioc.ingest.pipeline import Pipeline
from ioc.ingest.rate import RateLimit
from ioc.ingest.stall import StallWatch
from ioc.ingest.topics import source_of
from ioc.mqtt import Connection, Delivery, Endpoint
from ioc.store import sources

_log = structlog.get_logger()
_TICK = timedelta(microseconds=1)
_WATCH_EVERY_S = 1.0
TakeOver = Callable[[asyncpg.Connection], Awaitable[None]]


class Intake:
    """Holds a partition or waits for it; takes messages only while it holds it. `join` gives it its pipeline before `run`."""

    def __init__(
        self,
        endpoint: Endpoint,
        partition: Partition,
        *,
        topic_filter: str,
        window: int,
        clock: Clock,
        take_over: TakeOver,
        rate_limit: RateLimit | None = None,
    ) -> None:
        self.partition, self.rate_limit = partition, rate_limit
        self.pipeline: Pipeline | None = None
        self.forced_reconnects = 0
        self._clock, self._take_over = clock, take_over
        self._feedback = FeedbackLimiter()
        self._last_arrival = clock.now()
        self._away_since: datetime | None = None
        self._connecting: asyncio.Task[None] | None = None
        self.connection = Connection(
            endpoint,
            client_id=f"ioc-ingest-{partition.name}",
            topic_filter=topic_filter,
            on_deliveries=self._take,
            on_state=self._connection_changed,
            durable=True,
            window=window,
            may_connect=lambda: partition.is_held,
        )

    def join(self, pipeline: Pipeline) -> None:
        """Send what arrives through `pipeline`."""
        self.pipeline = pipeline

    @property
    def depth(self) -> int:
        """How many messages wait for the next batch."""
        return self.pipeline.depth if self.pipeline else 0

    @property
    def in_hand(self) -> int:
        """How many messages were taken and are neither committed nor dropped."""
        return self.pipeline.in_hand if self.pipeline else 0

    @property
    def trouble(self) -> str | None:
        """Why the store does not take what arrives, None while it does."""
        return self.partition.trouble or (self.pipeline.trouble if self.pipeline else None)

    def in_words(self) -> str:
        """Return what this process does, for `/readyz`."""
        if self.trouble:
            return self.trouble
        return f"{'standby: another process has' if self.partition.is_taken else 'holds'} partition {self.partition.name}"

    def tell(self, topic: str, rejection: Rejection) -> None:
        """Tell a source why something was not accepted."""
        feedback = self._feedback.offer(source_of(topic), topic, rejection.reason, rejection.detail, self._clock.now())
        if feedback is not None:
            self.connection.publish(feedback.to_topic, feedback.payload())

    async def run(self) -> None:
        """Claim the partition, work while it is ours, and claim it again, until cancelled.

        The connection to the broker stays while the lock is only asked for anew: what was taken is held until the database is back. It is
        given up, and what was taken with it, as soon as another process has the lock.
        """
        assert self.pipeline is not None, "join comes first"
        try:
            while True:
                await self.partition.claim(self._begin, on_taken=self._give_up)
                self._connecting = self._connecting or asyncio.create_task(self.connection.run(), name="ioc.ingest.connection")
                await self._work(self.pipeline, self._connecting)
        finally:
            # The connection last, so that what was committed at the end is acknowledged too.
            await self._disconnect()
            self.partition.close()

    async def _work(self, pipeline: Pipeline, connecting: asyncio.Task[None]) -> None:
        """Ingest until the lock is lost; raises what ended any of the parts."""
        parts = {
            asyncio.create_task(pipeline.run(), name="ioc.ingest.pipeline"),
            asyncio.create_task(self._watch_loop(pipeline), name="ioc.ingest.watch"),
            asyncio.create_task(self._feedback_loop(), name="ioc.ingest.feedback"),
            asyncio.create_task(self.partition.lost(), name="ioc.ingest.partition"),
        }
        try:
            done, _ = await asyncio.wait({*parts, connecting}, return_when=asyncio.FIRST_COMPLETED)
            for part in done:
                part.result()
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)

    async def _begin(self, conn: asyncpg.Connection) -> None:
        """Read what has to be remembered, and since when nobody took the messages of each source."""
        await self._take_over(conn)
        if self.rate_limit is not None and self._connecting is None:
            for source, seen in (await sources.last_seen(conn)).items():
                self.rate_limit.credit((self._clock.now() - seen).total_seconds(), source)

    def _give_up(self) -> None:
        """Leave the session at the broker, and all that came by it, to the process that has the lock."""
        if self._connecting is not None:
            self._connecting.cancel()
            self._connecting = None
        if self.pipeline is not None:
            self.pipeline.drop_all()

    async def _disconnect(self) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)

    async def _watch_loop(self, pipeline: Pipeline) -> None:
        """Connect anew where the broker's window is stuck."""
        watch, broker = StallWatch(), self.connection
        while True:
            await asyncio.sleep(_WATCH_EVERY_S)
            why = watch.look(
                connection=broker.number,
                delivered=broker.delivered,
                unacknowledged=broker.unacknowledged,
                in_hand=pipeline.in_hand,
                at=monotonic(),
            )
            if why is not None and broker.is_connected:
                self.forced_reconnects += 1
                broker.reconnect(why)

    async def _feedback_loop(self) -> None:
        """Tell the sources how much of the same was not accepted since they were told."""
        while True:
            await asyncio.sleep(1)
            for feedback in self._feedback.due(self._clock.now()):
                self.connection.publish(feedback.to_topic, feedback.payload())

    def _connection_changed(self, connected: bool) -> None:
        now = self._clock.now()
        if not connected:
            self._away_since = self._away_since or now
            return
        if self.rate_limit is not None and self._away_since is not None:
            self.rate_limit.credit((now - self._away_since).total_seconds())
        self._away_since = None
        if self.pipeline is not None and self.connection.has_session:
            # A broker that has forgotten the session delivers nothing again: then what waits is all there is.
            self.pipeline.drop_before(self.connection.number)

    def _take(self, deliveries: list[Delivery]) -> None:
        """Hand messages on, each with a moment of arrival of its own: two readings without a time are two readings."""
        assert self.pipeline is not None, "messages come only while the pipeline runs"
        arrived = max(self._clock.now(), self._last_arrival)
        messages = []
        for d in deliveries:
            arrived += _TICK
            messages.append(Message(d.topic, d.payload, arrived, d.qos, d.mid, d.connection, d.told_time, d.is_retained))
        self._last_arrival = arrived
        self.pipeline.take(messages)
