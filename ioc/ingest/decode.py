"""From the bytes of a message to items: every input is accepted or rejected with a reason, none raises."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import msgspec

from ioc.domain.event import ServiceEvent
from ioc.domain.observation import Observation, Position, Readings, SeriesKey, StationKey
from ioc.domain.station import PropertyDescription, SourceStatus, StationDescription
from ioc.ingest import fields, shapes
from ioc.ingest.formats import foreign_parts
from ioc.ingest.message_time import refuse_shared_times
from ioc.ingest.outcome import Reason, Rejection
from ioc.ingest.topics import Kind, Topic, parse_topic, shown
from ioc.ingest.wording import as_sent

Item = Observation | Readings | Position | ServiceEvent | StationDescription | SourceStatus
Part = Callable[[], Item]

MAX_BYTES = 1024 * 1024
MAX_ITEMS = 10_000
MAX_INTERVAL_S = 366 * 86400.0


class _ReadingIn(msgspec.Struct):
    value: float
    time: Annotated[datetime, msgspec.Meta(tz=True)] | float | None = None


def decode(topic: str, payload: bytes, *, arrived: datetime) -> list[Item | Rejection]:
    """Return the items of a message one by one in their order, each accepted or rejected; feedback, which we send ourselves, has none.

    `arrived` is the time of items that state none.
    """
    return one_by_one(decode_grouped(topic, payload, arrived=arrived))


def one_by_one(items: Iterable[Item | Rejection]) -> list[Item | Rejection]:
    """Return `items` with each reading of `Readings` by itself, so that its place in the list is its number in the message."""
    each: list[Item | Rejection] = []
    for item in items:
        if isinstance(item, Readings):
            each += item.each()
        else:
            each.append(item)
    return each


def decode_grouped(topic: str, payload: bytes, *, arrived: datetime) -> list[Item | Rejection]:
    """Return the items of a message as `decode` does, but for an array of readings of one series, all well formed: that is one `Readings`."""
    if len(payload) > MAX_BYTES:
        return [Rejection(Reason.SIZE, f"message of {len(payload)} bytes is over the limit of {MAX_BYTES}")]
    parsed = parse_topic(topic)
    if isinstance(parsed, Rejection):
        return [parsed]
    if parsed.property is not None and (plain := _plain_readings(parsed, payload, arrived)) is not None:
        return [plain]
    try:
        parts = list(_PARTS[parsed.kind](parsed, payload, arrived))
    except fields.Refusal as refusal:
        return [Rejection(refusal.reason, refusal.detail)]
    if len(parts) > MAX_ITEMS:
        return [Rejection(Reason.SIZE, f"message of {len(parts)} items is over the limit of {MAX_ITEMS}")]
    return refuse_shared_times([_attempt(number, part) for number, part in enumerate(parts)], arrived)


def _plain_readings(topic: Topic, payload: bytes, arrived: datetime) -> Observation | Readings | None:
    """Return what a series tells in a message that is as it should be, in one go.

    None leaves anything else to the careful way, which finds out what is wrong with which item.
    """
    try:
        told = _READINGS.decode(payload)
        series = SeriesKey(topic.source, topic.name, topic.property or "")
        if not isinstance(told, list):
            return Observation(series, arrived, told) if isinstance(told, float) else Observation(series, _time(told, arrived), told.value)
        times = [entry.time for entry in told]
        if not all(isinstance(time, datetime) and time.tzinfo is UTC for time in times):
            times = [fields.as_utc(time, arrived) for time in times]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, AttributeError, fields.Refusal):
        return None
    # Without a time of its own a reading may share its moment with others, which is for the careful way to judge.
    is_plain = 0 < len(told) <= MAX_ITEMS and not any(time is arrived for time in times)
    return Readings(series, times, [entry.value for entry in told]) if is_plain else None


def _time(told: _ReadingIn, arrived: datetime) -> datetime:
    return told.time if isinstance(told.time, datetime) and told.time.tzinfo is UTC else fields.as_utc(told.time, arrived)


def _attempt(number: int, part: Part) -> Item | Rejection:
    try:
        return part()
    except fields.Refusal as refusal:
        return Rejection(refusal.reason, refusal.detail, number)


def _entries(body: Any) -> list[Any]:
    if body == []:
        fields.refuse(Reason.SCHEMA, "array is empty")
    return body if isinstance(body, list) else [body]


def _observations(topic: Topic, payload: bytes, arrived: datetime) -> Iterable[Part]:
    body = fields.read_json(payload)
    if (foreign := foreign_parts(topic, body, arrived)) is not None:
        yield from foreign
        return
    for entry in _entries(body):
        if topic.property is not None:
            yield partial(_of_series, SeriesKey(topic.source, topic.name, topic.property), entry, arrived)
        else:
            yield from _of_station(topic, entry, arrived)


def _of_series(series: SeriesKey, entry: Any, arrived: datetime) -> Item:
    if not isinstance(entry, dict):
        return Observation(series, arrived, fields.read_number(entry, "value"))
    if "value" not in entry:
        fields.refuse(Reason.SCHEMA, f"value is missing: the object has {shown(', '.join(entry)) if entry else 'nothing'}")
    return Observation(series, fields.read_time(entry.get("time"), arrived), fields.read_number(entry["value"], "value"))


def _of_station(topic: Topic, entry: Any, arrived: datetime) -> Iterable[Part]:
    if not isinstance(entry, dict):
        yield partial(fields.refuse, Reason.SCHEMA, f"{as_sent(entry)} is not an object of properties")
        return
    named = entry.get("values")
    values = named if isinstance(named, dict) else {name: value for name, value in entry.items() if name != "time"}
    if not values:
        yield partial(fields.refuse, Reason.SCHEMA, "object names no property")
    for name, value in values.items():
        yield partial(_of_property, topic, name, value, entry.get("time"), arrived)


def _of_property(topic: Topic, name: str, value: Any, time: Any, arrived: datetime) -> Item:
    series = SeriesKey(topic.source, topic.name, fields.read_property(name))
    return Observation(series, fields.read_time(time, arrived), fields.read_number(value, name))


def _positions(topic: Topic, payload: bytes, arrived: datetime) -> Iterable[Part]:
    body = fields.read_json(payload)
    foreign = foreign_parts(topic, body, arrived)
    return (partial(_position, topic, entry, arrived) for entry in _entries(body)) if foreign is None else foreign


def _position(topic: Topic, entry: Any, arrived: datetime) -> Item:
    told = fields.read_shape(entry, shapes.Position)
    fields.check_place(told.lon, told.lat)
    fields.check_motion(told.speed, told.heading)
    time = fields.read_time(told.time, arrived)
    return Position(StationKey(topic.source, topic.name), time, told.lon, told.lat, told.speed, told.heading)


def _events(topic: Topic, payload: bytes, arrived: datetime) -> Iterable[Part]:
    body = fields.read_json(payload)
    foreign = foreign_parts(topic, body, arrived)
    return (partial(_event, topic, entry, arrived) for entry in _entries(body)) if foreign is None else foreign


def _event(topic: Topic, entry: Any, arrived: datetime) -> Item:
    told = fields.read_shape(entry, shapes.Event)
    fields.check_place(told.lon, told.lat)
    return ServiceEvent(
        source=topic.source,
        id=fields.read_text(told.id, "id"),
        type=topic.name,
        time=fields.read_time(told.time, arrived),
        subject=fields.read_optional_text(told.subject, "subject"),
        unit_code=fields.read_optional_text(told.unit, "unit"),
        lon=told.lon,
        lat=told.lat,
        data=fields.json_text(told.data),
    )


def _stations(topic: Topic, payload: bytes, arrived: datetime) -> Iterable[Part]:
    _ = arrived
    return [partial(_station, topic, fields.read_json(payload))]


def _station(topic: Topic, entry: Any) -> Item:
    told = fields.read_shape(entry, shapes.Station)
    fields.check_place(told.lon, told.lat)
    if told.interval_s is not None and not 0 < told.interval_s <= MAX_INTERVAL_S:
        fields.refuse(Reason.RANGE, f"interval_s {told.interval_s} is not over 0 and up to {MAX_INTERVAL_S:.0f}")
    return StationDescription(
        station=StationKey(topic.source, topic.name),
        name=fields.read_text(told.name, "name"),
        kind=fields.read_text(told.kind, "kind"),
        lon=told.lon,
        lat=told.lat,
        properties={fields.read_property(name): _property(name, one) for name, one in told.properties.items()},
        interval_s=told.interval_s,
    )


def _property(name: str, told: shapes.Property) -> PropertyDescription:
    for word, bound in (("min", told.min), ("max", told.max)):
        if bound is not None:
            fields.read_number(bound, f"{word} of {name}")
    if told.min is not None and told.max is not None and told.min > told.max:
        fields.refuse(Reason.SCHEMA, f"property {name} has min {told.min} over max {told.max}")
    if told.late_after_s is not None and not 0 < told.late_after_s <= MAX_INTERVAL_S:
        fields.refuse(Reason.RANGE, f"late_after_s {told.late_after_s} of {name} is not over 0 and up to {MAX_INTERVAL_S:.0f}")
    unit = fields.read_optional_text(told.unit, f"unit of {name}")
    return PropertyDescription(unit, fields.read_optional_text(told.name, f"name of {name}"), told.min, told.max, told.late_after_s)


_STATUS_WORDS = (b"online", b"offline", b"stopped")


def _status(topic: Topic, payload: bytes, arrived: datetime) -> Iterable[Part]:
    _ = arrived
    word = payload.strip().strip(b'"').lower()
    if word not in _STATUS_WORDS:
        fields.refuse(Reason.PAYLOAD, f"status {shown(payload[:32].decode('utf-8', 'replace'))} is none of online, offline, stopped")
    return [lambda: SourceStatus(topic.source, online=word == b"online", is_planned=word == b"stopped")]


def _feedback(topic: Topic, payload: bytes, arrived: datetime) -> Iterable[Part]:
    _ = topic, payload, arrived
    return []


_READINGS = msgspec.json.Decoder(float | _ReadingIn | list[float | _ReadingIn])
_PARTS: dict[Kind, Callable[[Topic, bytes, datetime], Iterable[Part]]] = {
    Kind.OBSERVATION: _observations,
    Kind.POSITION: _positions,
    Kind.EVENT: _events,
    Kind.STATION: _stations,
    Kind.STATUS: _status,
    Kind.FEEDBACK: _feedback,
}
