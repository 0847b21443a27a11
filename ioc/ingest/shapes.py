"""The shapes of the messages that field systems send: what decoding reads, and what the contract's JSON Schemas are made from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

_NAME_PATTERN = r"^[^\W_][\w.:-]{0,63}$"
_TIME_SCHEMA: dict[str, Any] = {"type": ["string", "number", "null"], "examples": ["2026-11-22T05:00:00Z", 1795323600, 1795323600000]}

Time = Annotated[
    Any,
    Meta(
        description="RFC 3339 with an offset, or Unix seconds or milliseconds. Missing: the time of arrival.",
        extra_json_schema=_TIME_SCHEMA,
    ),
]
Text = Annotated[str, Meta(extra_json_schema={"minLength": 1, "maxLength": 256}, description="One line of 1 to 256 characters.")]
Lon = Annotated[float, Meta(description="Degrees east, WGS 84.", extra_json_schema={"minimum": -180, "maximum": 180})]
Lat = Annotated[float, Meta(description="Degrees north, WGS 84.", extra_json_schema={"minimum": -90, "maximum": 90})]
Speed = Annotated[float, Meta(description="km/h.", extra_json_schema={"minimum": 0, "maximum": 2000})]
Heading = Annotated[float, Meta(description="Degrees clockwise from north.", extra_json_schema={"minimum": 0, "maximum": 360})]
Seconds = Annotated[Any, Meta(extra_json_schema={"type": ["number", "null"]})]
Number = Annotated[Any, Meta(extra_json_schema={"type": ["number", "null"]})]
UnitCode = Annotated[Text, Meta(description="Code of an administrative unit, where lon and lat do not say it.")]


class Reading(msgspec.Struct):
    """One reading of a series."""

    value: float
    time: Time = None


class Readings(msgspec.Struct):
    """Readings of one station at one time, by property."""

    values: Annotated[dict[str, float], Meta(min_length=1, extra_json_schema={"propertyNames": {"pattern": _NAME_PATTERN}})]
    time: Time = None


class Position(msgspec.Struct):
    """Where a moving station is."""

    lon: Lon
    lat: Lat
    time: Time = None
    speed: Speed | None = None
    heading: Heading | None = None


class Event(msgspec.Struct):
    """A service event; its `id` is its own within the source."""

    id: Text
    time: Time = None
    subject: Text | None = None
    unit: UnitCode | None = None
    lon: Lon | None = None
    lat: Lat | None = None
    data: Any = msgspec.field(default_factory=dict)


class Property(msgspec.Struct):
    """One property of a station: a UCUM unit, a name for people, the range that its values keep to, and how old a reading may arrive."""

    unit: Text | None = None
    name: Text | None = None
    min: float | None = None
    max: float | None = None
    late_after_s: (
        Annotated[
            float,
            Meta(
                description="A reading older than this at its arrival is stored and not judged; one day where nothing is said.",
                extra_json_schema={"exclusiveMinimum": 0},
            ),
        ]
        | None
    ) = None


class Station(msgspec.Struct):
    """The self-description of a station; without a place it is unplaced or moving."""

    name: Text
    kind: Text
    lon: Lon | None = None
    lat: Lat | None = None
    properties: dict[str, Property] = msgspec.field(default_factory=dict)
    interval_s: (
        Annotated[float, Meta(description="Usual seconds between reports, up to 366 days.", extra_json_schema={"exclusiveMinimum": 0})]
        | None
    ) = None


class SenmlRecord(msgspec.Struct):
    """A record of RFC 8428; a record has a value (`v`, `vb`) or a sum (`s`), of its own or from a base field."""

    bn: str | None = None
    bt: Seconds = None
    bu: str | None = None
    bv: Number = None
    bs: Number = None
    bver: Annotated[Any, Meta(extra_json_schema={"enum": [10, None]})] = None
    n: str | None = None
    u: str | None = None
    v: Number = None
    vb: Annotated[Any, Meta(extra_json_schema={"type": ["boolean", "null"]})] = None
    vs: Annotated[Any, Meta(description="Not kept: rejected with the reason value.", extra_json_schema={"type": ["string", "null"]})] = None
    vd: Annotated[Any, Meta(description="Not kept: rejected with the reason value.", extra_json_schema={"type": ["string", "null"]})] = None
    s: Number = None
    t: Seconds = None
    ut: Seconds = None


class CloudEvent(msgspec.Struct):
    """A CloudEvent 1.0; `type` is that of the topic. `unit`, `lon` and `lat` are extension attributes."""

    specversion: Literal["1.0"]
    id: Text
    source: Annotated[Text, Meta(description="URI reference; another than the topic's source is put before the id.")]
    type: str
    time: Time = None
    subject: Text | None = None
    unit: UnitCode | None = None
    lon: Lon | str | None = None
    lat: Lat | str | None = None
    datacontenttype: str | None = None
    data: Any = msgspec.field(default_factory=dict)
    data_base64: str | None = None


class Point(msgspec.Struct, tag="Point", tag_field="type"):
    """A GeoJSON point: longitude, latitude, and perhaps a height."""

    coordinates: Annotated[list[float], Meta(min_length=2, max_length=3)]


class PointProperties(msgspec.Struct):
    """What a GeoJSON feature says beside its place."""

    time: Time = None
    speed: Speed | None = None
    heading: Heading | None = None


class PointFeature(msgspec.Struct, tag="Feature", tag_field="type"):
    """A position as a GeoJSON feature."""

    geometry: Point
    properties: PointProperties | None = None


class PointCollection(msgspec.Struct, tag="FeatureCollection", tag_field="type"):
    """Positions of one station as a GeoJSON FeatureCollection."""

    features: Annotated[list[PointFeature], Meta(min_length=1)]


class Feedback(msgspec.Struct):
    """Why something was not accepted; `count` more of the same reason were since the message before, this one included."""

    at: Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
    topic: str
    reason: str
    detail: str
    count: Annotated[int, Meta(ge=1)]
