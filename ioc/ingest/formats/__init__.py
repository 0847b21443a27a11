"""Foreign formats that a topic also takes, one pure module each; a payload that is none of them is read as our own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from ioc.domain.event import ServiceEvent
from ioc.domain.observation import Observation, Position
from ioc.ingest.formats import cloudevents, geojson, senml
from ioc.ingest.topics import Kind, Topic

ForeignPart = Callable[[], Observation | Position | ServiceEvent]
"""Returns one item or raises `fields.Refusal`."""


def foreign_parts(topic: Topic, body: Any, arrived: datetime) -> Iterable[ForeignPart] | None:
    """Return the parts of a decoded JSON `body` that is SenML, GeoJSON or CloudEvents on a topic that takes it, None for anything else.

    `arrived` is the time of items that state none. What is returned raises `fields.Refusal`, while it is gone through, where the message as
    a whole is not acceptable.
    """
    if topic.kind is Kind.OBSERVATION and topic.property is None and senml.recognises(body):
        return senml.parts(topic, body, arrived)
    if topic.kind is Kind.POSITION and geojson.recognises(body):
        return geojson.parts(topic, body, arrived)
    if topic.kind is Kind.EVENT and cloudevents.recognises(body):
        return cloudevents.parts(topic, body, arrived)
    return None
