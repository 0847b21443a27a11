"""The grammar of topics (docs/mqtt.md)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from ioc.ingest.outcome import Reason, Rejection

_PREFIX = ("ioc", "v1")
_NAME = re.compile(r"[^\W_][\w.:-]{0,63}")
_UNKNOWN_SOURCE = "-"


class Kind(StrEnum):
    """What a topic carries."""

    OBSERVATION = "obs"
    POSITION = "pos"
    EVENT = "event"
    STATION = "station"
    STATUS = "status"
    FEEDBACK = "feedback"


@dataclass(frozen=True, slots=True)
class Topic:
    """A well-formed topic; `name` is the station or the event type, `property` is set on topics of one series."""

    kind: Kind
    source: str
    name: str = ""
    property: str | None = None


_NAMES_AFTER_KIND = {
    Kind.OBSERVATION: (1, 2),
    Kind.POSITION: (1,),
    Kind.EVENT: (1,),
    Kind.STATION: (1,),
    Kind.STATUS: (0,),
    Kind.FEEDBACK: (0,),
}


@lru_cache(maxsize=100_000)
def parse_topic(topic: str) -> Topic | Rejection:
    """Return what `topic` says, or why it does not follow the grammar."""
    parts = unicodedata.normalize("NFC", topic).split("/")
    if tuple(parts[:2]) != _PREFIX or len(parts) < len(_PREFIX) + 2:
        return _reject(f"topic {shown(topic)} is not ioc/v1/{{source}}/{{kind}}/…")
    source, kind_word, *names = parts[2:]
    if kind_word not in set(Kind):
        return _reject(f"kind {shown(kind_word)} is not one of {', '.join(Kind)}")
    kind = Kind(kind_word)
    if len(names) not in _NAMES_AFTER_KIND[kind]:
        return _reject(f"topic {shown(topic)} has {len(names)} levels after {kind}, not {' or '.join(map(str, _NAMES_AFTER_KIND[kind]))}")
    for name in (source, *names):
        if not is_name(name):
            return _reject(f"name {shown(name)} is not 1 to 64 letters, digits, '.', '_', ':' or '-' beginning with a letter or digit")
    return Topic(kind, source, *names)


def is_name(name: str) -> bool:
    """Return whether `name` may name a source, station, property or event type."""
    return _NAME.fullmatch(name) is not None


@lru_cache(maxsize=100_000)
def source_of(topic: str) -> str:
    """Return the source that `topic` names as far as it can be trusted, `-` where it names none."""
    parts = unicodedata.normalize("NFC", topic).split("/", maxsplit=3)
    named = len(parts) > len(_PREFIX) and tuple(parts[:2]) == _PREFIX and is_name(parts[2])
    return parts[2] if named else _UNKNOWN_SOURCE


def shown(text: str, limit: int = 80) -> str:
    """Return `text` quoted, with control characters escaped and cut to `limit`, fit for messages and logs."""
    return ascii(text[:limit]) if not text.isprintable() else repr(text[:limit])


def _reject(detail: str) -> Rejection:
    return Rejection(Reason.TOPIC, detail)
