"""Working time of public offices in Viet Nam: Monday to Friday, morning and afternoon, without public holidays."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_LONGEST = timedelta(days=366 * 3)


@dataclass(frozen=True)
class WorkingTime:
    """Office hours as (begin, end) of each spell of a day; the usual ones are eight hours.

    Holidays are those of Labour Code 45/2019/QH14, art. 112, as the package `holidays` knows them; `closed` names further days, `open` days
    that are worked in their place.
    """

    spells: tuple[tuple[time, time], ...] = ((time(7, 30), time(11, 30)), (time(13), time(17)))
    closed: frozenset[date] = field(default_factory=frozenset)
    open: frozenset[date] = field(default_factory=frozenset)

    def is_working_day(self, day: date) -> bool:
        """Return whether offices are open on `day`."""
        if day in self.open:
            return True
        return day.weekday() < 5 and day not in self.closed and not _is_holiday(day)  # noqa: PLR2004 — Saturday is the sixth

    def add(self, start: datetime, amount: str) -> datetime:
        """Return when `amount` after `start` is over: `3wd` are three working days, `16wh` sixteen working hours.

        Working days count from the day after `start` and end with the last office hour of the last of them, as Decree 61/2018/NĐ-CP counts
        the time for a dossier; working hours count from the first office hour at or after `start`.
        """
        number, unit = int(amount[:-2]), amount[-2:]
        local = start.astimezone(_ZONE)
        end = self._add_days(local.date(), number) if unit == "wd" else self._add_hours(local, timedelta(hours=number))
        return end.astimezone(UTC)

    def _add_days(self, day: date, number: int) -> datetime:
        left, limit = number, day + _LONGEST
        while left > 0 or not self.is_working_day(day):
            day += timedelta(days=1)
            left -= self.is_working_day(day)
            if day > limit:
                raise ValueError(f"{number} working days are longer than three years")
        return datetime.combine(day, self.spells[-1][1], _ZONE)

    def _add_hours(self, start: datetime, left: timedelta) -> datetime:
        day, limit = start.date(), start.date() + _LONGEST
        while day <= limit:
            for begin, end in self.spells if self.is_working_day(day) else ():
                opens, closes = datetime.combine(day, begin, _ZONE), datetime.combine(day, end, _ZONE)
                opens = max(opens, start)
                if opens >= closes:
                    continue
                if left <= closes - opens:
                    return opens + left
                left -= closes - opens
            day += timedelta(days=1)
        raise ValueError("that many working hours are longer than three years")


@lru_cache(maxsize=64)
def _holidays_of(year: int) -> frozenset[date]:
    import holidays  # noqa: PLC0415 - takes long to load, and only deadlines in working time ask for it

    return frozenset(holidays.country_holidays("VN", years=year))


def _is_holiday(day: date) -> bool:
    return day in _holidays_of(day.year)
