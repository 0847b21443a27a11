"""What a silence says and which alerts it hides at an instant: plain functions of values. How silences may be edited is as in Alertmanager."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from fnmatch import translate
from typing import Any
from zoneinfo import ZoneInfo

import shapely

from ioc.alerts.rule import Severity
from ioc.domain.live import AlertView, Unit

Within = Callable[[Unit, str], bool]
"""Whether a unit is, or lies below, a unit of this code."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NAMES = ("rule", "kind", "severity", "source", "station", "property", "unit", "subject")
OPS = ("=", "!=", "in", "not in", "like", "not like", "<=", ">=")
_ONE_DAY = timedelta(days=1)


class Phase(StrEnum):
    """Where the clock stands to a silence."""

    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Matcher:
    """A condition on one name of an alert; `values` has one value but for `in` and `not in`.

    `like` takes `*`, `?` and `[…]` as file names do. A unit is meant with all below it. `<=` and `>=` compare severities.
    """

    name: str
    op: str
    values: tuple[str, ...]

    def matches(self, alert: AlertView, is_within: Within) -> bool:
        """Return whether the condition holds; what an alert does not have equals the empty text, as labels do in Prometheus."""
        if self.name == "unit":
            found = alert.unit is not None and any(is_within(alert.unit, code) for code in self.values)
            return found is not self.is_negative
        value = _value(alert, self.name)
        if self.op in {"<=", ">="}:
            rank, limit = Severity(value).rank, Severity(self.values[0]).rank
            return rank <= limit if self.op == "<=" else rank >= limit
        if self.op.endswith("like"):
            return (re.match(translate(self.values[0]), value) is not None) is not self.is_negative
        return (value in self.values) is not self.is_negative

    @property
    def is_negative(self) -> bool:
        """Whether it names what is not meant."""
        return self.op in {"!=", "not in", "not like"}


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Hours of certain days, as the clock on the wall shows them in `zone`; hours past midnight belong to the day before.

    An hour that daylight saving time repeats is meant both times, one that it leaves out never comes.
    """

    days: tuple[str, ...]
    begin: time
    end: time
    zone: str

    def holds(self, instant: datetime) -> bool:
        """Return whether the instant is in these hours; equal hours mean the whole day."""
        wall = instant.astimezone(ZoneInfo(self.zone))
        clock, today = wall.time(), DAYS[wall.weekday()]
        if self.begin < self.end:
            return today in self.days and self.begin <= clock < self.end
        yesterday = DAYS[(wall - _ONE_DAY).weekday()]
        return (today in self.days and clock >= self.begin) or (yesterday in self.days and clock < self.end)


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts that are hidden for a time: those of which all matchers hold and that lie in the unit or polygon, where one is named."""

    id: str
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    unit: str | None = None
    polygon: shapely.Geometry | None = None
    recurrence: Recurrence | None = None

    def phase(self, now: datetime) -> Phase:
        """Return whether its time has come or is over."""
        if now >= self.ends_at:
            return Phase.EXPIRED
        return Phase.ACTIVE if now >= self.starts_at else Phase.PENDING

    def holds(self, now: datetime) -> bool:
        """Return whether it hides anything now."""
        return self.phase(now) is Phase.ACTIVE and (self.recurrence is None or self.recurrence.holds(now))

    def covers(self, alert: AlertView, is_within: Within) -> bool:
        """Return whether it means the alert, whatever the time."""
        if self.unit is not None and not (alert.unit is not None and is_within(alert.unit, self.unit)):
            return False
        return self._is_here(alert) and all(matcher.matches(alert, is_within) for matcher in self.matchers)

    def _is_here(self, alert: AlertView) -> bool:
        if self.polygon is None:
            return True
        return alert.lon is not None and alert.lat is not None and bool(shapely.intersects_xy(self.polygon, alert.lon, alert.lat))


def silences_of(alert: AlertView, silences: Iterable[Silence], now: datetime, is_within: Within) -> list[str]:
    """Return the ids of the silences that hide the alert now, in order of their ids."""
    return sorted(silence.id for silence in silences if silence.holds(now) and silence.covers(alert, is_within))


def would_hide(silence: Silence, alert: AlertView, is_within: Within) -> bool:
    """Return whether it would have hidden the alert when it fired, had it begun long before and not ended yet."""
    return (silence.recurrence is None or silence.recurrence.holds(alert.fired_at)) and silence.covers(alert, is_within)


def can_update(before: Mapping[str, Any], after: Mapping[str, Any], now: datetime) -> bool:
    """Return whether an edit leaves what was hidden until now as it was, so that it may be made in place (Alertmanager: `canUpdate`).

    Both have `matchers`, `area`, `recurrence`, `starts_at` and `ends_at`. What a silence hides never changes; one that is in force keeps
    its beginning and does not end in the past; one that is to come does not begin in the past; one that is over stays as it is.
    """
    if any(before[name] != after[name] for name in ("matchers", "area", "recurrence")):
        return False
    if now >= before["ends_at"]:
        return False
    if now >= before["starts_at"]:
        return bool(before["starts_at"] == after["starts_at"] and after["ends_at"] >= now)
    return bool(after["starts_at"] >= now)


def _value(alert: AlertView, name: str) -> str:
    if name == "source":
        return (alert.station or "").partition("/")[0]
    value = getattr(alert, name)
    return "" if value is None else str(value)
