"""What a source may send, by the second of arrival."""

from __future__ import annotations

from datetime import datetime, timedelta

from ioc.ingest.outcome import Reason
from ioc.ingest.rate import RateLimit
from tests.support.examples import NOW


def passed(limit: RateLimit, source: str, times: list[datetime]) -> int:
    return sum(limit.check(source, at) is None for at in times)


def every(seconds: float, count: int, start: datetime = NOW) -> list[datetime]:
    return [start + timedelta(seconds=seconds * number) for number in range(count)]


def test_who_keeps_to_the_rate_is_never_refused() -> None:
    assert passed(RateLimit(10), "a", every(0.1, 1000)) == 1000


def test_five_seconds_worth_may_come_at_once_and_then_the_rate_holds() -> None:
    limit = RateLimit(10)
    assert passed(limit, "a", [NOW] * 1000) == 50
    assert passed(limit, "a", every(0.01, 1000, NOW + timedelta(seconds=1))) == 10 + 99


def test_refusal_names_the_source_and_the_limit() -> None:
    limit = RateLimit(0.1)
    assert limit.check("a", NOW) is None
    refused = limit.check("a", NOW)
    assert refused is not None
    assert (refused.reason, refused.item) == (Reason.RATE, None)
    assert refused.detail == "source a sends more than 0.1 messages a second"


def test_one_source_takes_nothing_from_another() -> None:
    limit = RateLimit(10)
    passed(limit, "loud", [NOW] * 10_000)
    assert passed(limit, "quiet", [NOW] * 50) == 50


def test_what_waited_while_nobody_took_it_is_let_in() -> None:
    limit = RateLimit(10)
    passed(limit, "a", [NOW] * 50)
    limit.credit(60)
    later = NOW + timedelta(seconds=60)
    assert passed(limit, "a", [later] * 1000) == 600
    assert passed(limit, "new", [later] * 1000) == 650


def test_outages_of_long_ago_are_no_credit_for_who_comes_anew() -> None:
    limit = RateLimit(10)
    for _ in range(100):
        limit.credit(60)
    assert passed(limit, "new", [NOW] * 10_000) == 650


def test_credit_of_one_source_is_its_own_and_is_spent_once() -> None:
    limit = RateLimit(10)
    limit.credit(60, "a")
    limit.credit(-60)
    assert passed(limit, "a", [NOW] * 1000) == 650
    assert passed(limit, "b", [NOW] * 1000) == 50
    assert passed(limit, "a", [NOW + timedelta(hours=1)] * 1000) == 50


def test_clock_that_goes_back_gives_nothing() -> None:
    limit = RateLimit(10)
    passed(limit, "a", [NOW] * 50)
    assert passed(limit, "a", [NOW - timedelta(hours=1)] * 10) == 0
    assert passed(limit, "a", [NOW]) == 0


def test_number_of_sources_remembered_is_bounded() -> None:
    limit = RateLimit(10)
    for number in range(25_000):
        limit.check(f"s{number}", NOW)
    assert len(limit._buckets) <= 10_000
