"""What becomes of a body in a foreign format, told as decoding tells it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ioc.ingest import fields
from ioc.ingest.formats import ForeignPart, foreign_parts
from ioc.ingest.outcome import Rejection
from ioc.ingest.topics import Topic, parse_topic
from tests.support.examples import NOW


def judged(topic: str, body: Any, arrived: datetime = NOW) -> Any:
    """Return each item of `body`, or its reason; the reason alone for the message as a whole; None where no foreign format is recognised."""
    parsed = parse_topic(topic)
    assert isinstance(parsed, Topic)
    try:
        parts = foreign_parts(parsed, body, arrived)
        return None if parts is None else [_attempt(part) for part in parts]
    except fields.Refusal as refusal:
        return refusal.reason


def details(topic: str, body: Any) -> list[str]:
    """Return what is said about each item that is not accepted."""
    parsed = parse_topic(topic)
    assert not isinstance(parsed, Rejection)
    said = []
    for part in foreign_parts(parsed, body, NOW) or ():
        try:
            part()
        except fields.Refusal as refusal:
            said.append(refusal.detail)
    return said


def _attempt(part: ForeignPart) -> Any:
    try:
        return part()
    except fields.Refusal as refusal:
        return refusal.reason
