"""Periods as people say them: tháng 10/2026, October 2026."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from ioc.indicators.period import Period

Language = Literal["vi", "en"]
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def period_text(period: Period, language: Language) -> str:
    """Return a period in words; one of another kind by its first and last day."""
    begin, vi = period.begin, language == "vi"
    match period.kind:
        case "year":
            return f"năm {begin.year}" if vi else f"{begin.year}"
        case "quarter":
            quarter = (begin.month + 2) // 3
            return f"quý {quarter}/{begin.year}" if vi else f"quarter {quarter} of {begin.year}"
        case "month":
            return f"tháng {begin.month}/{begin.year}" if vi else f"{_MONTHS[begin.month - 1]} {begin.year}"
        case "week":
            year, week, _ = begin.isocalendar()
            return f"tuần {week}/{year}" if vi else f"week {week} of {year}"
        case "day":
            return f"ngày {day_text(begin)}" if vi else day_text(begin)
        case _:
            return f"{day_text(begin)} – {day_text(period.end - timedelta(days=1))}"


def day_text(day: date) -> str:
    """Return a day as 20/05/2023, in both languages."""
    return f"{day:%d/%m/%Y}"
