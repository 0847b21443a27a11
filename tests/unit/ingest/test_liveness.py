"""How a source stands, and how much of what it should send has come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ioc.ingest.liveness import Liveness, completeness, liveness

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("online", "silent_for_s", "shortest_s", "expected"),
    [
        (None, 0, None, Liveness.ONLINE),
        (True, 900, None, Liveness.ONLINE),
        (None, 901, None, Liveness.SILENT),
        (True, 901, None, Liveness.SILENT),
        (None, 30, 10, Liveness.ONLINE),
        (None, 31, 10, Liveness.SILENT),
        (True, 3600, 3600, Liveness.ONLINE),
        (False, 0, 10, Liveness.OFFLINE),
        (False, 9999, None, Liveness.OFFLINE),
    ],
)
def test_a_source_is_silent_after_three_intervals_and_offline_by_its_own_word(
    online: bool | None, silent_for_s: float, shortest_s: float | None, expected: Liveness
) -> None:
    seen = NOW - timedelta(seconds=silent_for_s)
    assert liveness(online=online, last_seen=seen, shortest_s=shortest_s, now=NOW) is expected


@pytest.mark.parametrize(("online", "expected"), [(None, Liveness.UNKNOWN), (True, Liveness.UNKNOWN), (False, Liveness.OFFLINE)])
def test_nothing_is_known_of_a_source_that_was_never_heard_of(online: bool | None, expected: Liveness) -> None:
    assert liveness(online=online, last_seen=None, shortest_s=10, now=NOW) is expected


def test_a_clock_that_was_set_back_makes_no_source_silent() -> None:
    assert liveness(online=None, last_seen=NOW + timedelta(hours=1), shortest_s=1, now=NOW) is Liveness.ONLINE


def test_an_eager_station_does_not_make_up_for_a_silent_one() -> None:
    assert completeness([(60, 600), (60, 0)]) == (120, 0.5)


def test_the_share_is_weighted_by_what_each_station_should_send() -> None:
    assert completeness([(60, 60), (1800, 0)]) == (62, 60 / 62)


@pytest.mark.parametrize("stations", [[], [(3601, 5)], [(86400, 0)]])
def test_where_nothing_is_expected_within_the_hour_there_is_no_share(stations: list[tuple[float, int]]) -> None:
    assert completeness(stations) == (0, None)


def test_a_station_that_reports_once_an_hour_counts() -> None:
    assert completeness([(3600, 1)]) == (1, 1.0)
