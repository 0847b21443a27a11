from datetime import UTC, datetime, timedelta

import pytest

from ioc.geo.entry import Rhythm
from ioc.geo.freshness import Freshness, due_at, freshness

PUBLISHED = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rhythm", "days", "expected"),
    [
        ("daily", 0.9, "fresh"),
        ("daily", 1, "due"),
        ("daily", 1.5, "overdue"),
        ("monthly", 30.9, "fresh"),
        ("monthly", 46, "due"),
        ("annual", 365, "fresh"),
        ("annual", 600, "overdue"),
        ("never", 10_000, None),
        ("irregular", 10_000, None),
    ],
)
def test_layer_is_due_after_a_period_and_overdue_half_a_period_later(rhythm: Rhythm, days: float, expected: Freshness | None) -> None:
    assert freshness(rhythm, PUBLISHED, PUBLISHED + timedelta(days=days)) == expected


def test_next_day_is_told_where_there_is_a_rhythm() -> None:
    assert due_at("weekly", PUBLISHED) == datetime(2025, 1, 8, tzinfo=UTC)
    assert due_at("never", PUBLISHED) is None
