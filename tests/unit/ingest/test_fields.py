import math
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ioc.ingest import fields
from ioc.ingest.outcome import Reason
from tests.support.examples import NOW

UNREADABLE_TIMES: tuple[Any, ...] = (
    *("", "now", "2026-11-22", "2026-11-22T05:00:00", "2026-13-01T00:00:00Z", "2026-11-22T25:00:00Z", "\0", "\ud800", "x" * 10_000),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", True, [], {}, [[1]], 1e30, -1e30, math.inf, 10**400, 10**4000),
)


def refusal(read: Callable[..., Any], *told: Any) -> Reason:
    with pytest.raises(fields.Refusal) as refused:
        read(*told)
    assert refused.value.detail.isprintable()
    assert 0 < len(refused.value.detail) <= 256
    return refused.value.reason


@pytest.mark.parametrize(
    ("told", "time"),
    [
        (None, NOW),
        ("2026-11-22T05:00:00Z", NOW),
        ("2026-11-22t05:00:00z", NOW),  # RFC 3339 allows small letters
        ("2026-11-22T12:00:00+07:00", NOW),
        ("2026-11-22 05:00:00.25+00:00", NOW.replace(microsecond=250_000)),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        (1795323600, NOW),
        (1795323600.5, NOW.replace(microsecond=500_000)),
        (1795323600000, NOW),
        (1795323600250, NOW.replace(microsecond=250_000)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (-86400, datetime(1969, 12, 31, tzinfo=UTC)),
    ],
)
def test_time_that_can_be_read(told: Any, time: datetime) -> None:
    found = fields.read_time(told, NOW)
    assert found == time
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "told",
    UNREADABLE_TIMES,
    ids=[repr(told)[:24] for told in UNREADABLE_TIMES],
)
def test_time_that_cannot_be_read(told: Any) -> None:
    assert refusal(fields.read_time, told, NOW) is Reason.TIME


@pytest.mark.parametrize(("told", "number"), [(1, 1.0), (-2.5, -2.5), (0, 0.0), (10**30, 1e30)])
def test_number(told: Any, number: float) -> None:
    assert fields.read_number(told, "value") == number


@pytest.mark.parametrize("told", [True, None, "1", [], {}, math.inf, -math.inf, math.nan, 10**400])
def test_what_is_not_a_finite_number(told: Any) -> None:
    assert refusal(fields.read_number, told, "value") is Reason.VALUE


@pytest.mark.parametrize("told", ["", "x" * 257, "a\nb", "a\tb", "a\0b", "\x7f", "a\u202eb", "\ud800"])
def test_text_that_is_not_one_printable_line_of_256_characters(told: str) -> None:
    assert refusal(fields.read_text, told, "name") is Reason.SCHEMA


def test_text_is_kept_composed() -> None:
    assert fields.read_text(unicodedata.normalize("NFD", "Trạm Đáp Cầu 🌊"), "name") == "Trạm Đáp Cầu 🌊"


def test_limit_on_a_text_holds_in_the_form_in_which_it_is_kept() -> None:
    assert fields.read_text(unicodedata.normalize("NFD", "ầ" * 256), "name") == "ầ" * 256
    grows = "\u0958" * 256  # its normal form has two characters
    assert refusal(fields.read_text, grows, "name") is Reason.SCHEMA


def test_text_that_may_be_missing() -> None:
    assert fields.read_optional_text(None, "subject") is None
    assert fields.read_optional_text("a", "subject") == "a"
    assert refusal(fields.read_optional_text, "", "subject") is Reason.SCHEMA


@pytest.mark.parametrize("told", ["", "a b", "../a", "a\0", "-a", "x" * 65])
def test_property_that_is_no_name(told: str) -> None:
    assert refusal(fields.read_property, told) is Reason.SCHEMA


@pytest.mark.parametrize(("lon", "lat"), [(None, None), (180, 90), (-180, -90), (0, 0)])
def test_place_on_earth(lon: float | None, lat: float | None) -> None:
    fields.check_place(lon, lat)


@pytest.mark.parametrize(
    ("lon", "lat", "reason"),
    [
        (180.001, 0, Reason.RANGE),
        (0, -90.001, Reason.RANGE),
        (math.nan, 0, Reason.RANGE),
        (0, math.inf, Reason.RANGE),
        (1, None, Reason.SCHEMA),
        (None, 1, Reason.SCHEMA),
    ],
)
def test_place_that_is_none(lon: float | None, lat: float | None, reason: Reason) -> None:
    assert refusal(fields.check_place, lon, lat) is reason


@pytest.mark.parametrize(("speed", "heading"), [(-1, 0), (2001, 0), (0, -0.1), (0, 360.1), (math.inf, 0), (0, math.nan)])
def test_motion_that_cannot_be(speed: float, heading: float) -> None:
    assert refusal(fields.check_motion, speed, heading) is Reason.RANGE


def test_motion_that_can_be() -> None:
    fields.check_motion(None, None)
    fields.check_motion(0, 360)


@pytest.mark.parametrize("told", [{"a": "\0"}, {"\0": 1}, [["x", "\0"]], "\0", {"a": [{"b": "c\0"}]}])
def test_text_for_the_database_has_no_nul(told: Any) -> None:
    assert refusal(fields.json_text, told) is Reason.PAYLOAD


def test_backslash_before_u0000_is_no_nul() -> None:
    assert fields.json_text({"path": "C:\\u0000", "of": None}) == '{"path":"C:\\\\u0000","of":null}'


@pytest.mark.parametrize("told", [{"a": math.inf}, [1, [-math.inf]]])
def test_number_that_json_cannot_write_is_refused_and_does_not_become_null(told: Any) -> None:
    assert refusal(fields.json_text, told) is Reason.VALUE


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"nul", b"\xff", b'"\xff"', b"\xef\xbb\xbf1", b"NaN", b"[1,]", b'"\\ud800"', b"1 2", b"1" * 5000]
)
def test_payload_that_is_not_json(payload: bytes) -> None:
    assert refusal(fields.read_json, payload) is Reason.PAYLOAD


@pytest.mark.parametrize("depth", [65, 500, 995, 1000, 100_000])
@pytest.mark.parametrize(("begin", "end"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_json_that_is_nested_too_deeply(depth: int, begin: bytes, end: bytes) -> None:
    assert refusal(fields.read_json, begin * depth + b"1" + end * depth) is Reason.PAYLOAD


def test_depth_counts_levels_not_brackets() -> None:
    told = fields.read_json(b"[" * 64 + b"1" + b"]" * 64)
    assert fields.json_text(told) == "[" * 64 + "1" + "]" * 64
    assert fields.read_json(b"[" + b"[[]]," * 5000 + b"{}]") == [[[]]] * 5000 + [{}]
    assert fields.read_json(b'["' + b"[" * 100 + b'"]') == ["[" * 100]


def test_number_over_the_range_of_a_double_does_not_spoil_the_others() -> None:
    assert fields.read_json(b"[1.5,1e999,-1e999]") == [1.5, math.inf, -math.inf]
