from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.errors import BadInput
from ioc.indicators.period import add_months, check_kind, containing, next_period, parse_period, periods_between, spans, year_before

KINDS = ["day", "week", "month", "quarter", "year", "from day 20", "from day 28"]
DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("kind", "day", "begin", "end", "label"),
    [
        ("day", date(2023, 5, 3), date(2023, 5, 3), date(2023, 5, 4), "2023-05-03"),
        ("week", date(2023, 1, 1), date(2022, 12, 26), date(2023, 1, 2), "2022-W52"),
        ("month", date(2024, 2, 29), date(2024, 2, 1), date(2024, 3, 1), "2024-02"),
        ("quarter", date(2023, 6, 30), date(2023, 4, 1), date(2023, 7, 1), "2023-Q2"),
        ("year", date(2023, 6, 30), date(2023, 1, 1), date(2024, 1, 1), "2023"),
        ("from day 20", date(2023, 5, 19), date(2023, 4, 20), date(2023, 5, 20), "2023-04-20/2023-05-19"),
        ("from day 20", date(2023, 5, 20), date(2023, 5, 20), date(2023, 6, 20), "2023-05-20/2023-06-19"),
        ("from day 20", date(2023, 1, 5), date(2022, 12, 20), date(2023, 1, 20), "2022-12-20/2023-01-19"),
        ("last 7 days", date(2023, 5, 7), date(2023, 5, 1), date(2023, 5, 8), "2023-05-01/2023-05-07"),
    ],
)
def test_a_period_has_a_beginning_an_end_and_a_name(kind: str, day: date, begin: date, end: date, label: str) -> None:
    period = containing(kind, day)
    assert (period.begin, period.end, period.label()) == (begin, end, label)
    assert parse_period(kind, label) == period


@pytest.mark.parametrize("kind", ["fortnight", "from day 1", "from day 29", "from day 0", "last 0 days", "Month", ""])
def test_an_unknown_kind_is_refused(kind: str) -> None:
    with pytest.raises(BadInput, match="period"):
        check_kind(kind)


@given(kind=st.sampled_from(KINDS), day=DAYS)
def test_periods_follow_one_another_without_gap_or_overlap(kind: str, day: date) -> None:
    period = containing(kind, day)
    assert period.begin <= day < period.end
    assert next_period(period).begin == period.end
    assert next_period(period, -1).end == period.begin
    assert next_period(next_period(period, 5), -5) == period


@given(kind=st.sampled_from(KINDS), day=DAYS)
def test_a_label_names_its_period(kind: str, day: date) -> None:
    period = containing(kind, day)
    assert parse_period(kind, period.label()) == period


def test_a_month_names_the_period_that_begins_in_it() -> None:
    assert parse_period("from day 20", "2023-04").begin == date(2023, 4, 20)


@pytest.mark.parametrize("told", ["2023-13", "yesterday", "2023-02-30", "2023-W54", "23"])
def test_what_names_no_period_is_refused(told: str) -> None:
    with pytest.raises(BadInput, match="period"):
        parse_period("month", told)


def test_the_same_period_of_the_year_before() -> None:
    assert year_before(containing("month", date(2024, 2, 29))).label() == "2023-02"
    assert year_before(containing("week", date(2023, 5, 3))).label() == "2022-W18"
    assert year_before(containing("last 7 days", date(2024, 2, 29))).end == date(2023, 3, 1)


def test_periods_between_have_a_day_in_the_time() -> None:
    assert [p.label() for p in periods_between("month", date(2023, 4, 30), date(2023, 6, 1))] == ["2023-04", "2023-05"]


@given(begin=DAYS, days=st.integers(1, 900))
def test_spans_cover_each_day_once(begin: date, days: int) -> None:
    end = begin + timedelta(days=days)
    covered: list[date] = []
    for span in spans(begin, end):
        day = span.begin
        while day < span.end:
            if span.grain == "M":
                assert day.day == 1
                last = add_months(day, 1)
                covered += [day + timedelta(days=n) for n in range((last - day).days)]
                day = last
            else:
                covered.append(day)
                day += timedelta(days=1)
    assert sorted(covered) == [begin + timedelta(days=n) for n in range(days)]
