"""The fields of a message: each reader returns a value that can be stored or raises `Refusal` with a reason."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeVar

import msgspec

from ioc.ingest.outcome import Reason
from ioc.ingest.topics import is_name, shown
from ioc.ingest.wording import as_sent, misfit, not_json

_MILLISECONDS_FROM = 1e11  # as seconds the year 5138, as milliseconds 1973
_TEXT_LIMIT = 256
_SPEED_LIMIT_KMH = 2000.0
_DEPTH_LIMIT = 64  # well within what every later reader of a stored event can walk
_WIDE = msgspec.json.Decoder(float_hook=float)  # a number beyond the range of a double is infinite

Shape = TypeVar("Shape")


class Refusal(Exception):
    """One item, or one message, is not acceptable; never leaves the decoder."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail[:_TEXT_LIMIT]


def refuse(reason: Reason, detail: str) -> NoReturn:
    """Raise the refusal."""
    raise Refusal(reason, detail)


def read_json(payload: bytes) -> Any:
    """Return the JSON value of `payload`; a number that is too large is infinite, so that it is refused where it stands."""
    if not payload:
        refuse(Reason.PAYLOAD, "message is empty")
    try:
        told = _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal(Reason.PAYLOAD, not_json(error, payload)) from None
    except RecursionError:
        raise Refusal(Reason.PAYLOAD, f"nested more than {_DEPTH_LIMIT} deep") from None
    if payload.count(b"[") + payload.count(b"{") > _DEPTH_LIMIT and _is_too_deep(told):
        refuse(Reason.PAYLOAD, f"nested more than {_DEPTH_LIMIT} deep")
    return told


def _decode(payload: bytes) -> Any:
    try:
        return msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return _WIDE.decode(payload)


def _is_too_deep(told: Any) -> bool:
    """Return whether `told` is nested deeper than the limit; goes level by level, so that it needs no stack itself."""
    level = [told] if isinstance(told, list | dict) else []
    for _ in range(_DEPTH_LIMIT):
        inside = (value for one in level for value in (one.values() if isinstance(one, dict) else one))
        level = [value for value in inside if isinstance(value, list | dict)]
    return bool(level)


def read_shape(told: Any, shape: type[Shape]) -> Shape:
    """Return `told` as a `shape`; members that it does not know are left aside."""
    try:
        return msgspec.convert(told, shape)
    except msgspec.ValidationError as error:
        raise Refusal(Reason.SCHEMA, misfit(error, told)) from None


def read_time(told: Any, arrived: datetime) -> datetime:
    """Return a time told as RFC 3339 or as Unix seconds or milliseconds; one not told is the time of arrival."""
    if told is None:
        return arrived
    try:
        if isinstance(told, str):
            time = _spelled(told)
            if time.tzinfo is None:
                refuse(Reason.TIME, f"time {shown(told)} has no offset: add Z or +07:00")
            return time.astimezone(UTC)
        if isinstance(told, int | float) and not isinstance(told, bool):
            return datetime.fromtimestamp(told / 1000 if abs(told) >= _MILLISECONDS_FROM else told, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    refuse(Reason.TIME, f"time {as_sent(told)} is neither RFC 3339 nor Unix seconds or milliseconds")


def _spelled(told: str) -> datetime:
    """Return an instant in ISO 8601; RFC 3339 is read as `as_utc` has it, so that the same text is the same microsecond on every topic."""
    try:
        return msgspec.convert(told, datetime)
    except msgspec.ValidationError:
        return datetime.fromisoformat(told.upper())


def as_utc(told: datetime | float | None, arrived: datetime) -> datetime:
    """Return a time that was decoded already, in UTC; see `read_time`."""
    if not isinstance(told, datetime):
        return read_time(told, arrived)
    try:
        return told if told.tzinfo is UTC else told.astimezone(UTC)
    except OverflowError:  # the first and the last hours of the calendar
        refuse(Reason.TIME, f"time {told} is outside the calendar")


def read_number(told: Any, name: str) -> float:
    """Return `told` as a finite number."""
    if isinstance(told, bool) or not isinstance(told, int | float):
        refuse(Reason.VALUE, f"{name} {as_sent(told)} is not a number")
    try:
        number = float(told)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        refuse(Reason.VALUE, f"{name} is not finite")
    return number


def read_text(told: str, name: str) -> str:
    """Return `told` in NFC: one line of 1 to 256 printable characters."""
    text = unicodedata.normalize("NFC", told)
    if not 1 <= len(text) <= _TEXT_LIMIT:
        refuse(Reason.SCHEMA, f"{name} has {len(text)} characters, not 1 to {_TEXT_LIMIT}")
    if not text.isprintable():
        refuse(Reason.SCHEMA, f"{name} {shown(text)} has control characters")
    return text


def read_optional_text(told: str | None, name: str) -> str | None:
    """Return `told` as `read_text` does, or None where it was not told."""
    return None if told is None else read_text(told, name)


def read_property(told: str) -> str:
    """Return `told` as the name of a property."""
    name = unicodedata.normalize("NFC", told)
    if not is_name(name):
        refuse(
            Reason.SCHEMA, f"property {shown(told)} is not 1 to 64 letters, digits, '.', '_', ':' or '-' beginning with a letter or digit"
        )
    return name


def check_place(lon: float | None, lat: float | None) -> None:
    """Refuse half a place and a place that is not on Earth; no place at all is well."""
    if (lon is None) != (lat is None):
        refuse(Reason.SCHEMA, "lon and lat come together")
    for name, degrees, limit in (("lon", lon, 180), ("lat", lat, 90)):
        if degrees is not None and not -limit <= degrees <= limit:
            refuse(Reason.RANGE, f"{name} {degrees} is outside ±{limit}")


def check_motion(speed: float | None, heading: float | None) -> None:
    """Refuse a speed or a heading that cannot be."""
    for name, number, limit in (("speed", speed, _SPEED_LIMIT_KMH), ("heading", heading, 360.0)):
        if number is not None and not 0 <= number <= limit:
            refuse(Reason.RANGE, f"{name} {number} is outside 0..{limit:g}")


def json_text(told: Any) -> str:
    """Return `told` as JSON text that the database can keep: no NUL character, no number that is not finite."""
    text = msgspec.json.encode(told).decode()
    if "\\u0000" in text or "null" in text:  # infinity would be written as null
        for leaf in _leaves(told):
            if isinstance(leaf, str) and "\0" in leaf:
                refuse(Reason.PAYLOAD, "a text contains the NUL character")
            if isinstance(leaf, float) and not math.isfinite(leaf):
                refuse(Reason.VALUE, "a number is not finite")
    return text


def _leaves(told: Any) -> Iterator[Any]:
    """Yield every text, name and number in `told`."""
    if isinstance(told, dict):
        yield from told
        told = list(told.values())
    if isinstance(told, list):
        for value in told:
            yield from _leaves(value)
    else:
        yield told
