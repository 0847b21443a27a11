"""Messages that are wrong: every reason of docs/mqtt.md that a message can cause, some beside items that are well."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.torture.fieldsystem import Draft, FieldSystem, as_json, rfc3339
from tests.torture.model import NOWHERE, Bad, Fact

_DAY_MS = 86_400_000
Fault = Callable[[FieldSystem], Draft]


def bad_topic(system: FieldSystem) -> Draft:
    """A topic that does not follow the grammar."""
    topics = ("obs/-bad/level", "obs", "nothing/a", "obs/a/level/more", "obs/" + "a" * 65, "status/now", "obs/đo mưa")
    return Draft(system.rng.choice(topics), b"1", [Bad(system.name, "topic")])


def topic_of_nobody(system: FieldSystem) -> Draft:
    """A topic that names no source, so that it is counted for nobody."""
    return Draft("/../ x", as_json(system.number()), [Bad(NOWHERE, "topic")])


def bad_payload(system: FieldSystem) -> Draft:
    """A payload that cannot be read at all."""
    topics = ("obs/s0/level", "obs/s1", "pos/m0", "event/dossier.received", "station/s2")
    payloads = (b"", b"\xff\xfe\x00", b"this is not JSON", b'{"value": 1', b"[" * 200 + b"]" * 200, b'{"value": NaN}')
    return Draft(system.rng.choice(topics), system.rng.choice(payloads), [Bad(system.name, "payload")])


def bad_status(system: FieldSystem) -> Draft:
    """A status that is neither word."""
    return Draft("status", b"perhaps", [Bad(system.name, "payload")])


def bad_time(system: FieldSystem) -> Draft:
    """A time that cannot be read."""
    told: Any = system.rng.choice(("yesterday", "2026-11-22T05:00:00", "2026-02-30T05:00:00Z", True, {}, 1e300))
    return _beside(system, {"time": told, "value": 1}, "time")


def shared_time(system: FieldSystem) -> Draft:
    """Several readings of a series without a time in one message."""
    n = system.rng.randint(2, 4)
    return Draft("obs/u0/live", as_json([system.number() for _ in range(n)]), [Bad(system.name, "time", item) for item in range(n)])


def future(system: FieldSystem) -> Draft:
    """A time that lies ahead."""
    ahead = system.start + 30 * _DAY_MS + system.number()
    if system.rng.random() < 0.3:
        return Draft("event/dossier.received", as_json({"id": "ahead", "time": rfc3339(ahead)}), [Bad(system.name, "future", 0)])
    return _beside(system, {"time": rfc3339(ahead), "value": 1}, "future")


def too_old(system: FieldSystem) -> Draft:
    """A time that lies too far back: more than a year for positions and readings, twenty for events."""
    kind = system.rng.randrange(3)
    years = (system.start - 21 * 366 * _DAY_MS) if kind == 0 else (system.start - 400 * _DAY_MS)
    if kind == 0:
        return Draft("event/dossier.received", as_json({"id": "old", "time": rfc3339(years)}), [Bad(system.name, "too_old", 0)])
    if kind == 1:
        return Draft("pos/m0", as_json({"time": rfc3339(years), "lon": 106, "lat": 21}), [Bad(system.name, "too_old", 0)])
    return _beside(system, {"time": years, "value": 1}, "too_old")


def bad_value(system: FieldSystem) -> Draft:
    """A value that is no finite number."""
    if system.rng.random() < 0.2:
        record = [{"bn": "s1/", "bt": system.start // 1000, "n": "flow", "vs": "open"}]
        return Draft("obs/s1", as_json(record), [Bad(system.name, "value", 0)])
    if system.rng.random() < 0.2:
        payload = f'{{"time":{system.start},"value":1e999}}'.encode()
        return Draft("obs/s1/flow", payload, [Bad(system.name, "value", 0)])
    told: Any = system.rng.choice(("high", None, True, [1], {}))
    return _beside(system, {"time": system.start, "value": told}, "value")


def out_of_range(system: FieldSystem) -> Draft:
    """A value beyond what the station describes, a place that is not on Earth, a speed or an interval that cannot be."""
    time = system.start + system.number()
    bad = [Bad(system.name, "range", 0)]
    drafts = (
        Draft("obs/s2/level", as_json({"time": time, "value": 20.5}), bad),
        Draft("obs/s2", as_json({"time": time, "rain": -1}), bad),
        Draft("pos/m1", as_json({"time": time, "lon": 106, "lat": 95}), bad),
        Draft("pos/m1", as_json({"time": time, "lon": 106, "lat": 21, "speed": -3}), bad),
        Draft("event/street.light", as_json({"id": "nowhere", "lon": 200, "lat": 21}), bad),
        Draft("station/s1", as_json({"name": "S", "kind": "gauge", "interval_s": 0}), bad),
    )
    return system.rng.choice(drafts)


def bad_shape(system: FieldSystem) -> Draft:
    """A member that is missing or of the wrong type."""
    time, item, whole = system.start, [Bad(system.name, "schema", 0)], [Bad(system.name, "schema")]
    drafts = (
        Draft("obs/s3/level", as_json({"time": time}), item),
        Draft("obs/s3/level", b"[]", whole),
        Draft("obs/s3", as_json({"time": time, "a/b": 1}), item),
        Draft("obs/s3", as_json({"time": time}), item),
        Draft("obs/s3", as_json(["level"]), item),
        Draft("obs/s3", as_json([{"bn": "s3/", "bver": 11, "n": "flow", "v": 1}]), whole),
        Draft("pos/m0", as_json({"time": time, "lon": 106}), item),
        Draft("pos/m0", as_json({"type": "FeatureCollection", "features": []}), whole),
        Draft("event/dossier.received", as_json({"time": time}), item),
        Draft("event/dossier.received", as_json({"specversion": "1.0", "type": "other", "source": "a", "id": "1"}), item),
        Draft("station/s1", as_json({"kind": "gauge"}), item),
    )
    return system.rng.choice(drafts)


def several_faults(system: FieldSystem) -> Draft:
    """Items that are wrong for different reasons beside two that are well."""
    good = [system.reading("s0", "level") for _ in range(2)]
    told = [{"time": reading.time, "value": reading.value} for reading in good]
    body = [{"time": "soon", "value": 1}, told[0], {"time": system.start, "value": "x"}, {"time": "late", "value": 1}, told[1]]
    name = system.name
    return Draft("obs/s0/level", as_json(body), [Bad(name, "time", 0), good[0], Bad(name, "value", 2), Bad(name, "time", 3), good[1]])


def bad_told_time(system: FieldSystem) -> Draft:
    """A user property of MQTT 5 that is no time; before MQTT 5 the payload has it."""
    if not system.speaks_5:
        return bad_time(system)
    return Draft("obs/s0/flow", as_json(system.number()), [Bad(system.name, "time")], told_time="noon")


def too_large(system: FieldSystem) -> Draft:
    """More than 10,000 items, or more than 1 MiB."""
    payload = system.rng.choice((b"[" + b"1," * 10_000 + b"1]", b"[" + b" " * 2**20 + b"1]"))
    return Draft("obs/s0/level", payload, [Bad(system.name, "size")])


def unknown_station(system: FieldSystem) -> Draft:
    """A station that nobody has imported, of a source that is closed; an open source sends something else that is wrong."""
    if not system.is_closed:
        return bad_shape(system)
    time, name = system.start + system.number(), f"new{system.rng.randrange(20)}"
    unknown = partial(Bad, system.name, "unknown_station")
    drafts = (
        Draft(f"obs/{name}/level", as_json({"time": time, "value": 1}), [unknown(0)]),
        Draft(f"obs/{name}", as_json({"time": time, "level": 1, "rain": 2}), [unknown(0), unknown(1)]),
        Draft(f"pos/{name}", as_json({"time": time, "lon": 106, "lat": 21}), [unknown(0)]),
        Draft(f"station/{name}", as_json({"name": "N", "kind": "gauge"}), [unknown(0)]),
    )
    return system.rng.choice(drafts)


BAD: dict[Fault, float] = {
    bad_topic: 10,
    topic_of_nobody: 2,
    bad_payload: 10,
    bad_status: 2,
    bad_time: 8,
    bad_told_time: 3,
    shared_time: 4,
    future: 10,
    too_old: 10,
    bad_value: 10,
    out_of_range: 12,
    bad_shape: 12,
    several_faults: 6,
    unknown_station: 12,
    too_large: 0.3,
}
"""Every kind of fault, and how often it comes among about a hundred bad messages."""


def _beside(system: FieldSystem, wrong: dict[str, Any], reason: str) -> Draft:
    """Return a message of a wrong reading, alone or among good ones."""
    item = system.rng.choice((None, 0, 1, 2))
    if item is None:
        return Draft("obs/s1/flow", as_json(wrong), [Bad(system.name, reason, 0)])
    body: list[dict[str, Any]] = []
    facts: list[Fact] = []
    for number in range(3):
        if number == item:
            body.append(wrong)
            facts.append(Bad(system.name, reason, number))
        else:
            reading = system.reading("s1", "flow")
            body.append({"time": system.spell(reading.time), "value": reading.value})
            facts.append(reading)
    return Draft("obs/s1/flow", as_json(body), facts)
