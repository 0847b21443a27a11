"""From a row of a file to an item, by way of the message that a field system would have sent: the same names, checks and reasons."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from ioc.domain.clock import rfc3339
from ioc.domain.observation import Observation, SeriesKey
from ioc.errors import BadInput
from ioc.ingest import fields
from ioc.ingest.batch import Message
from ioc.ingest.bulk_portion import Portion
from ioc.ingest.decode import MAX_BYTES, decode
from ioc.ingest.outcome import Reason, Rejection
from ioc.ingest.topics import Topic, is_name, parse_topic, shown
from ioc.ingest.work import Decoded

Row = Mapping[str, Any]

READING = ("source", "station", "property", "time", "value")
EVENT = ("source", "type", "id", "time")
POSITION = ("source", "station", "time", "lon", "lat")
_BODY = {
    "obs": ("time", "value"),
    "event": ("id", "time", "subject", "unit", "lon", "lat", "data"),
    "pos": ("time", "lon", "lat", "speed", "heading"),
}
COLUMNS = frozenset({*READING, *EVENT, *POSITION, "subject", "unit", "speed", "heading", "data"})
"""All names of columns that mean something."""
_NUMBERS = frozenset({"value", "lon", "lat", "speed", "heading"})
_FIXED = frozenset({"source", "station", "time"})
_UNIX = re.compile(r"-?\d{9,}(\.\d+)?")  # fewer digits may as well be a day: 20231115
_INFINITY = msgspec.Raw(b"1e999")
_TOPIC_LIMIT = 300
_REMEMBERED = 200_000
_NEVER = datetime.max.replace(tzinfo=UTC)  # for what has a time anyway


@dataclass(frozen=True, slots=True)
class Told:
    """What is told beside a file: names that its rows lack, the zone of times without an offset, and whether each property is a column."""

    source: str | None = None
    station: str | None = None
    property: str | None = None
    zone: ZoneInfo | None = None
    is_wide: bool = False

    @classmethod
    def of(cls, source: str | None, station: str | None, name: str | None, zone: str | None, *, is_wide: bool) -> Told:
        """Return what is told in words; raises BadInput where a word is no name or no zone."""
        for word in (source, station, name):
            if word is not None and not is_name(word):
                raise BadInput(f"name {shown(word)} is not 1 to 64 letters, digits, '.', '_', ':' or '-' beginning with a letter or digit")
        if is_wide and name is not None:
            raise BadInput(f"in a wide file each column is a property: do not tell property {name} as well")
        try:
            return cls(source, station, name, None if zone is None else ZoneInfo(zone), is_wide)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise BadInput(f"{shown(str(zone))} is not a time zone such as Asia/Ho_Chi_Minh") from None

    def names(self) -> dict[str, str]:
        """Return the names that are told."""
        told = {"source": self.source, "station": self.station, "property": self.property}
        return {word: name for word, name in told.items() if name is not None}


class Unreadable(tuple[bytes, Rejection]):
    """A row that is none: its bytes, and why."""

    __slots__ = ()


class RowReader:
    """Puts rows into portions. In files of text (`is_text`) numbers and objects are written as text."""

    def __init__(self, told: Told, *, is_text: bool = False) -> None:
        self.told, self._is_text = told, is_text
        self._names = told.names()
        self._series: dict[tuple[Any, Any, Any], SeriesKey] = {}

    def take(self, number: int, row: Row | Unreadable, portion: Portion) -> None:
        """Put what `row`, the `number`-th of its file, tells into `portion`; a row of a wide file has an item for each filled column."""
        if isinstance(row, Unreadable):
            payload, rejection = row
            topic = f"ioc/v1/{self.told.source or '-'}/obs"
            portion.singles.append(Decoded(Message(topic, payload, portion.arrived, mid=number), [rejection]))
        elif self.told.is_wide:
            fixed = {name: row[name] for name in _FIXED if name in row}
            for name, value in row.items():
                if name not in _FIXED and not self._is_missing(name, value):
                    self._take_one(number, fixed | {"property": name, "value": value}, portion)
        else:
            self._take_one(number, row, portion)

    def series_of(self, source: Any, station: Any, name: Any) -> SeriesKey | None:
        """Return the series of these names, None where they are no names."""
        topic = parse_topic(f"ioc/v1/{source}/obs/{station}/{name}")
        if not isinstance(topic, Topic) or topic.property is None:
            return None
        return SeriesKey(topic.source, topic.name, topic.property)

    def _take_one(self, number: int, row: Row, portion: Portion) -> None:
        try:
            series, time, value = self._series[_names_in(row)], self._time(row["time"]), self._number(row["value"])
        except (KeyError, TypeError, fields.Refusal):
            self.take_carefully(number, row, portion)
        else:
            portion.part(series).add(number, time, value)

    def take_carefully(self, number: int, row: Row, portion: Portion) -> None:
        """Put the one item of `row` into `portion` by way of its message, so that what is wrong is found and can be replayed."""
        filled = {name: self._cell(name, cell) for name, cell in row.items() if not self._is_missing(name, cell)}
        filled = self._names | filled
        topic, payload = self._message(filled)
        message = Message(topic, payload, portion.arrived, mid=number)
        if topic.endswith("/obs"):
            detail = "a row has value and property, type and id, or lon and lat"
            item: Any = Rejection(Reason.SCHEMA, f"{detail}: this one has {shown(', '.join(map(str, row)))}", None)
        elif len(payload) > MAX_BYTES:
            item = Rejection(Reason.SIZE, f"row of {len(payload)} bytes is over the limit of {MAX_BYTES}", None)
        else:
            (item,) = decode(topic, payload, arrived=portion.arrived)
        if isinstance(item, Rejection):
            item = self._in_words_of_the_row(item, filled)
        if isinstance(item, Observation):
            self._remember(row, item.series)
            portion.part(item.series).add(number, item.time, item.value)
        else:
            portion.singles.append(Decoded(message, [item]))

    def _in_words_of_the_row(self, rejection: Rejection, filled: Row) -> Rejection:
        """Return the rejection of the message that the row makes as one of the row, whose columns have other names."""
        if rejection.reason is Reason.TIME and "time" not in filled:
            return replace(rejection, detail="the row has no time")
        if self.told.is_wide and rejection.reason is Reason.VALUE:
            return replace(rejection, detail=f"{filled['property']}: {rejection.detail}")
        return rejection

    def _remember(self, row: Row, series: SeriesKey) -> None:
        names = _names_in(row)
        if not all(name is None or isinstance(name, str) for name in names):
            return  # 1, 1.0 and true are one key, and three names
        if len(self._series) >= _REMEMBERED:
            self._series.clear()
        self._series[names] = series

    def _message(self, filled: Row) -> tuple[str, bytes]:
        """Return topic and payload of what a row tells; a row that is of no kind has a topic of no kind."""
        source, station = filled.get("source", "-"), filled.get("station", "")
        if "value" in filled or ("property" in filled and not ("type" in filled and "id" in filled)):
            kind, topic = "obs", f"ioc/v1/{source}/obs/{station}/{filled.get('property', '')}"
        elif "id" in filled or "type" in filled:
            kind, topic = "event", f"ioc/v1/{source}/event/{filled.get('type', '')}"
        elif "lon" in filled or "lat" in filled:
            kind, topic = "pos", f"ioc/v1/{source}/pos/{station}"
        else:
            return _fit(f"ioc/v1/{source}/obs"), _encode(dict(filled))
        body = {name: filled[name] for name in _BODY[kind] if name in filled}
        # A message without a time is of the moment of its arrival, which is not what history means.
        return _fit(topic), _encode({"time": "", **body})

    def _is_missing(self, name: str, cell: Any) -> bool:
        """Return whether a cell states nothing; not a number is how tables of numbers say so."""
        if isinstance(cell, float):
            return math.isnan(cell)
        if isinstance(cell, str) and self._is_text and is_number(name, self.told):
            return cell.strip().lower() in ("", "nan")
        return cell is None or cell == ""

    def _cell(self, name: str, cell: Any) -> Any:
        """Return a cell as JSON has it: a time with its offset, a number, an object."""
        if name == "time":
            try:
                return rfc3339(self._time(cell))
            except fields.Refusal:
                return cell
        if isinstance(cell, Decimal):
            return float(cell)
        if isinstance(cell, str) and name == "data":
            return _object(cell)
        if self._is_text and name in _NUMBERS:
            return _read_number(cell)
        return str(cell) if name in ("station", "property", "id", "type") and type(cell) is int else cell

    def _time(self, told: Any) -> datetime:
        """Return an instant in UTC; raises Refusal."""
        if isinstance(told, str):
            if self.told.zone is not None and (local := _naive(told)) is not None:
                return _in_utc(local.replace(tzinfo=self.told.zone))
            if self._is_text and _UNIX.fullmatch(told):
                told = float(told) if "." in told else int(told)
        elif isinstance(told, datetime):
            if told.tzinfo is not None or self.told.zone is not None:
                return _in_utc(told if told.tzinfo else told.replace(tzinfo=self.told.zone))
            told = told.isoformat()
        elif told is None:
            fields.refuse(Reason.TIME, "the row has no time")
        return fields.read_time(told, _NEVER)

    def _number(self, told: Any) -> float:
        """Return a finite number; raises Refusal."""
        return fields.read_number(_read_number(told) if self._is_text else told, "value")


def is_number(name: str, told: Told) -> bool:
    """Return whether the cells of this column are numbers."""
    return name not in _FIXED if told.is_wide else name in _NUMBERS


def check_columns(name: str, columns: Iterable[str], told: Told) -> None:
    """Raise BadInput where no row of a file with these columns can be a reading, an event or a position."""
    has = set(columns)
    if told.is_wide:
        missing = sorted(_FIXED - has - told.names().keys())
        if missing or not has - _FIXED:
            raise BadInput(
                f"{name} has the columns {_listed(has)}; a wide file needs {', '.join(sorted(_FIXED))} and one for each property"
            )
        return
    has |= told.names().keys()
    lacking = {
        word: [c for c in needed if c not in has] for word, needed in (("readings", READING), ("events", EVENT), ("positions", POSITION))
    }
    if all(lacking.values()):
        words = "; ".join(f"for {word} it lacks {', '.join(missing)}" for word, missing in lacking.items())
        raise BadInput(f"{name} has the columns {_listed(columns)}: {words}. source, station and property can be told beside the file")


def _listed(columns: Iterable[str]) -> str:
    return shown(", ".join(columns), 200)


def _names_in(row: Row) -> tuple[Any, Any, Any]:
    return row.get("source"), row.get("station"), row.get("property")


def _naive(told: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(told)
    except ValueError:
        return None
    return time if time.tzinfo is None else None


def _in_utc(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC)
    except OverflowError:  # the first and the last hours of the calendar
        fields.refuse(Reason.TIME, f"time {time} is outside the calendar")


def _read_number(cell: Any) -> Any:
    """Return the number that a text is, else the text."""
    try:
        return float(cell) if "_" not in cell else cell
    except (TypeError, ValueError):
        return cell


def _object(cell: str) -> Any:
    """Return what the text of a cell is as JSON, else the text."""
    try:
        return fields.read_json(cell.encode())
    except (fields.Refusal, UnicodeEncodeError):
        return cell


def _encode(body: dict[str, Any]) -> bytes:
    """Return `body` as JSON; a number that is not finite is one too large to read, so that it is refused and not stored as null."""
    try:
        payload = msgspec.json.encode(body)
        return payload if b"null" not in payload else msgspec.json.encode(_with_infinity(body))
    except (TypeError, ValueError):  # a name or a value that JSON has no word for
        return json.dumps(body, default=str, skipkeys=True).encode()


def _with_infinity(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: _with_infinity(value) for name, value in told.items()}
    if isinstance(told, list):
        return [_with_infinity(value) for value in told]
    return _INFINITY if isinstance(told, float) and not math.isfinite(told) else told


def _fit(topic: str) -> str:
    return topic[:_TOPIC_LIMIT].encode(errors="replace").decode()
