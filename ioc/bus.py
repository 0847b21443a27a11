"""The broker as the bus between our own processes: changes go out on `ioc/live/changes`, numbered, so that a listener sees what it missed."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable

import msgspec
import structlog

from ioc.domain.clock import Clock
from ioc.domain.live import Changes, decode_changes, encode_changes
from ioc.mqtt import Connection, Delivery, Endpoint

_log = structlog.get_logger()
_TOPIC = "ioc/live/changes"
_BEACON_S = 2.0


class Bus:
    """Publishes the changes of this process and hands on those of all processes, its own included."""

    def __init__(
        self, endpoint: Endpoint, *, clock: Clock, on_changes: Callable[[Changes], None], on_state: Callable[[bool], None]
    ) -> None:
        self._me = uuid.uuid4().hex[:12]
        self._number = 0
        self._clock, self._on_changes = clock, on_changes
        self.connection = Connection(
            endpoint, client_id=f"ioc-live-{self._me}", topic_filter="ioc/live/#", on_deliveries=self._receive, on_state=on_state
        )

    def publish(self, changes: Changes) -> None:
        """Send `changes` to every process, unless there are none; what the network loses the listeners heal from the database."""
        if changes.is_empty:
            return
        self._number += 1
        self._send(changes)

    async def run(self) -> None:
        """Connect, and repeat the newest number now and then, so that the loss of the last batch is noticed too."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.connection.run(), name="ioc.bus.connection")
            while True:
                await asyncio.sleep(_BEACON_S)
                self._send(Changes())

    def _send(self, changes: Changes) -> None:
        changes.publisher, changes.number, changes.time = self._me, self._number, self._clock.now()
        self.connection.publish(_TOPIC, encode_changes(changes))

    def _receive(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            try:
                changes = decode_changes(delivery.payload)
            except msgspec.MsgspecError as error:
                _log.warning("bus.not_ours", topic=delivery.topic, why=str(error))
            else:
                self._on_changes(changes)
