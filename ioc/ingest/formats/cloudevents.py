"""Service events as CloudEvents 1.0 in structured JSON, one or an array (a batch)."""

from __future__ import annotations

import base64
import binascii
import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from ioc.domain.event import ServiceEvent
from ioc.ingest import fields
from ioc.ingest.outcome import Reason
from ioc.ingest.shapes import CloudEvent
from ioc.ingest.topics import Topic, shown
from ioc.ingest.wording import as_sent


def recognises(body: Any) -> bool:
    """Return whether `body` is a CloudEvent, or an array with one in it: something that bears a `specversion`."""
    return any(isinstance(one, dict) and "specversion" in one for one in (body if isinstance(body, list) else [body]))


def parts(topic: Topic, body: Any, arrived: datetime) -> Iterator[Callable[[], ServiceEvent]]:
    """Yield the events, one for each CloudEvent."""
    for entry in body if isinstance(body, list) else [body]:
        yield partial(_event, topic, entry, arrived)


def _event(topic: Topic, entry: Any, arrived: datetime) -> ServiceEvent:
    told = fields.read_shape(entry, CloudEvent)
    if unicodedata.normalize("NFC", told.type) != topic.name:
        fields.refuse(Reason.SCHEMA, f"type {shown(told.type)} is not that of the topic, {topic.name}")
    lon, lat = _degrees(told.lon, "lon"), _degrees(told.lat, "lat")
    fields.check_place(lon, lat)
    return ServiceEvent(
        source=topic.source,
        id=_identity(topic, told),
        type=topic.name,
        time=fields.read_time(told.time, arrived),
        subject=fields.read_optional_text(told.subject, "subject"),
        unit_code=fields.read_optional_text(told.unit, "unit"),
        lon=lon,
        lat=lat,
        data=fields.json_text(_data(told, entry)),
    )


def _identity(topic: Topic, told: CloudEvent) -> str:
    """Return the id; CloudEvents are told apart by source and id, so another source than the topic's goes before it."""
    event_id, source = fields.read_text(told.id, "id"), fields.read_text(told.source, "source")
    if any(letter.isspace() for letter in source):  # with one, two sources and ids could be joined to the same text
        fields.refuse(Reason.SCHEMA, f"source {shown(source)} is not a URI reference: it has a space")
    return event_id if source == topic.source else fields.read_text(f"{source} {event_id}", "source and id")


def _degrees(told: float | str | None, name: str) -> float | None:
    """Return a coordinate; CloudEvents know no attribute that is a fraction, so strict senders write it as text."""
    if told is None:
        return None
    try:
        number = float(told)
    except ValueError:
        fields.refuse(Reason.SCHEMA, f"{name} {as_sent(told)} is not a number")
    return number


def _data(told: CloudEvent, entry: dict[str, Any]) -> Any:
    """Return what the event carries: JSON as it is, other bytes as they were written with their type."""
    if told.data_base64 is None:
        return entry.get("data", {})
    if "data" in entry:
        fields.refuse(Reason.SCHEMA, "event has both data and data_base64")
    try:
        content = base64.b64decode(told.data_base64, validate=True)
    except (binascii.Error, ValueError):
        fields.refuse(Reason.SCHEMA, "data_base64 is not Base64")
    if _is_json(told.datacontenttype):
        return fields.read_json(content)
    return {"datacontenttype": told.datacontenttype, "data_base64": told.data_base64}


def _is_json(content_type: str | None) -> bool:
    kind = (content_type or "application/json").partition(";")[0].strip().lower()
    return kind in ("application/json", "text/json") or kind.endswith("+json")
