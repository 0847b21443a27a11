"""What operators do with alerts: each command is committed with its place in the history and in the record, then published."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec

from ioc.alerts.command_record import done_before
from ioc.alerts.commands import COMMANDS, Actor, Told, read_told
from ioc.alerts.question import MAX_ALERTS, AlertQuestion, cursor_of
from ioc.alerts.reach import Reach
from ioc.alerts.silence_desk import SilenceDesk
from ioc.alerts.silence_form import SilenceEnd, SilenceIn
from ioc.domain.clock import rfc3339
from ioc.domain.live import AlertView, Changes
from ioc.errors import BadInput, Conflict, NotFound
from ioc.store import alert_desk, alert_search
from ioc.store import alerts as store
from ioc.store.alert_desk import Written
from ioc.store.pool import Connection

_SEVERITIES = ("minor", "moderate", "severe", "extreme")
Json = dict[str, Any]


class Desk:
    """Alerts as operators ask for them and change them."""

    def __init__(self, reach: Reach, *, silences: SilenceDesk, longest_shelf: timedelta) -> None:
        self._reach, self.silences, self._longest = reach, silences, longest_shelf

    async def execute(
        self, op: str, args: Mapping[str, Any], *, if_version: int | None, idem: str | None, actor: str, came_from: str | None = None
    ) -> Json:
        """Carry out the command `op` (`alert.ack`, `silence.create`, …) and return the alert or silence as it stands then.

        `args` are those of the HTTP call of the same meaning; `id` names the alert or silence. A command that comes again with its key
        `idem` is not carried out again.

        Raises:
            BadInput: there is no such command, or an argument is wrong.
            NotFound: there is no such alert or silence.
            Conflict: it is not at `if_version` any more; carries it as it stands.
        """
        who = Actor(actor, came_from, idem)
        seen = {} if if_version is None else {"if_version": if_version}
        told = {name: value for name, value in args.items() if name != "id"}
        if op == "silence.create":
            return await self.silences.create(read_told(SilenceIn, args), who)
        if op == "silence.expire":
            return await self.silences.expire(str(args.get("id", "")), read_told(SilenceEnd, told | seen), who)
        if op not in COMMANDS:
            raise BadInput(f"op {op!r:.60} is none of {', '.join([*COMMANDS, 'silence.create', 'silence.expire'])}")
        if op == "alert.comment":
            seen = {}
        alert: Json = msgspec.to_builtins(await self.command(op, str(args.get("id", "")), read_told(COMMANDS[op], told | seen), who))
        return alert

    async def command(self, op: str, alert_id: str, told: Told, who: Actor) -> AlertView:
        """Carry out a command on an alert and return it as it stands then; a command that means what is so already changes nothing.

        Raises:
            BadInput, NotFound, Conflict: as `execute` says.
        """
        number = _number(alert_id)
        args = {"id": str(number), **told.model_dump(mode="json")}
        async with self._reach.pool().acquire() as conn:
            was_done = await done_before(conn, op, args, who)
            changed = False
            if was_done is None:
                now = self._reach.clock.now()
                written = Written(who.name, now, told.comment, told.detail(now, self._longest), who.came_from, args, who.idem)
                try:
                    changed = await alert_desk.carry_out(conn, op, number, written, if_version=told.seen)
                except asyncpg.UniqueViolationError:  # the same command came twice at the same time
                    was_done = await done_before(conn, op, args, who)
            present = await self._one(conn, number)
        if changed:
            self._reach.publish(Changes(alerts=[present]))
        elif was_done is None:
            _check_is_done(told, present, who.name)
        return present

    async def find(self, q: AlertQuestion) -> Json:
        """Return a page of the alerts that `q` asks for, newest first, how many there are of each severity, and up to when this was read."""
        wanted, after, limit = q.wanted(self._reach.units()), q.after(), min(q.limit, MAX_ALERTS)
        async with self._reach.pool().acquire() as conn:
            as_of = await alert_search.read_until(conn)
            async with conn.transaction(isolation="repeatable_read", readonly=True):
                found = await alert_search.find_alerts(conn, self._reach.unit_of, wanted, limit=limit + 1, after=after)
                counts = await alert_search.count_alerts(conn, wanted)
        page = found[:limit]
        return {
            "alerts": msgspec.to_builtins(page),
            "counts": {severity: counts.get(severity, 0) for severity in _SEVERITIES},
            "total": sum(counts.values()),
            "next": cursor_of(page[-1].fired_at, page[-1].id) if len(found) > limit else None,
            "as_of": rfc3339(as_of),
        }

    async def show(self, alert_id: str) -> Json:
        """Return an alert with its transitions."""
        async with self._reach.pool().acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
            alert = await self._one(conn, _number(alert_id))
            rows = await store.transitions(conn, uuid.UUID(alert.id))
        shown: Json = msgspec.to_builtins(alert)
        shown["transitions"] = [{**row, "time": rfc3339(row["time"]), "recorded": rfc3339(row["recorded"])} for row in map(dict, rows)]
        return shown

    async def _one(self, conn: Connection, number: uuid.UUID) -> AlertView:
        found = await store.alerts_by_id(conn, [number], self._reach.unit_of)
        if not found:
            raise NotFound(f"there is no alert {number}")
        return found[0]


def _check_is_done(told: Told, present: AlertView, actor: str) -> None:
    """Raise Conflict unless the alert stands as the command wants it: as its operator saw it, or because of what they did before."""
    if told.is_done(present, None if told.seen == present.version else actor):
        return
    why = f"is at version {present.version}, not {told.seen}" if told.seen != present.version else "is not open"
    raise Conflict(f"alert {present.id} {why}", msgspec.to_builtins(present))


def _number(alert_id: str) -> uuid.UUID:
    try:
        return uuid.UUID(alert_id)
    except ValueError:
        raise NotFound(f"there is no alert {alert_id[:80]!r}") from None
