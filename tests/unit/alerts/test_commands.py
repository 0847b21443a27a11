from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ioc.alerts.commands import COMMANDS, Comment, Told, read_told
from ioc.errors import BadInput
from tests.support.examples import NOW, alert, at

WEEK = timedelta(days=7)
UNTIL = at(600)


def command(op: str, **told: Any) -> Told:
    read: Told = read_told(COMMANDS[op], {"if_version": 1, **told})
    return read


@pytest.mark.parametrize("op", [op for op in COMMANDS if op != "alert.comment"])
def test_what_changes_an_alert_names_the_version_that_was_seen(op: str) -> None:
    needed: dict[str, Any] = {"alert.assign": {"assignee": "lan"}, "alert.shelve": {"until": UNTIL}, "alert.close": {"reason": "resolved"}}
    assert command(op, **needed.get(op, {})).seen == 1
    for wrong in (None, 0, -1, 2**31, "x"):
        with pytest.raises(BadInput, match="if_version = "):
            read_told(COMMANDS[op], {**needed.get(op, {}), "if_version": wrong})


def test_a_comment_needs_words_and_no_version() -> None:
    assert read_told(Comment, {"comment": "một\0hai"}).comment == "một�hai"
    for wrong in ({}, {"comment": ""}, {"comment": "x" * 2001}, {"comment": "x", "if_version": 1}):
        with pytest.raises(BadInput):
            read_told(Comment, wrong)


@pytest.mark.parametrize(
    ("op", "told", "why"),
    [
        ("alert.ack", {"colour": "red"}, "unknown member colour"),
        ("alert.assign", {}, "assignee = "),
        ("alert.assign", {"assignee": ""}, "assignee = ''"),
        ("alert.shelve", {"until": "2026-11-22T06:00:00"}, "until = "),
        ("alert.close", {"reason": "tired"}, "reason = 'tired'"),
    ],
)
def test_a_mistake_is_named_with_its_value(op: str, told: dict[str, Any], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        command(op, **told)


def test_an_alert_is_shelved_until_a_time_ahead_and_not_too_far() -> None:
    assert command("alert.shelve", until=at(7 * 86400)).detail(NOW, WEEK) == {"until": "2026-11-29T05:00:00Z"}
    for seconds in (0, -1, 7 * 86400 + 1):
        with pytest.raises(BadInput, match="is not within 7 days after 2026-11-22T05:00:00Z"):
            command("alert.shelve", until=at(seconds)).detail(NOW, WEEK)


def test_closing_for_another_reason_says_which() -> None:
    assert command("alert.close", reason="exercise").detail(NOW, WEEK) == {"reason": "exercise"}
    assert command("alert.close", reason="other", comment="mất điện").detail(NOW, WEEK) == {"reason": "other"}
    for comment in (None, " "):
        with pytest.raises(BadInput, match="needs a comment"):
            command("alert.close", reason="other", comment=comment).detail(NOW, WEEK)


@pytest.mark.parametrize(
    ("op", "told", "stands", "by_lan", "by_minh"),
    [
        ("alert.ack", {}, {}, False, False),
        ("alert.ack", {}, {"acknowledged": True, "acknowledged_by": "lan"}, True, False),
        ("alert.unack", {}, {}, True, True),
        ("alert.unack", {}, {"acknowledged": True, "acknowledged_by": "lan"}, False, False),
        ("alert.assign", {"assignee": "hoa"}, {"assignee": "hoa"}, True, True),
        ("alert.assign", {"assignee": None}, {"assignee": "hoa"}, False, False),
        ("alert.assign", {"assignee": None}, {}, True, True),
        ("alert.shelve", {"until": UNTIL}, {"shelved_until": UNTIL, "shelved_by": "lan"}, True, False),
        ("alert.shelve", {"until": UNTIL}, {"shelved_until": at(601), "shelved_by": "lan"}, False, False),
        ("alert.unshelve", {}, {}, True, True),
        ("alert.unshelve", {}, {"shelved_until": UNTIL, "shelved_by": "lan"}, False, False),
        ("alert.close", {"reason": "resolved"}, {"closed_at": NOW, "closed_by": "lan"}, True, False),
        ("alert.close", {"reason": "resolved"}, {}, False, False),
        ("alert.reopen", {}, {}, True, True),
        ("alert.reopen", {}, {"closed_at": NOW, "closed_by": "lan"}, False, False),
    ],
)
def test_what_is_so_already_is_done(op: str, told: dict[str, Any], stands: dict[str, Any], *, by_lan: bool, by_minh: bool) -> None:
    one, present = command(op, **told), alert(**stands)
    assert (one.is_done(present, "lan"), one.is_done(present, "minh")) == (by_lan, by_minh)
    assert one.is_done(present, None) is by_lan
