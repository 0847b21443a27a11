from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from ioc.domain.clock import LOCAL_ZONE, SystemClock, local_day, rfc3339


def test_system_clock_is_aware_and_in_utc() -> None:
    before = datetime.now(UTC)
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert before <= now <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2026, 11, 22, 5, tzinfo=UTC), "2026-11-22T05:00:00Z"),
        (datetime(2026, 11, 22, 5, 0, 0, 250_000, tzinfo=UTC), "2026-11-22T05:00:00.250000Z"),
        (datetime(2026, 11, 22, 12, tzinfo=timezone(timedelta(hours=7))), "2026-11-22T05:00:00Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00Z"),
    ],
)
def test_rfc_3339(instant: datetime, text: str) -> None:
    assert rfc3339(instant) == text
    assert datetime.fromisoformat(text) == instant


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 11, 22, 16, 59, 59, tzinfo=UTC), date(2026, 11, 22)),
        (datetime(2026, 11, 22, 17, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2025, 6, 30, 17, tzinfo=UTC), date(2025, 7, 1)),
    ],
)
def test_day_begins_at_midnight_where_the_centre_is(instant: datetime, day: date) -> None:
    assert str(LOCAL_ZONE) == "Asia/Ho_Chi_Minh"
    assert local_day(instant) == day
