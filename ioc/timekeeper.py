"""Lets time pass for the rules, in the process that ingests, and puts rules in force when they change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import asyncpg
import structlog

from ioc.alerts.recorder import Recorder
from ioc.domain.clock import Clock
from ioc.domain.live import Changes
from ioc.errors import Unavailable
from ioc.ingest.intake import Intake
from ioc.ingest.writer import Writer
from ioc.pulse import Pulse
from ioc.rule_keeper import RuleKeeper
from ioc.store.faults import STORE_TROUBLE
from ioc.target_keeper import TargetKeeper

_log = structlog.get_logger()
_EVERY_S = 1.0
_PASSING = (*STORE_TROUBLE, Unavailable)


class Timekeeper:
    """Looks every second whether time alone or a figure moves an alert, and whether the rules are still those that are told."""

    def __init__(
        self,
        pulse: Pulse,
        intake: Intake,
        *,
        recorder: Recorder,
        rules: RuleKeeper,
        targets: TargetKeeper,
        house: Callable[[], asyncpg.Pool],
        clock: Clock,
        publish: Callable[[Changes], None],
    ) -> None:
        self._pulse, self._intake, self._recorder, self._rules = pulse, intake, recorder, rules
        self._targets = targets
        self._house, self._clock, self._publish = house, clock, publish
        self._are_others = False  # other rules are told than the engine goes by

    async def run(self, writer: Writer) -> None:
        """Work until cancelled; `writer` commits what time moves."""
        while True:
            await asyncio.sleep(_EVERY_S)
            try:
                await self._look(writer)
            except _PASSING as error:
                _log.warning("time.stands_still", why=f"{type(error).__name__}: {error}")
                await self._believe_again(writer)

    async def _look(self, writer: Writer) -> None:
        async with self._house().acquire() as conn:
            self._are_others |= await self._rules.read(conn)
        intake = self._intake
        can_know = intake.partition.is_held and intake.connection.is_connected and not intake.trouble
        if not can_know:
            self._pulse.stop()
        if not intake.partition.is_held:
            self._targets.forget()
            return
        if self._are_others:
            await self._rules.put_in_force(writer.alone)
            self._are_others = False
        await self._targets.tell(writer.alone)
        until = self._pulse.beat(is_idle=can_know and not intake.in_hand, connection=intake.connection.number)
        if until is not None:
            self._publish(await writer.elapse(until, self._clock.now()))

    async def _believe_again(self, writer: Writer) -> None:
        """Take up the states as the database has them: the answer to a commit may be what was lost."""
        self._pulse.stop()
        self._targets.forget()
        while self._intake.partition.is_held:
            try:
                await writer.alone(lambda conn: self._recorder.restore(conn, self._clock.now()))
            except _PASSING as error:
                _log.warning("alerts.not_read", why=f"{type(error).__name__}: {error}")
                await asyncio.sleep(_EVERY_S)
            else:
                return
