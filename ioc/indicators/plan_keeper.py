"""Keeps what is computed in step with the systems' files: all of them as they are now, or, where one is wrong, as they were."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

from ioc.errors import ConfigurationError
from ioc.indicators.catalogue import load_plan, plan_files
from ioc.indicators.plan import Plan

_log = structlog.get_logger()
_LOOK_EVERY_S = 1.0


class PlanKeeper:
    """Reads the systems at start and whenever their files change; `trouble` says what is wrong with a change that was not taken up."""

    def __init__(self, sdi: Path, on_plan: Callable[[Plan], None] = lambda _plan: None) -> None:
        """Read the files; `on_plan` is told of every plan after the first. Raises ConfigurationError as `load_plan` does."""
        self._sdi, self._on_plan = sdi, on_plan
        self._seen = self._look()
        self.plan = load_plan(sdi)
        self.trouble: str | None = None

    async def run(self) -> None:
        """Look every second until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            await self.read()

    async def read(self) -> bool:
        """Read the files where they have changed; return whether there is another plan now."""
        seen = self._look()
        if seen == self._seen:
            return False
        self._seen = seen
        try:
            plan = await asyncio.to_thread(load_plan, self._sdi)
        except (ConfigurationError, OSError) as error:
            self.trouble = error.detail if isinstance(error, ConfigurationError) else f"{error}"
            _log.error("systems.not_taken_up", why=self.trouble)
            return False
        self.plan, self.trouble = plan, None
        self._on_plan(plan)
        _log.info("systems.taken_up", systems=len(plan.systems), indicators=len(plan.indicators))
        return True

    def _look(self) -> tuple[object, ...]:
        """Return what tells whether anything has changed, without reading the files."""
        found = []
        for path in plan_files(self._sdi):
            try:
                told = path.stat()
            except FileNotFoundError:  # it has just been taken away
                continue
            found.append((path.name, told.st_mtime_ns, told.st_size))
        return tuple(found)
