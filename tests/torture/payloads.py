"""Messages that are as they should be, in every format of docs/mqtt.md and docs/formats.md."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.torture.fieldsystem import MOVERS, OLD_MS, PROPERTIES, STATIONS, Draft, FieldSystem, as_json, rfc3339
from tests.torture.model import Fix, Happening, Reading, Status

_TYPES = ("dossier.received", "dossier.answered", "street.light")
Writer = Callable[[FieldSystem], Draft]


def one_reading(system: FieldSystem) -> Draft:
    """A reading on the topic of its series."""
    reading = system.reading(system.station(), system.rng.choice(PROPERTIES))
    return Draft(_topic(reading), as_json({"time": system.spell(reading.time), "value": reading.value}), [reading])


def several_readings(system: FieldSystem) -> Draft:
    """An array of readings of one series, not in the order of time."""
    station, name = system.station(), system.rng.choice(PROPERTIES)
    some = [system.reading(station, name) for _ in range(system.rng.randint(2, 5))]
    system.rng.shuffle(some)
    return Draft(_topic(some[0]), as_json([{"time": system.spell(r.time), "value": r.value} for r in some]), some)


def bare_number(system: FieldSystem) -> Draft:
    """A number and nothing else."""
    told = system.untimed()
    return Draft(f"obs/{told.series[1]}/{told.series[2]}", as_json(told.value), [told])


def number_with_told_time(system: FieldSystem) -> Draft:
    """A number whose time is a user property of MQTT 5; a field system of MQTT 3.1.1 says it in the payload."""
    if not system.speaks_5:
        return one_reading(system)
    reading = system.reading(system.station(), "flow")
    told = system.rng.choice((rfc3339(reading.time), str(reading.time)))
    return Draft(_topic(reading), as_json(reading.value), [reading], told_time=told)


def station_object(system: FieldSystem) -> Draft:
    """Several properties of a station at one time."""
    body, readings = _of_station(system)
    return Draft(f"obs/{readings[0].series[1]}", as_json(body), readings)


def station_array(system: FieldSystem) -> Draft:
    """Several properties of a station at several times."""
    station = system.station()
    bodies, facts = [], []
    for _ in range(system.rng.randint(2, 3)):
        body, readings = _of_station(system, station)
        bodies.append(body)
        facts += readings
    return Draft(f"obs/{station}", as_json(bodies), facts)


def senml(system: FieldSystem) -> Draft:
    """A pack with base name and base time, values as numbers and booleans, perhaps a sum."""
    station = system.station()
    first = system.reading(station, "level")
    base = first.time // 1000
    records: list[dict[str, Any]] = [
        {
            "bn": system.rng.choice((f"{station}/", f"{station}:")),
            "bt": base,
            "n": "level",
            "u": "m",
            **_offset(first, base),
            "v": first.value,
        }
    ]
    facts: list[Reading] = [first]
    for name in system.rng.sample(("held", "flow", "rain"), k=system.rng.randint(0, 2)):
        reading = system.reading(station, name)
        facts.append(reading)
        records.append({"n": name, **_offset(reading, base), "v": reading.value})
    if system.rng.random() < 0.3:
        value, total = system.readings(station, ("energy", "energy.sum"))
        facts += [value, total]
        records.append({"n": "energy", **_offset(value, base), "v": value.value, "s": total.value})
    return Draft(f"obs/{station}", as_json(records), facts)


def one_position(system: FieldSystem) -> Draft:
    """A position of a moving station."""
    fix = system.fix(system.rng.choice(MOVERS))
    return Draft(f"pos/{fix.station[1]}", as_json(_place(system, fix)), [fix])


def several_positions(system: FieldSystem) -> Draft:
    """An array of positions of one station."""
    mover = system.rng.choice(MOVERS)
    fixes = [system.fix(mover) for _ in range(system.rng.randint(2, 4))]
    return Draft(f"pos/{mover}", as_json([_place(system, fix) for fix in fixes]), fixes)


def geojson(system: FieldSystem) -> Draft:
    """A Feature, an array of Features, or a FeatureCollection."""
    mover = system.rng.choice(MOVERS)
    fixes = [system.fix(mover) for _ in range(system.rng.randint(1, 3))]
    features = [_feature(system, fix) for fix in fixes]
    shapes = [features, {"type": "FeatureCollection", "features": features}]
    body = features[0] if len(features) == 1 else system.rng.choice(shapes)
    return Draft(f"pos/{mover}", as_json(body), fixes)


def one_event(system: FieldSystem) -> Draft:
    """A service event; now and then one whose id was told before, or one without a time."""
    type_ = system.rng.choice(_TYPES)
    body, event = _event(system, type_)
    return Draft(f"event/{type_}", as_json(body), [event])


def several_events(system: FieldSystem) -> Draft:
    """An array of service events of one type."""
    type_ = system.rng.choice(_TYPES)
    told = [_event(system, type_) for _ in range(system.rng.randint(2, 4))]
    return Draft(f"event/{type_}", as_json([body for body, _ in told]), [event for _, event in told])


def cloud_event(system: FieldSystem) -> Draft:
    """A CloudEvent, or an array of them; one from elsewhere has its origin before its id."""
    type_ = system.rng.choice(_TYPES)
    bodies, events = [], []
    for _ in range(system.rng.randint(1, 2)):
        body, event = _event(system, type_)
        origin = system.rng.choice((system.name, "/egov/desk/7"))
        bodies.append({"specversion": "1.0", "type": type_, "source": origin, **body, **_degrees(body)})
        events.append(event if origin == system.name else event._replace(id=f"{origin} {event.id}"))
    return Draft(f"event/{type_}", as_json(bodies[0] if len(bodies) == 1 else bodies), events)


def description(system: FieldSystem) -> Draft:
    """A station describes itself again, with another name."""
    return first_description(system, system.rng.choice((*STATIONS, *MOVERS)), renamed=True)


def first_description(system: FieldSystem, station: str, *, renamed: bool = False) -> Draft:
    """A station describes itself."""
    told, body = system.description(station, renamed=renamed)
    return Draft(f"station/{station}", as_json(body), [told], retain=True)


def status(system: FieldSystem) -> Draft:
    """The source says that it is there, or that it leaves."""
    online = system.rng.random() < 0.7
    return Draft("status", b"online" if online else b"offline", [Status(system.name, online)], retain=True)


def correction(system: FieldSystem) -> Draft:
    """Another value for a time that its series has already."""
    before = system.rng.choice(system.said) if system.said else system.reading("s0", "flow")
    # A value that no walk has, and no other correction of this source.
    reading = before._replace(value=before.value + 0.001 + system.number() / 2**24)
    return Draft(_topic(reading), as_json({"time": system.spell(reading.time), "value": reading.value}), [reading])


GOOD: dict[Writer, int] = {
    one_reading: 28,
    several_readings: 9,
    bare_number: 3,
    number_with_told_time: 5,
    station_object: 13,
    station_array: 5,
    senml: 11,
    one_position: 7,
    several_positions: 2,
    geojson: 5,
    one_event: 5,
    several_events: 2,
    cloud_event: 3,
    description: 1,
    status: 1,
}
"""Every kind of message, and how often it comes among a hundred."""


def _topic(reading: Reading) -> str:
    return f"obs/{reading.series[1]}/{reading.series[2]}"


def _of_station(system: FieldSystem, station: str | None = None) -> tuple[dict[str, Any], list[Reading]]:
    names = system.rng.sample(PROPERTIES, k=system.rng.randint(1, 3))
    readings = system.readings(station or system.station(), names)
    values = {r.series[2]: r.value for r in readings}
    time = system.spell(readings[0].time)
    return {"time": time, "values": values} if system.rng.random() < 0.5 else {**values, "time": time}, readings


def _offset(reading: Reading, base: int) -> dict[str, float]:
    """Return the record's time against the base time in seconds."""
    ms = reading.time - base * 1000
    return {"t": ms / 1000} if ms else {}


