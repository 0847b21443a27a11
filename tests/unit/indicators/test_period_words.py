from datetime import date

import pytest

from ioc.indicators.period import containing
from ioc.indicators.period_words import period_text


@pytest.mark.parametrize(
    ("kind", "day", "vi", "en"),
    [
        ("month", date(2026, 10, 3), "tháng 10/2026", "October 2026"),
        ("quarter", date(2026, 8, 3), "quý 3/2026", "quarter 3 of 2026"),
        ("year", date(2026, 8, 3), "năm 2026", "2026"),
        ("week", date(2027, 1, 1), "tuần 53/2026", "week 53 of 2026"),
        ("day", date(2026, 8, 3), "ngày 03/08/2026", "03/08/2026"),
        ("from day 20", date(2023, 5, 3), "20/04/2023 – 19/05/2023", "20/04/2023 – 19/05/2023"),
    ],
)
def test_a_period_is_told_in_words(kind: str, day: date, vi: str, en: str) -> None:
    period = containing(kind, day)
    assert (period_text(period, "vi"), period_text(period, "en")) == (vi, en)
