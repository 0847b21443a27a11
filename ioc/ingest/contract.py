"""What may be said on which topic, as a table: channels, messages, their shapes, and an example of each that decoding accepts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from ioc.ingest import shapes
from ioc.ingest.outcome import Reason
from ioc.ingest.topics import Kind

Json = dict[str, Any]

REF = "#/components/schemas/{name}"
JSON = "application/json"
_NAMED = r"^[^\W_][\w.:-]{0,63}$"


@dataclass(frozen=True, slots=True)
class Message:
    """One way to say something; `schema` refers to `#/components/schemas/…`. `examples` pair a name with a payload, text where it is not JSON."""

    name: str
    title: str
    schema: Json
    examples: Sequence[tuple[str, Any]]
    content_type: str = JSON


@dataclass(frozen=True, slots=True)
class Channel:
    """A topic below `ioc/v1/{source}/`; a retained one holds its last message, and `is_ours` is published by the service itself."""

    name: str
    kind: Kind
    title: str
    parameters: Sequence[str]
    messages: Sequence[Message]
    is_retained: bool = False
    is_ours: bool = False

    @property
    def address(self) -> str:
        """The topic with its parameters in braces."""
        return "/".join(["ioc/v1/{source}", self.kind, *(f"{{{name}}}" for name in self.parameters)])

    def topic(self) -> str:
        """Return the topic with an example for each parameter."""
        return self.address.format(**{name: example for name, (_, example) in PARAMETERS.items()})


PARAMETERS = {
    "source": ("The broker user name of the field system.", "hydro"),
    "station": ("The station within the source.", "dap-cau"),
    "property": ("The property that is measured.", "water_level"),
    "type": ("The type of the event.", "dossier.received"),
}


def shape_schemas() -> Json:
    """Return the JSON Schema of every shape that decoding reads, by name."""
    of = [shapes.Reading, shapes.Readings, shapes.Position, shapes.Event, shapes.Station, shapes.SenmlRecord]
    _, schemas = msgspec.json.schema_components(
        [*of, shapes.CloudEvent, shapes.PointFeature, shapes.PointCollection, shapes.Feedback], ref_template=REF
    )
    schemas["Feedback"]["properties"]["reason"]["enum"] = [str(reason) for reason in Reason]
    return schemas


def _ref(name: str) -> Json:
    return {"$ref": REF.format(name=name)}


def _one_or_many(*kinds: Json) -> Json:
    one = kinds[0] if len(kinds) == 1 else {"anyOf": list(kinds)}
    return {"anyOf": [*kinds, {"type": "array", "items": one, "minItems": 1, "maxItems": 10_000}]}


_FLAT: Json = {
    "title": "Readings without values",
    "description": "Readings of one station at one time, each property a member beside `time`.",
    "type": "object",
    "properties": {"time": {"type": ["string", "number", "null"]}},
    "propertyNames": {"pattern": _NAMED},
    "additionalProperties": {"type": "number"},
    "anyOf": [{"minProperties": 2}, {"minProperties": 1, "not": {"required": ["time"]}}],
}
_TIME = "2026-11-22T05:00:00Z"
_PLACE = {"lon": 106.0952, "lat": 21.2034}
_CLOUD_EVENT = {"specversion": "1.0", "id": "000.00.13.H02-1", "source": "/egov/desk/7", "type": "dossier.received", "time": _TIME}
_FEATURE = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [106.0952, 21.2034]},
    "properties": {"time": _TIME, "speed": 42.5, "heading": 180},
}

_READINGS = Message(
    "readings",
    "Readings of a station",
    _one_or_many(_ref("Readings"), _FLAT),
    [
        ("several properties", {"time": _TIME, "values": {"water_level": 4.5, "rain": 0}}),
        ("properties beside the time", {"time": 1795323600, "water_level": 4.5, "rain": 0}),
        ("no time", {"water_level": 4.5}),
        ("several times", [{"time": 1795323600, "values": {"rain": 0}}, {"time": 1795323660, "values": {"rain": 1.5}}]),
    ],
)
_SENML = Message(
    "readings-senml",
    "Readings of a station as SenML (RFC 8428)",
    _one_or_many(_ref("SenmlRecord")),
    [
        (
            "pack",
            [{"bn": "dap-cau/", "bt": 1795323600, "n": "water_level", "u": "m", "v": 4.5}, {"n": "rain", "u": "mm/h", "t": 60, "v": 1.5}],
        ),
        ("seconds before arrival, a boolean, a sum", [{"n": "door", "t": -5, "vb": True}, {"n": "energy", "u": "J", "s": 1200}]),
    ],
    "application/senml+json",
)
_READING = Message(
    "reading",
    "Readings of one property",
    _one_or_many({"type": "number"}, _ref("Reading")),
    [
        ("bare number", 4.5),
        ("with its time", {"time": _TIME, "value": 4.5}),
        ("several", [{"time": 1795323600, "value": 4.5}, {"time": 1795323660, "value": 4.52}]),
    ],
)
_POSITION = Message(
    "position",
    "Where a moving station is",
    _one_or_many(_ref("Position")),
    [("on the move", {"time": _TIME, **_PLACE, "speed": 42.5, "heading": 180}), ("place alone", _PLACE)],
)
_GEOJSON = Message(
    "position-geojson",
    "Where a moving station is, as GeoJSON",
    {"anyOf": [*_one_or_many(_ref("PointFeature"))["anyOf"], _ref("PointCollection")]},
    [
        ("feature", _FEATURE),
        (
            "collection",
            {"type": "FeatureCollection", "features": [_FEATURE, _FEATURE | {"properties": {"time": 1795323610}}]},
        ),
    ],
    "application/geo+json",
)
_EVENT = Message(
    "event",
    "Service event",
    _one_or_many(_ref("Event")),
    [
        ("in a unit", {"id": "000.00.13.H02-1", "time": _TIME, "subject": "H02-1", "unit": "07207", "data": {"channel": "online"}}),
        ("at a place", [{"id": "42", "time": 1795323600, **_PLACE, "data": {"kind": "flooded road"}}]),
    ],
)
_CLOUD = Message(
    "event-cloudevents",
    "Service event as CloudEvents 1.0 in structured JSON",
    _one_or_many(_ref("CloudEvent")),
    [
        (
            "with data",
            _CLOUD_EVENT | {"subject": "H02-1", "unit": "07207", "datacontenttype": "application/json", "data": {"channel": "online"}},
        ),
        (
            "batch",
            [_CLOUD_EVENT | {"id": "2"}, _CLOUD_EVENT | {"id": "3", "lon": "106.0952", "lat": "21.2034", "data_base64": "eyJhIjoxfQ=="}],
        ),
    ],
    "application/cloudevents+json",
)
_STATION = Message(
    "station",
    "Self-description of a station",
    _ref("Station"),
    [
        (
            "river gauge",
            {
                "name": "Đáp Cầu",
                "kind": "river_gauge",
                **_PLACE,
                "properties": {"water_level": {"unit": "m", "name": "Mực nước", "min": -2, "max": 12}},
                "interval_s": 60,
            },
        ),
        ("moving station", {"name": "Xe buýt 98B-012.34", "kind": "bus"}),
    ],
)
_STATUS = Message(
    "status",
    "Whether the source is there",
    {"type": "string", "enum": ["online", "offline", "stopped"]},
    [("after connecting", "online"), ("last will", "offline"), ("before a planned stop", "stopped")],
    "text/plain",
)
_FEEDBACK = Message(
    "feedback",
    "Why something was not accepted",
    _ref("Feedback"),
    [
        (
            "three of a kind",
            {"at": _TIME, "topic": "ioc/v1/hydro/obs/dap-cau", "reason": "value", "detail": "water_level 'x' is not a number", "count": 3},
        )
    ],
)

CHANNELS: tuple[Channel, ...] = (
    Channel("readingsOfStation", Kind.OBSERVATION, "Readings of one station", ["station"], [_READINGS, _SENML]),
    Channel("readingsOfProperty", Kind.OBSERVATION, "Readings of one property of a station: a series", ["station", "property"], [_READING]),
    Channel("positions", Kind.POSITION, "Positions of a moving station", ["station"], [_POSITION, _GEOJSON]),
    Channel("events", Kind.EVENT, "Service events of one type", ["type"], [_EVENT, _CLOUD]),
    Channel("stations", Kind.STATION, "What a station says about itself", ["station"], [_STATION], is_retained=True),
    Channel("status", Kind.STATUS, "Whether the source is there; `offline` is its last will", [], [_STATUS], is_retained=True),
    Channel(
        "feedback", Kind.FEEDBACK, "What was not accepted: one message a second for each reason at most", [], [_FEEDBACK], is_ours=True
    ),
)
