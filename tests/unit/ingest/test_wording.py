"""What a sender is told about what was wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ioc.ingest.decode import decode
from ioc.ingest.outcome import Rejection
from ioc.ingest.wording import as_sent

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def detail(topic: str, payload: str) -> str:
    """Return what the sender of a message that is not accepted is told."""
    (item,) = decode(f"ioc/v1/s/{topic}", payload.encode(), arrived=NOW)
    assert isinstance(item, Rejection)
    return item.detail


@pytest.mark.parametrize(
    ("topic", "payload", "told"),
    [
        ("obs/a/x", "1,5", "not JSON: trailing characters (byte 2): '1,5'"),
        ("obs/a/x", "abc" * 100, f"not JSON: invalid character (byte 0): '{('abc' * 100)[:40]}'"),
        ("obs/a/x", "null", "value null is not a number"),
        ("obs/a/x", '"12"', "value '12' is not a number"),
        ("obs/a/x", '{"value": true}', "value true is not a number"),
        ("obs/a/x", '{"v": 1, "unit": "m"}', "value is missing: the object has 'v, unit'"),
        ("obs/a/x", '{"value": 1, "time": "2026-11-22 05:00:00"}', "time '2026-11-22 05:00:00' has no offset: add Z or +07:00"),
        ("obs/a/x", '{"value": 1, "time": [1]}', "time […] is neither RFC 3339 nor Unix seconds or milliseconds"),
        ("obs/a", "5", "5 is not an object of properties"),
        ("obs/a", '{"values": {"x": {"v": 1}}}', "x {…} is not a number"),
        ("pos/a", '{"lat": 21}', "lon is missing"),
        ("pos/a", '{"lon": 106, "lat": "21"}', "lat '21' is a text, not a number"),
        ("pos/a", "[5]", "5 is a number, not an object"),
        ("event/t", '{"id": 5}', "id 5 is a number, not a text"),
        ("station/a", '{"name": "A", "kind": "k", "properties": {"x": "m"}}', "properties.* is a text, not an object"),
        ("station/a", '{"name": "A", "kind": "k", "properties": {"x": {"min": "0"}}}', "properties.*.min is a text, not a number"),
        ("station/a", '{"name": "A", "kind": "k", "interval_s": null, "lon": {}}', "lon {…} is an object, not a number"),
    ],
)
def test_what_is_wrong_is_told_in_the_words_of_json_with_the_value(topic: str, payload: str, told: str) -> None:
    assert detail(topic, payload) == told


@pytest.mark.parametrize(
    ("told", "shown"), [(None, "null"), (False, "false"), (1.5, "1.5"), ("a\nb", "'a\\nb'"), ([1], "[…]"), ({}, "{…}")]
)
def test_value_is_shown_as_it_was_sent(told: Any, shown: str) -> None:
    assert as_sent(told) == shown


def test_long_value_is_cut() -> None:
    assert len(as_sent("x" * 1000)) < 100
