"""Reporting periods: days where the centre is, put together as day, week, month, quarter, year, months from a day D, or the last N days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from ioc.errors import BadInput

_FROM_DAY = re.compile(r"from day (\d{1,2})")
_ROLLING = re.compile(r"last (\d{1,3}) days")
_DAY = timedelta(days=1)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
LAST_START = 28
WORDS = "day, week, month, quarter, year, 'from day D' with D from 2 to 28, or 'last N days'"


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `begin` to before `end`; `kind` is how it was cut."""

    kind: str
    begin: date
    end: date

    def label(self) -> str:
        """Return what people call it: 2023, 2023-Q2, 2023-05, 2023-W18, or its first and last day."""
        begin = self.begin
        match self.kind:
            case "year":
                return f"{begin.year:04d}"
            case "quarter":
                return f"{begin.year:04d}-Q{(begin.month + 2) // 3}"
            case "month":
                return f"{begin:%Y-%m}"
            case "week":
                year, week, _ = begin.isocalendar()
                return f"{year:04d}-W{week:02d}"
            case "day":
                return f"{begin}"
            case _:
                return f"{begin}/{self.end - _DAY}"

    def is_over(self, today: date) -> bool:
        """Return whether all its days have passed."""
        return self.end <= today


def check_kind(kind: str) -> str:
    """Return `kind`; raises BadInput where there is no such period."""
    if kind in ("day", "week", *_MONTHS):
        return kind
    if (told := _FROM_DAY.fullmatch(kind)) and 1 < int(told[1]) <= LAST_START:
        return kind
    if (told := _ROLLING.fullmatch(kind)) and int(told[1]) > 0:
        return kind
    raise BadInput(f"period {kind[:80]!r} is not {WORDS}")


def is_rolling(kind: str) -> bool:
    """Return whether periods of the kind overlap: one ends with each day."""
    return _ROLLING.fullmatch(kind) is not None


def containing(kind: str, day: date) -> Period:
    """Return the period of the kind that the day is in; of rolling ones that which ends with the day."""
    check_kind(kind)
    if kind == "day":
        return Period(kind, day, day + _DAY)
    if kind == "week":
        begin = day - timedelta(days=day.weekday())
        return Period(kind, begin, begin + 7 * _DAY)
    if told := _ROLLING.fullmatch(kind):
        return Period(kind, day - (int(told[1]) - 1) * _DAY, day + _DAY)
    months = _MONTHS.get(kind, 1)
    start = int(told[1]) if (told := _FROM_DAY.fullmatch(kind)) else 1
    first = date(day.year, day.month - (day.month - 1) % months, start)
    begin = first if first <= day else add_months(first, -months)
    return Period(kind, begin, add_months(begin, months))


def next_period(period: Period, steps: int = 1) -> Period:
    """Return the period of the same kind that follows, or for a negative number of steps went before."""
    if is_rolling(period.kind):
        return containing(period.kind, period.end - _DAY + steps * _DAY)
    while steps > 0:
        period, steps = containing(period.kind, period.end), steps - 1
    while steps < 0:
        period, steps = containing(period.kind, period.begin - _DAY), steps + 1
    return period


def year_before(period: Period) -> Period:
    """Return the same period a year earlier: weeks by their number, rolling ones by the day on which they end."""
    if period.kind == "week":
        return containing("week", period.begin - 52 * 7 * _DAY)
    if period.kind == "day" or is_rolling(period.kind):
        return containing(period.kind, add_months(period.end - _DAY, -12))
    return containing(period.kind, add_months(period.begin, -12))


def present(kind: str, today: date) -> tuple[Period, Period]:
    """Return the newest period of the kind that is over, and the one that runs."""
    running = containing(kind, today)
    return next_period(running, -1), running


def periods_between(kind: str, begin: date, end: date) -> Iterator[Period]:
    """Yield the periods of the kind that have a day from `begin` to before `end`, the oldest first; rolling ones end in that time."""
    period = containing(kind, begin)
    while period.begin < end and (not is_rolling(kind) or period.end <= end):
        yield period
        period = next_period(period)


def parse_period(kind: str, told: str) -> Period:
    """Return the period that a label (see `Period.label`) or any day of it names.

    Raises:
        BadInput: it is neither.
    """
    check_kind(kind)
    try:
        day = _first_day(told.rpartition("/")[2] if is_rolling(kind) else told)  # rolling ones go by the day on which they end
    except ValueError:
        raise BadInput(
            f"period {told[:40]!r} is no year, quarter, month, week or day such as 2023, 2023-Q2, 2023-05, 2023-W18, 2023-05-20"
        ) from None
    return containing(kind, day if len(told) >= len("2023-05-20") or not kind.startswith("from") else add_start(kind, day))


def add_start(kind: str, day: date) -> date:
    """Return the day of the month of `day` on which periods of the kind begin."""
    told = _FROM_DAY.fullmatch(kind)
    return day.replace(day=int(told[1])) if told else day


def add_months(day: date, months: int) -> date:
    """Return the same day of another month, the last one where that has no such day."""
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    last = (date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - _DAY).day
    return date(year, month + 1, min(day.day, last))


def _first_day(told: str) -> date:
    if found := re.fullmatch(r"(\d{4})", told):
        return date(int(found[1]), 1, 1)
    if found := re.fullmatch(r"(\d{4})-Q([1-4])", told):
        return date(int(found[1]), int(found[2]) * 3 - 2, 1)
    if found := re.fullmatch(r"(\d{4})-(\d\d)", told):
        return date(int(found[1]), int(found[2]), 1)
    if found := re.fullmatch(r"(\d{4})-W(\d\d)", told):
        return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    return date.fromisoformat(told[: len("2023-05-20")] if re.fullmatch(r"\d{4}-\d\d-\d\d(/\d{4}-\d\d-\d\d)?", told) else "x")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of facts: whole months (`M`) or single days (`D`) that begin from `begin` to before `end`."""

    grain: str
    begin: date
    end: date


def spans(begin: date, end: date) -> list[Span]:
    """Return the fewest stretches that cover the days from `begin` to before `end`: months where they are whole, days at both ends."""
    first = begin if begin.day == 1 else add_months(begin.replace(day=1), 1)
    last = end.replace(day=1)
    if first >= last:
        return [Span("D", begin, end)]
    found = [Span("M", first, last)]
    if begin < first:
        found.append(Span("D", begin, first))
    if last < end:
        found.append(Span("D", last, end))
    return found
