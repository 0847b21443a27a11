"""What operators do with silences: create, edit, end, list, and see beforehand what one would hide."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from ioc.alerts.command_record import done_before, record
from ioc.alerts.commands import Actor
from ioc.alerts.reach import Reach
from ioc.alerts.silence import Phase, Silence, Within, can_update, would_hide
from ioc.alerts.silence_form import Scope, SilenceEdit, SilenceEnd, SilenceIn, silence_of
from ioc.domain.clock import rfc3339
from ioc.domain.live import AlertView
from ioc.errors import BadInput, Conflict, NotFound
from ioc.store import silences as store
from ioc.store.pool import Connection
from ioc.store.silences import SilenceRow

_LOOKED_BACK = timedelta(days=7)
_ALERTS_MAX = 20_000
_SHOWN = 100
_INSTANTS = ("starts_at", "ends_at", "created_at", "updated_at")
Json = dict[str, Any]


class SilenceDesk:
    """Silences as operators ask for them and change them; `apply` marks the alerts after each change."""

    def __init__(self, reach: Reach, *, is_within: Within, apply: Callable[[], Awaitable[None]]) -> None:
        self._reach, self._is_within, self._apply = reach, is_within, apply

    async def create(self, told: SilenceIn, who: Actor) -> Json:
        """Keep a new silence and return it.

        Raises:
            BadInput: its times cannot be.
            NotFound: it names a unit that does not exist.
        """
        now = self._reach.clock.now()
        args = told.model_dump(mode="json", by_alias=True, exclude_none=True)
        async with self._reach.pool().acquire() as conn:
            if (before := await done_before(conn, "silence.create", args, who)) is not None:
                return await self._show(conn, uuid.UUID(before["target"]), now)
            self._check_units(told)
            row = _not_in_the_past(told.row(now), now)
            try:
                kept = await self._add(conn, row, who, now, args)
            except asyncpg.UniqueViolationError:  # the same command came twice at the same time
                if (before := await done_before(conn, "silence.create", args, who)) is None:
                    raise
                return await self._show(conn, uuid.UUID(before["target"]), now)
        return await self._applied(kept["id"])

    async def edit(self, silence_id: str, told: SilenceEdit, who: Actor) -> Json:
        """Change a silence; where that would change what it has hidden, it ends and a new one, which `replaces` it, is returned.

        Raises:
            BadInput: its times cannot be.
            NotFound: there is no such silence, or no such unit.
            Conflict: somebody else has changed it since; carries it as it stands.
        """
        now, number = self._reach.clock.now(), _number(silence_id)
        self._check_units(told)
        args = {"id": str(number), **told.model_dump(mode="json", by_alias=True, exclude_none=True)}
        async with self._reach.pool().acquire() as conn:
            if (done := await done_before(conn, "silence.edit", args, who)) is not None:
                return await self._show(conn, uuid.UUID((done["after"] or {}).get("id", done["target"])), now)
            async with conn.transaction():
                before = await self._locked(conn, number, told.if_version, now)
                is_over = before["ends_at"] <= now
                row = told.row(now, None if is_over else before["starts_at"])
                if can_update(dict(before), row._asdict(), now):
                    kept = await store.edit_silence(
                        conn, number, actor=who.name, now=now, starts_at=row.starts_at, ends_at=row.ends_at, comment=row.comment
                    )
                    await record(conn, "silence.edit", str(number), args, who, now, before=_told(before), after=_told(kept))
                else:
                    if not is_over:
                        await store.expire_silence(conn, number, actor=who.name, now=now)
                    row = _not_in_the_past(row, now)
                    kept = await store.add_silence(conn, uuid.uuid4(), row, actor=who.name, now=now, replaces=number)
                    await record(conn, "silence.edit", str(number), args, who, now, before=_told(before), after=_told(kept))
        return await self._applied(kept["id"])

    async def expire(self, silence_id: str, told: SilenceEnd, who: Actor) -> Json:
        """End a silence now and return it; one that is over stays as it is.

        Raises:
            NotFound: there is no such silence.
            Conflict: somebody else has changed it since; carries it as it stands.
        """
        now, number = self._reach.clock.now(), _number(silence_id)
        args = {"id": str(number), "if_version": told.if_version}
        async with self._reach.pool().acquire() as conn:
            if await done_before(conn, "silence.expire", args, who) is not None:
                return await self._show(conn, number, now)
            async with conn.transaction():
                found = await store.find_silence(conn, number, lock=True)
                if found is not None and found["ends_at"] <= now:
                    return await self._show(conn, number, now)
                before = await self._locked(conn, number, told.if_version, now)
                kept = await store.expire_silence(conn, number, actor=who.name, now=now)
                await record(conn, "silence.expire", str(number), args, who, now, before=_told(before), after=_told(kept))
        return await self._applied(kept["id"])

    async def list(self, phase: Phase | None, limit: int) -> list[Json]:
        """Return at most `limit` silences, those that end last first; `phase` None means those that are not over."""
        now = self._reach.clock.now()
        async with self._reach.pool().acquire() as conn:
            ends_after = None if phase is Phase.EXPIRED else now
            rows = await store.list_silences(conn, ends_after=ends_after, starts_before=None, limit=10_000)
            hidden = await store.hidden_alerts(conn)
        shown = [_shown(row, hidden, now) for row in rows]
        return [each for each in shown if phase in (None, each["phase"])][:limit]

    async def show(self, silence_id: str) -> Json:
        """Return a silence; NotFound where there is none."""
        async with self._reach.pool().acquire() as conn:
            return await self._show(conn, _number(silence_id), self._reach.clock.now())

    async def preview(self, told: Scope) -> Json:
        """Return which open alerts a silence would hide now, and which of the last seven days it would have hidden."""
        now = self._reach.clock.now()
        self._check_units(told)
        silence = silence_of({**told.scope(), "id": "preview", "starts_at": now, "ends_at": now + timedelta(days=1)})
        async with self._reach.pool().acquire() as conn:
            open_ones = await store.concerned_alerts(conn, self._reach.unit_of, marked_only=False)
            recent = await store.alerts_since(conn, self._reach.unit_of, since=now - _LOOKED_BACK, limit=_ALERTS_MAX + 1)
        return await asyncio.to_thread(self._foresee, silence, open_ones, recent, now)

    def _foresee(self, silence: Silence, open_ones: Sequence[AlertView], recent: Sequence[AlertView], now: datetime) -> Json:
        hides = [a for a in open_ones if a.is_open() and silence.holds(now) and silence.covers(a, self._is_within)]
        would = [a for a in recent[:_ALERTS_MAX] if would_hide(silence, a, self._is_within)]
        return {"now": _summary(hides), "last_7_days": {**_summary(would), "complete": len(recent) <= _ALERTS_MAX}}

    async def _add(self, conn: Connection, row: SilenceRow, who: Actor, now: datetime, args: Json) -> asyncpg.Record:
        async with conn.transaction():
            kept = await store.add_silence(conn, uuid.uuid4(), row, actor=who.name, now=now)
            await record(conn, "silence.create", str(kept["id"]), args, who, now, after=_told(kept))
        return kept

    async def _locked(self, conn: Connection, number: uuid.UUID, if_version: int, now: datetime) -> asyncpg.Record:
        found = await store.find_silence(conn, number, lock=True)
        if found is None:
            raise NotFound(f"there is no silence {number}")
        if found["version"] != if_version:
            raise Conflict(f"silence {number} is at version {found['version']}, not {if_version}", _shown(found, {}, now))
        return found

    async def _show(self, conn: Connection, number: uuid.UUID, now: datetime) -> Json:
        found = await store.find_silence(conn, number)
        if found is None:
            raise NotFound(f"there is no silence {number}")
        return _shown(found, await store.hidden_alerts(conn), now)

    async def _applied(self, number: uuid.UUID) -> Json:
        await self._apply()
        async with self._reach.pool().acquire() as conn:
            return await self._show(conn, number, self._reach.clock.now())

    def _check_units(self, told: Scope) -> None:
        for code in sorted(told.units()):
            self._reach.units().require(code)


def _not_in_the_past(row: SilenceRow, now: datetime) -> SilenceRow:
    """Return a new silence as it may begin: what was shown until now stays so."""
    if row.ends_at <= now:
        raise BadInput(f"ends_at {rfc3339(row.ends_at)} is not after now, {rfc3339(now)}")
    return row._replace(starts_at=max(row.starts_at, now))


def _told(row: asyncpg.Record) -> Json:
    kept = dict(row)
    replaces = kept["replaces"] and str(kept["replaces"])
    return {**kept, **{name: rfc3339(kept[name]) for name in _INSTANTS}, "id": str(kept["id"]), "replaces": replaces}


def _shown(row: asyncpg.Record, hidden: dict[str, int], now: datetime) -> Json:
    silence = silence_of(dict(row))
    return {**_told(row), "phase": silence.phase(now), "hides": silence.holds(now), "alerts": hidden.get(silence.id, 0)}


def _summary(alerts: Sequence[AlertView]) -> Json:
    return {
        "count": len(alerts),
        "by_severity": dict(Counter(alert.severity for alert in alerts)),
        "by_rule": dict(Counter(alert.rule for alert in alerts).most_common()),
        "alerts": [
            {
                "id": alert.id,
                "rule": alert.rule,
                "severity": alert.severity,
                "subject": alert.subject,
                "fired_at": rfc3339(alert.fired_at),
                "unit": alert.unit and alert.unit["code"],
            }
            for alert in sorted(alerts, key=lambda each: each.fired_at, reverse=True)[:_SHOWN]
        ],
    }


def _number(silence_id: str) -> uuid.UUID:
    try:
        return uuid.UUID(silence_id)
    except ValueError:
        raise NotFound(f"there is no silence {silence_id[:80]!r}") from None
