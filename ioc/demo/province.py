"""The simulated province of Bắc Giang: what its field systems would publish, as a function of a seed and of time alone.

`Province.messages(now)` yields what has become due; sending it is somebody else's work. A small share of what goes wrong in the field is part of it:
messages sent twice, samples that come late, and one lighting cabinet whose gateway now and then sends rubbish.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from math import ceil
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from ioc.demo.province_cases import Case, Cases, Step, citizens_reports, dossiers
from ioc.demo.province_faults import SENDS_LATE, SENDS_TWICE, BrokenGateway
from ioc.demo.province_stations import AIR, LIGHTING, RAIN, TELECOM, TRAFFIC, Station, fixed_stations
from ioc.demo.province_vehicles import Vehicle, vehicles
from ioc.demo.province_world import World

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
_CASES_EVERY_S = 5.0
_BACKLOG_S = 5.0
"""What a station could not report within this time, it does not report any more."""


@dataclass(frozen=True, slots=True)
class Message:
    """One MQTT message of one source."""

    source: str
    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False


_Report = Callable[[float], Iterator[Message]]
"""Yields the messages that are due at a second of real time since the start."""


class Province:
    """Some 400 stations, 40 vehicles and two service systems.

    `rate` is the messages per second of all together; `speed` how many simulated seconds pass in a real one. Time stamps are real time.
    """

    def __init__(self, seed: int, start: datetime, *, rate: float = 40.0, speed: float = 1.0) -> None:
        if rate <= 0 or speed <= 0:
            raise ValueError(f"rate {rate} and speed {speed} must be above 0")
        local = start.astimezone(LOCAL)
        self._start, self._speed = start.astimezone(UTC), speed
        self._world = World(seed, local.hour * 3600.0 + local.minute * 60.0 + local.second)
        self._stations = fixed_stations(self._world)
        self._modems = [station for station in self._stations if station.kind in (AIR, RAIN)]
        self._vehicles = list(vehicles(seed))
        self._cases = [citizens_reports(self._world), dossiers(self._world)]
        self._run = f"{self._start:%Y%m%dT%H%M%S}"
        self._random = Random(f"{seed}/field")  # noqa: S311 - a story, not a secret
        self._gateway = BrokenGateway()
        self._broken = next(station for station in self._stations if station.kind is LIGHTING)
        self._order = count()
        self._queue: list[tuple[float, int, float, _Report]] = []
        self._stretch = self._usual_rate() / rate
        self._schedule_all()

    @property
    def sources(self) -> tuple[str, ...]:
        """The source systems, in the order of their names."""
        senders = [station.kind.source for station in self._stations] + [v.source for v in self._vehicles] + [c.source for c in self._cases]
        return tuple(sorted(set(senders)))

    def introductions(self, source: str) -> Iterator[Message]:
        """Yield the retained descriptions of the stations of `source`, to be published whenever it connects."""
        for station in self._stations:
            if station.kind.source == source:
                yield self._introduce(source, station.id, self._describe(station))
        for vehicle in self._vehicles:
            if vehicle.source == source:
                body = {"name": vehicle.name, "kind": vehicle.kind, "interval_s": self._interval(vehicle.interval_s)}
                yield self._introduce(source, vehicle.id, body)

    def messages(self, now: datetime) -> Iterator[Message]:
        """Yield what has become due since the last call, oldest first; nothing in it is younger than `now`."""
        until = (now - self._start).total_seconds()
        while self._queue and self._queue[0][0] <= until:
            due, _, interval_s, report = heapq.heappop(self._queue)
            if interval_s:
                missed = ceil(max(0.0, until - _BACKLOG_S - due) / interval_s)
                due += missed * interval_s
                self._push(due + interval_s, interval_s, report)
            yield from report(due)

    def next_due(self) -> datetime:
        """Return when the next message becomes due."""
        return self._start + timedelta(seconds=self._queue[0][0])

    def _schedule_all(self) -> None:
        for station in self._stations:
            self._schedule(station.kind.interval_s, self._reporter(station))
        for vehicle in self._vehicles:
            self._schedule(vehicle.interval_s, self._mover(vehicle))
        for cases in self._cases:
            for step in cases.steps:
                # Not stretched: what happens to people does not depend on how often stations report.
                self._push(_CASES_EVERY_S, _CASES_EVERY_S, self._case_worker(cases, step))

    def _schedule(self, usual_s: float, report: _Report) -> None:
        interval_s = usual_s * self._stretch
        self._push(self._random.random() * interval_s, interval_s, report)

    def _push(self, due: float, interval_s: float, report: _Report) -> None:
        heapq.heappush(self._queue, (due, next(self._order), interval_s, report))

    def _usual_rate(self) -> float:
        return sum(1 / station.kind.interval_s for station in self._stations) + sum(1 / vehicle.interval_s for vehicle in self._vehicles)

    def _interval(self, usual_s: float) -> int:
        return max(1, ceil(usual_s * self._stretch))

    def _time(self, second: float) -> datetime:
        """Return the real time of a second since the start, to the millisecond below: a stamp is never ahead of the clock."""
        moment = self._start + timedelta(seconds=second)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def _reporter(self, station: Station) -> _Report:
        def report(due: float) -> Iterator[Message]:
            if self._is_mute(station, due * self._speed):
                return
            payload = self._observe(station, due)
            if station is self._broken:
                payload = self._gateway.spoil(payload, self._time(due))
            yield from self._delivered(self._observation(station, payload), due)
            earlier = due - 1.5 * station.kind.interval_s * self._stretch
            if earlier > 0 and self._random.random() < SENDS_LATE:
                yield self._observation(station, self._observe(station, earlier))

        return report

    def _is_mute(self, station: Station, t: float) -> bool:
        """Return whether the modem of a station has lost its line."""
        return any(self._modems[episode.what.index(len(self._modems))] is station for episode in self._world.silences.active(t))

    def _mover(self, vehicle: Vehicle) -> _Report:
        def report(due: float) -> Iterator[Message]:
            fix = vehicle.motion.at(due * self._speed)
            body = {
                "time": _stamp(self._time(due)),
                "lon": round(fix.spot.lon, 6),
                "lat": round(fix.spot.lat, 6),
                "speed": round(fix.speed, 1),
                "heading": round(fix.heading) % 360,
            }
            yield from self._delivered(Message(vehicle.source, f"ioc/v1/{vehicle.source}/pos/{vehicle.id}", msgspec.json.encode(body)), due)

        return report

    def _case_worker(self, cases: Cases, step: Step) -> _Report:
        reached = 0.0

        def report(due: float) -> Iterator[Message]:
            nonlocal reached
            after, reached = reached, due * self._speed
            events = [self._event(cases, step, t, case) for t, case in cases.due(step, after, reached)]
            if events:
                body = msgspec.json.encode(events[0] if len(events) == 1 else events)
                yield from self._delivered(Message(cases.source, f"ioc/v1/{cases.source}/event/{step.type}", body), due)

        return report

    def _delivered(self, message: Message, due: float) -> Iterator[Message]:
        """Yield `message`, and now and then see to it that it comes once more."""
        if self._random.random() < SENDS_TWICE:
            self._push(due + self._random.uniform(1.0, 4.0), 0.0, lambda _: iter((message,)))
        yield message

    def _observe(self, station: Station, due: float) -> bytes:
        """Return the payload of `station`; each system writes in its own of the forms that the contract allows."""
        values, time = station.sensor.read(due * self._speed), self._time(due)
        if station.kind is TELECOM:
            return msgspec.json.encode({"time": _stamp(time), "value": values["up"]})
        if station.kind is TRAFFIC:
            return msgspec.json.encode({"time": _stamp(time), **values})
        if station.kind is RAIN:
            return msgspec.json.encode({"time": round(time.timestamp() * 1000), "values": values})
        return msgspec.json.encode({"time": _stamp(time), "values": values})

    def _observation(self, station: Station, payload: bytes) -> Message:
        source = station.kind.source
        series = "/up" if station.kind is TELECOM else ""
        return Message(source, f"ioc/v1/{source}/obs/{station.id}{series}", payload)

    def _event(self, cases: Cases, step: Step, t: float, case: Case) -> dict[str, Any]:
        number = f"{cases.prefix}-{self._run}-{case.number:06d}"
        facts = {name: case.facts[name] for name in step.repeats}
        if "due_s" in case.facts:
            facts["due"] = _stamp(self._time((case.begin + case.facts["due_s"]) / self._speed))
        event = {
            "id": f"{number}-{step.type.rpartition('.')[2]}",
            "time": _stamp(self._time(t / self._speed)),
            "subject": number,
            "unit": case.place.code,
            "data": facts,
        }
        return event if case.spot is None else event | {"lon": round(case.spot.lon, 6), "lat": round(case.spot.lat, 6)}

    def _describe(self, station: Station) -> dict[str, Any]:
        return {
            "name": station.name,
            "kind": station.kind.name,
            "lon": round(station.spot.lon, 6),
            "lat": round(station.spot.lat, 6),
            "interval_s": self._interval(station.kind.interval_s),
            "properties": {name: {"unit": m.unit, "name": m.name, "min": m.min, "max": m.max} for name, m in station.kind.measures.items()},
        }

    @staticmethod
    def _introduce(source: str, station: str, body: dict[str, Any]) -> Message:
        return Message(source, f"ioc/v1/{source}/station/{station}", msgspec.json.encode(body), retain=True)


def _stamp(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
