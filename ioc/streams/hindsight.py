"""All stations as they were known to stand at a past moment, for whoever asks once; who wants to see it go on asks for a replay."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import datetime, timedelta

from ioc.domain.clock import Clock, rfc3339
from ioc.errors import BadInput, Unavailable
from ioc.streams.mirror import Mirror
from ioc.streams.replay import Past

KEPT = 4
SETTLED = timedelta(minutes=1)
"""What arrived before so long ago is committed; of a younger moment more may come to be known, so its state is not kept."""
MAX_WAITING = 16


class Hindsight:
    """Reads the state of a moment, one moment after the other; who asks for the same moment, such as with other words, shares it."""

    def __init__(self, past: Past, clock: Clock) -> None:
        self._past, self._clock = past, clock
        self._known: OrderedDict[datetime, Mirror] = OrderedDict()
        self._reading = asyncio.Lock()
        self._waiting = 0

    async def mirror_at(self, at: datetime) -> Mirror:
        """Return what was known at a moment; nobody may change it.

        Raises:
            BadInput: the moment is not past yet.
            Unavailable: too many moments are asked for, or the database does not answer.
        """
        if at >= (now := self._clock.now()):
            raise BadInput(f"at {rfc3339(at)} is not past: it is {rfc3339(now)}")
        if (known := self._known.get(at)) is not None:
            return known
        if self._waiting >= MAX_WAITING:
            raise Unavailable(f"{MAX_WAITING} moments of the past are being read already, no more are at once")
        self._waiting += 1
        try:
            async with self._reading:
                known = self._known.get(at)
                return await self._read(at, keep=now - at >= SETTLED) if known is None else known
        finally:
            self._waiting -= 1

    async def _read(self, at: datetime, *, keep: bool) -> Mirror:
        mirror = Mirror()
        mirror.apply(await self._past.state_at(at, known_then=True))
        if keep:
            self._known[at] = mirror
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return mirror