def _place(system: FieldSystem, fix: Fix) -> dict[str, Any]:
    lon, lat, speed, heading = fix.motion
    return {"time": system.spell(fix.time), "lon": lon, "lat": lat, **_told(speed=speed, heading=heading)}


def _feature(system: FieldSystem, fix: Fix) -> dict[str, Any]:
    lon, lat, speed, heading = fix.motion
    height = [12.5] if system.rng.random() < 0.3 else []
    properties = {"time": system.spell(fix.time), **_told(speed=speed, heading=heading)}
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat, *height]}, "properties": properties}


def _event(system: FieldSystem, type_: str) -> tuple[dict[str, Any], Happening]:
    rng = system.rng
    if system.events and rng.random() < 0.02:
        event_id = rng.choice(system.events)
    else:
        event_id = f"e{system.number()}"
        system.events.append(event_id)
    time = None if rng.random() < 0.1 else system.start - rng.randrange(30 * OLD_MS)
    subject, unit = rng.choice((None, "hồ sơ 7")), rng.choice((None, "07207"))
    lon, lat = rng.choice(((None, None), (106.25, 21.375)))
    data = {"n": system.number(), "kênh": rng.choice(("trực tuyến", "một cửa"))}
    body = {"id": event_id, **_told(subject=subject, unit=unit, lon=lon, lat=lat), "data": data}
    if time is not None:
        body["time"] = rfc3339(time)
    content = type_, subject, unit, lon, lat, json.dumps(data, sort_keys=True)
    return body, Happening(system.name, event_id, time, content)


def _degrees(body: dict[str, Any]) -> dict[str, str]:
    """Return a place as CloudEvents have it: they know no fractions."""
    return {name: str(body[name]) for name in ("lon", "lat") if name in body}


def _told(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
