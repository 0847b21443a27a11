"""Temporal functions on days, instants and intervals, in text and JSON, against Allen's relations in Python."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

import pytest

from ioc.errors import BadInput
from tests.support.cql2_town import Example, Row, check, found, instant, op, p

Span: TypeAlias = tuple[Any, Any]
FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
RELATIONS: dict[str, tuple[str, Callable[[Any, Any, Any, Any], bool]]] = {
    "T_AFTER": ("t_after", lambda a, b, c, d: a > d),
    "T_BEFORE": ("t_before", lambda a, b, c, d: b < c),
    "T_CONTAINS": ("t_contains", lambda a, b, c, d: a < c and d < b),
    "T_DISJOINT": ("t_disjoint", lambda a, b, c, d: a > d or b < c),
    "T_DURING": ("t_during", lambda a, b, c, d: c < a and b < d),
    "T_EQUALS": ("t_equals", lambda a, b, c, d: (a, b) == (c, d)),
    "T_FINISHEDBY": ("t_finishedBy", lambda a, b, c, d: a < c and b == d),
    "T_FINISHES": ("t_finishes", lambda a, b, c, d: a > c and b == d),
    "T_INTERSECTS": ("t_intersects", lambda a, b, c, d: a <= d and c <= b),
    "T_MEETS": ("t_meets", lambda a, b, c, d: b == c),
    "T_METBY": ("t_metBy", lambda a, b, c, d: a == d),
    "T_OVERLAPPEDBY": ("t_overlappedBy", lambda a, b, c, d: c < a < d < b),
    "T_OVERLAPS": ("t_overlaps", lambda a, b, c, d: a < c < b < d),
    "T_STARTEDBY": ("t_startedBy", lambda a, b, c, d: a == c and b > d),
    "T_STARTS": ("t_starts", lambda a, b, c, d: a == c and b < d),
}


def instants_of(row: Row) -> Span | None:
    """Return the interval of a feature: one bound that it lacks is open, without either it is unknown."""
    if row["at"] is None and row["ended"] is None:
        return None
    return row["at"] or FIRST, row["ended"] or LAST


def days_of(row: Row) -> Span | None:
    if row["day"] is None and row["until"] is None:
        return None
    return row["day"] or date.min, row["until"] or date.max


def example(
    name: str, left: tuple[str, Any, Callable[[Row], Span | None]], right: tuple[str, Any, Callable[[Row], Span | None]]
) -> Example:
    told, holds = RELATIONS[name]

    def of_row(row: Row) -> bool | None:
        a, b = left[2](row), right[2](row)
        return None if a is None or b is None else holds(*a, *b)

    return Example(f"{name}({left[0]}, {right[0]})", op(told, left[1], right[1]), of_row)


def at(text: str) -> Callable[[Row], Span]:
    return lambda _: (instant(text), instant(text))


def between(start: Any, end: Any) -> Callable[[Row], Span]:
    return lambda _: (start, end)


def same(name: str) -> Callable[[Row], Span | None]:
    return lambda row: None if row[name] is None else (row[name], row[name])


SEVEN = "2025-07-01T00:00:00"
OWN_INTERVAL = ("INTERVAL(at, ended)", {"interval": [p("at"), p("ended")]}, instants_of)
OWN_DAYS = ("interval(day,until)", {"interval": [p("day"), p("until")]}, days_of)
MORNING = (
    "INTERVAL('2025-07-01T00:00:00Z','2025-07-01T06:00:00Z')",
    {"interval": ["2025-07-01T00:00:00Z", "2025-07-01T06:00:00Z"]},
    between(instant(SEVEN), instant("2025-07-01T06:00:00")),
)
TO_THIRD = (
    "INTERVAL('2025-07-01T06:00:00Z','2025-07-03T00:00:00Z')",
    {"interval": ["2025-07-01T06:00:00Z", "2025-07-03T00:00:00Z"]},
    between(instant("2025-07-01T06:00:00"), instant("2025-07-03T00:00:00")),
)
TWO_DAYS = ("INTERVAL('2025-07-01','2025-07-02')", {"interval": ["2025-07-01", "2025-07-02"]}, between(date(2025, 7, 1), date(2025, 7, 2)))
SINCE = (
    "INTERVAL('2025-07-01T06:00:00Z','..')",
    {"interval": ["2025-07-01T06:00:00Z", ".."]},
    between(instant("2025-07-01T06:00:00"), LAST),
)
TILL = ("INTERVAL('..','2025-07-01')", {"interval": ["..", "2025-07-01"]}, between(date.min, date(2025, 7, 1)))
MOMENT = ("TIMESTAMP('2025-07-01T00:00:00Z')", {"timestamp": "2025-07-01T00:00:00Z"}, at(SEVEN))
DAY = ("DATE('2025-07-01')", {"date": "2025-07-01"}, between(date(2025, 7, 1), date(2025, 7, 1)))

PAIRS: list[tuple[Any, Any]] = [
    (OWN_INTERVAL, MORNING),
    (MORNING, OWN_INTERVAL),
    (OWN_INTERVAL, TO_THIRD),
    (OWN_INTERVAL, SINCE),
    (OWN_DAYS, TWO_DAYS),
    (TWO_DAYS, OWN_DAYS),
    (OWN_DAYS, TILL),
    (("at", p("at"), same("at")), MOMENT),
    (MOMENT, ("at", p("at"), same("at"))),
    (("at", p("at"), same("at")), TO_THIRD),
    (("day", p("day"), same("day")), DAY),
    (('"day"', p("day"), same("day")), TWO_DAYS),
    (("day", p("day"), same("day")), ("until", p("until"), same("until"))),
    (OWN_INTERVAL, OWN_INTERVAL),
    (MORNING, TO_THIRD),
]
EXAMPLES = [example(name, *pair) for name in RELATIONS for pair in PAIRS]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.text)
def test_filter_in_both_forms_finds_what_it_holds_of(example: Example) -> None:
    check(example)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        # Midnight of the centre is 17:00 of the day before in UTC; a day beside an instant is all of it.
        ("at >= DATE('2025-07-01')", "abcfgjkl"),
        ("T_INTERSECTS(at, DATE('2025-07-01'))", "abcfjl"),
        ("T_AFTER(at, DATE('2025-07-01'))", "gk"),
        ("T_DURING(INTERVAL(at, ended), INTERVAL('2025-06-30', '2025-07-02'))", "abjl"),
        ("NOT T_BEFORE(day, DATE('2025-07-01'))", "bcfgjkl"),
        ("t_equals(day, interval('2025-07-01', '2025-07-01'))", "bfjl"),
        ("TIMESTAMP('2025-07-01T07:00:00+07:00') = at", "afl"),
        ("at = TIMESTAMP('2025-07-01T00:00:00.000Z')", "afl"),
        ("INTERVAL(at, ended) IS NULL", "h"),
    ],
)
def test_days_beside_instants_are_those_of_the_centre(text: str, ids: str) -> None:
    assert found(text) == ids


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("T_AFTER(day, DATE('2025-02-30'))", "2025-02-30"),
        ("T_AFTER(day, TIMESTAMP('2025-07-01'))", "2025-07-01"),
        ("T_AFTER(day, INTERVAL('2025-07-02', '2025-07-01'))", "ends? before|ends before|and ends before"),
        ("T_AFTER(day, INTERVAL('2025-07-02'))", "1 bounds"),
        ("T_AFTER(n, DATE('2025-07-01'))", "n is an integer"),
    ],
)
def test_what_is_no_time_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(BadInput, match=named):
        found(text)
