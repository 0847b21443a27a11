"""Alerts that are asked for: by how they stand, where and whose they are, and by words; page by page, newest first."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ioc.domain.live import AlertView
from ioc.store.alerts import ALERTS, IS_OPEN, UnitOf, view
from ioc.store.pool import Connection

_MARKS = re.compile("[\u0300-\u036f]")
_FROM = ALERTS.partition("FROM ")[2]
# Letters without their marks, so that who types none finds those that have some.
_FOLDED = "replace(regexp_replace(normalize(lower({}), NFD), '[\u0300-\u036f]', '', 'g'), 'đ', 'd')"
_WORDS = _FOLDED.format(
    "concat_ws(' ', r.definition->'title'->>'vi', r.definition->'title'->>'en', a.rule_id, a.subject, st.name, a.assignee, a.id::text)"
)
_COUNTS = "SELECT a.severity, count(*) AS alerts FROM {} GROUP BY a.severity"
_PAGE = "{} WHERE {} ORDER BY a.fired_at DESC, a.id DESC LIMIT {}"
_VERSIONS = "SELECT a.id, a.version FROM {} ORDER BY a.id LIMIT {}"
# Whoever writes now, or began to, may commit at any time under the time at which it began.
_READ_UNTIL = """
SELECT least(now(), min(xact_start)) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND usename = current_user
"""


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts; None means any. `assignee` is "" for those of nobody, `bbox` west, south, east, north, which may pass the antimeridian."""

    is_open: bool | None = None
    shelved: bool | None = None
    silenced: bool | None = None
    acknowledged: bool | None = None
    conditions: tuple[str, ...] | None = None
    severities: tuple[str, ...] | None = None
    assignee: str | None = None
    rule: str | None = None
    kind: str | None = None
    source: str | None = None
    station: str | None = None
    units: Collection[int] | None = None
    bbox: tuple[float, float, float, float] | None = None
    begin: datetime | None = None
    end: datetime | None = None
    changed_from: datetime | None = None
    text: str | None = None


class _Where:
    """Conditions joined by AND, and the values that they take."""

    def __init__(self) -> None:
        self.conditions: list[str] = ["true"]
        self.values: list[Any] = []

    def add(self, condition: str, *values: Any) -> None:
        """Add a condition, in which `{}` stands for each of the values."""
        self.values += values
        first = len(self.values) - len(values) + 1
        self.conditions.append(condition.format(*(f"${number}" for number in range(first, first + len(values)))))

    def flag(self, condition: str, wanted: bool | None) -> None:
        """Add that a condition holds, or that it does not."""
        if wanted is not None:
            self.conditions.append(f"({condition})" if wanted else f"NOT ({condition})")

    def equal(self, **wanted: Any) -> None:
        """Add that columns have a value, where one is named."""
        for column, value in wanted.items():
            if value is not None:
                self.add(f"{column.replace('__', '.')} = {{}}", value)

    def __str__(self) -> str:
        return " AND ".join(self.conditions)


async def find_alerts(
    conn: Connection, unit_of: UnitOf, wanted: AlertFilter, *, limit: int, after: tuple[datetime, uuid.UUID] | None = None
) -> list[AlertView]:
    """Return the newest `limit` alerts of those asked for that come after (time of firing, id)."""
    where = _where(wanted)
    if after is not None:
        where.add("(a.fired_at, a.id) < ({}, {})", *after)
    rows = await conn.fetch(_PAGE.format(ALERTS, where, limit), *where.values)
    return [view(row, unit_of) for row in rows]


async def count_alerts(conn: Connection, wanted: AlertFilter) -> dict[str, int]:
    """Return how many alerts of those asked for there are of each severity."""
    where = _where(wanted)
    rows = await conn.fetch(_COUNTS.format(f"{_FROM} WHERE {where}"), *where.values)
    return {row["severity"]: row["alerts"] for row in rows}


async def find_versions(conn: Connection, wanted: AlertFilter, *, limit: int) -> list[tuple[uuid.UUID, int]]:
    """Return (id, version) of at most `limit` of the alerts asked for, by id."""
    where = _where(wanted)
    rows = await conn.fetch(_VERSIONS.format(f"{_FROM} WHERE {where}", limit), *where.values)
    return [(row["id"], row["version"]) for row in rows]


async def read_until(conn: Connection) -> datetime:
    """Return an instant such that whoever reads after it sees all that was recorded before it; what comes later is recorded at it or later."""
    instant: datetime = await conn.fetchval(_READ_UNTIL)
    return instant


def _where(wanted: AlertFilter) -> _Where:
    where = _Where()
    where.flag(IS_OPEN, wanted.is_open)
    where.flag("a.shelved_until IS NOT NULL", wanted.shelved)
    where.flag("a.silenced_by <> '{}'", wanted.silenced)
    where.flag("a.acknowledged_at IS NOT NULL", wanted.acknowledged)
    where.equal(a__rule_id=wanted.rule, a__kind=wanted.kind, s__name=wanted.source)
    for column, values in (("a.condition", wanted.conditions), ("a.severity", wanted.severities)):
        if values is not None:
            where.add(f"{column} = ANY({{}}::text[])", list(values))
    if wanted.assignee is not None:
        where.add("coalesce(a.assignee, '') = {}", wanted.assignee)
    if wanted.station is not None:
        where.add("s.name || '/' || st.code = {}", wanted.station)
    if wanted.units is not None:
        where.add("a.unit_id = ANY({}::int[])", list(wanted.units))
    for condition, instant in (
        ("a.fired_at >= {}", wanted.begin),
        ("a.fired_at < {}", wanted.end),
        ("a.updated_at >= {}", wanted.changed_from),
    ):
        if instant is not None:
            where.add(condition, instant)
    if wanted.bbox is not None:
        west, south, east, north = wanted.bbox
        where.add("a.lat BETWEEN {} AND {}", south, north)
        where.add("a.lon BETWEEN {} AND {}" if west <= east else "(a.lon >= {} OR a.lon <= {})", west, east)
    for word in fold(wanted.text or "").split():
        where.add(f"position({{}} IN {_WORDS}) > 0", word)
    return where


def fold(text: str) -> str:
    """Return `text` in small letters without marks, as what is searched is folded in the database."""
    return _MARKS.sub("", unicodedata.normalize("NFD", text.lower())).replace("đ", "d").replace("\0", "")
