"""How an alert stands after each of its transitions."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

import pytest

from ioc.domain.alert_story import Standing, Step, after

BEGIN = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def told(*kinds: str | tuple[str, dict[str, Any]], severity: str = "minor") -> Standing:
    """Return how an alert stands after transitions a minute apart, by `an` where an operator acts."""
    standing = Standing()
    for number, kind in enumerate(kinds):
        name, detail = kind if isinstance(kind, tuple) else (kind, {})
        time = BEGIN + timedelta(minutes=number)
        standing = after(standing, Step(name, time, time, severity, "an", detail=detail))
    return standing


def test_alert_is_open_until_it_is_normal_and_acknowledged() -> None:
    assert told("fired").is_open
    assert told("fired", "acknowledged").is_open
    assert told("fired", "cleared").is_open
    assert not told("fired", "cleared", "acknowledged").is_open
    assert told("fired", "cleared", "acknowledged", "unacknowledged").is_open
    assert not told("fired", "closed").is_open


def test_worsened_takes_back_what_operators_did() -> None:
    standing = told("fired", "acknowledged", ("shelved", {"until": "2026-11-22T06:00:00+00:00"}), "worsened")
    assert (standing.acknowledged_by, standing.acknowledged_at, standing.shelved_until, standing.closed_by) == (None, None, None, None)
    assert told("fired", "closed", "worsened").is_open


def test_what_was_closed_can_be_opened_again_and_asks_for_somebody() -> None:
    for before in (("fired", "acknowledged", "closed"), ("fired", "cleared", "acknowledged", "closed")):
        standing = told(*before, "reopened")
        assert (standing.is_open, standing.closed_by, standing.closed_at, standing.acknowledged_by) == (True, None, None, None)


def test_relapse_opens_a_closed_alert_only_where_it_had_cleared() -> None:
    assert told("fired", "cleared", "closed", "relapsed").is_open
    assert not told("fired", "recovering", "closed", "relapsed").is_open


def test_who_and_when_are_those_of_the_transition() -> None:
    standing = told("fired", "acknowledged", "closed")
    assert (standing.acknowledged_by, standing.acknowledged_at) == ("an", BEGIN + timedelta(minutes=1))
    assert (standing.closed_by, standing.closed_at) == ("an", BEGIN + timedelta(minutes=2))
    assert told("fired", "cleared").cleared_at == BEGIN + timedelta(minutes=1)
    assert told("fired", ("assigned", {"assignee": "binh"})).assignee == "binh"


@pytest.mark.parametrize("kind", ["stale", "fresh", "late_correction", "commented", "rule_changed"])
def test_notes_change_nothing(kind: str) -> None:
    assert told("fired", "acknowledged", kind) == told("fired", "acknowledged")


def test_silences_come_and_go_one_by_one() -> None:
    steps = [("silenced", {"silence": "a"}), ("silenced", {"silence": "b"}), ("unsilenced", {"silence": "a"})]
    found = [told("fired", *steps[:n]).silenced_by for n in range(4)]
    assert found == [frozenset(), {"a"}, {"a", "b"}, {"b"}]
    assert reduce(lambda one, other: one | other, found) == {"a", "b"}
