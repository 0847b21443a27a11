"""Random days for rules of every kind: rules, and evidence in order of time at whole seconds, dense enough that limits are met exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from ioc.alerts.composite_watch import Whereabouts
from ioc.alerts.conditions import Absence, Cluster, Composite, Deadline, Geofence, Rate, Window
from ioc.alerts.engine import Judged, Surroundings
from ioc.alerts.rule import Rule
from tests.support.examples import GAUGE, rule, series, threshold
from tests.support.judging import Squares, bus, occurrence, reading, sighting, status
from tests.support.timelines import rules

SERIES = [
    series(1, interval_s=2),
    series(2, GAUGE._replace(station="luc-nam")),
    series(3, GAUGE._replace(source="canals", station="c1"), interval_s=3),
]
BUSES = [bus("bus-1", interval_s=5), bus("bus-2", interval_s=None)]
SQUARES = {"zones": {"park": (0.0, 0.0, 2.0), "school": (1.0, 1.0, 2.0)}}
waits = st.sampled_from([0, 1, 3, 6])


@dataclass(frozen=True)
class Scene:
    """Rules and what happens; the surroundings are made for each engine."""

    rules: list[Rule]
    evidence: list[Judged]
    around: dict[str, Any] = field(default_factory=dict)

    def surroundings(self) -> Surroundings:
        return Surroundings(**self.around)


def in_time(draw: st.DrawFn, make: Callable[[int, int], st.SearchStrategy[Judged]], *, most: int = 25, pause: int = 4) -> list[Judged]:
    """Return evidence whose times never go back; `make` is given the second and the number."""
    second, found = 0, []
    for number in range(draw(st.integers(1, most))):
        second += draw(st.sampled_from([0, 1, 1, 2, pause, 3 * pause]))
        found.append(draw(make(second, number)))
    newest: dict[object, object] = {}
    kept = []
    for one in found:  # what is not newer than the newest of its series or station is not told to the engine
        subject = getattr(one, "series", None) or getattr(one, "station", None)
        key = getattr(subject, "id", None)
        if key is None or newest.get(key) != one.time:
            kept.append(one)
        if key is not None:
            newest[key] = one.time
    return kept


def readings(second: int, _number: int) -> st.SearchStrategy[Judged]:
    return st.builds(lambda subject, value: reading(second, value, subject), st.sampled_from(SERIES), st.integers(-1, 11))


@st.composite
def thresholds(draw: st.DrawFn) -> Scene:
    return Scene([draw(rules(f"rule-{n}")) for n in range(3)], in_time(draw, readings))


@st.composite
def aggregates(draw: st.DrawFn) -> Scene:
    functions = st.sampled_from(["avg", "min", "max", "sum", "count", "p95"])
    told = [
        rule(threshold("minor", 3, 2), threshold("severe", 6), hold_s=draw(waits), keep_s=draw(waits), rule_id=f"w{n}", condition=condition)  # type: ignore[arg-type]
        for n, condition in enumerate(
            [
                Window(draw(functions), f"{draw(st.integers(1, 9))}s", draw(st.integers(1, 3))),  # type: ignore[arg-type]
                Window(draw(functions), "5s", 1),  # type: ignore[arg-type]
                Rate(f"{draw(st.integers(2, 9))}s", "2s"),
            ]
        )
    ]
    return Scene(told, in_time(draw, readings))


@st.composite
def silences(draw: st.DrawFn) -> Scene:
    def limits(*seconds: int) -> list[Any]:
        return [threshold(word, limit) for word, limit in zip(("minor", "severe"), seconds, strict=False)]  # type: ignore[arg-type]

    first = draw(st.integers(1, 8))
    told = [
        # Without keep_firing_for: that a station has fallen silent again is told when its source is heard, and time may have cleared it by then.
        rule(*limits(first, first + draw(st.integers(1, 9))), rule_id="station", condition=Absence()),
        rule(*limits(2), rule_id="intervals", hold_s=draw(waits), condition=Absence(unit="intervals")),
        rule(
            *limits(5, 12),
            rule_id="source",
            hold_s=draw(waits),
            keep_s=draw(waits),
            condition=Absence(of="source", offline=draw(st.booleans())),
        ),
    ]

    def either(second: int, number: int) -> st.SearchStrategy[Judged]:
        told = st.builds(lambda online: status(second, online=online), st.booleans())
        return st.one_of(readings(second, number), readings(second, number), readings(second, number), told)

    return Scene(told, in_time(draw, either))


@st.composite
def fences(draw: st.DrawFn) -> Scene:
    told = [
        rule(threshold("minor", 0), rule_id=kind, hold_s=draw(waits), keep_s=draw(waits), condition=Geofence("zones", kind))
        for kind in ("enter", "leave")
    ]
    told.append(rule(threshold("minor", 0), rule_id="inside", hold_s=4, condition=Geofence("zones", "inside", ["school"])))
    speeding = Geofence("zones", "speeding", limit_from=draw(st.sampled_from([None, "limit"])))
    told.append(rule(threshold("minor", 0, -5), threshold("severe", 20), keep_s=draw(waits), rule_id="speeding", condition=speeding))
    places = st.sampled_from([0.5, 1.5, 2.5, 9.0])

    def positions(second: int, _number: int) -> st.SearchStrategy[Judged]:
        speeds = st.sampled_from([None, 10.0, 38.0, 41.0, 70.0])
        return st.builds(
            lambda view, lon, lat, speed: sighting(second, lon, lat, view, speed), st.sampled_from(BUSES), places, places, speeds
        )

    return Scene(told, in_time(draw, positions, most=40), {"areas": Squares(SQUARES)})


@st.composite
def clusters(draw: st.DrawFn) -> Scene:
    cluster = Cluster("report", 1000, f"{draw(st.integers(3, 20))}s")
    told = [
        rule(threshold("minor", 1), threshold("severe", 3), hold_s=draw(waits), keep_s=draw(waits), rule_id="reports", condition=cluster),
        rule(threshold("minor", 2), rule_id="of-water", condition=Cluster("report", 400, "9s", {"topic": "water"})),
    ]

    def reports(second: int, number: int) -> st.SearchStrategy[Judged]:
        steps = st.integers(-8, 8).map(lambda n: n * 0.002)
        return st.builds(
            lambda x, y, topic: occurrence(second, "report", f"r{number:02}", lon=106.0 + x, lat=21.0 + y, topic=topic),
            steps,
            steps,
            st.sampled_from(["water", "light"]),
        )

    return Scene(told, in_time(draw, reports))


@st.composite
def deadlines(draw: st.DrawFn) -> Scene:
    levels = threshold("minor", draw(st.sampled_from([0, 2]))), threshold("severe", draw(st.sampled_from([3, 6])))
    deadline = Deadline("received", ["done", "refused"], within=f"{draw(st.integers(1, 9))}s")
    told = [
        rule(*levels, hold_s=draw(waits), keep_s=draw(waits), rule_id="in-time", condition=deadline),
        rule(threshold("severe", 0), rule_id="of-fire", condition=Deadline("received", ["done"], within="4s", where={"what": "fire"})),
    ]

    def dossiers(second: int, number: int) -> st.SearchStrategy[Judged]:
        kinds, what = st.sampled_from(["received", "received", "done", "refused"]), st.sampled_from(["fire", "tree"])
        return st.builds(
            lambda kind, subject, what: occurrence(second, kind, f"e{number:02}", subject=subject, what=what, lon=106.0, lat=21.0),
            kinds,
            st.sampled_from(["D1", "D2"]),
            what,
        )

    return Scene(told, in_time(draw, dossiers))


@st.composite
def composites(draw: st.DrawFn) -> Scene:
    scope = st.sampled_from(["station", "source", "unit", "everywhere"])
    told = [draw(rules("a")), draw(rules("b")), rule(threshold("minor", 4), rule_id="silent", condition=Absence())]
    several = [
        Composite(all=["a", "b"], scope=draw(scope)),  # type: ignore[arg-type]
        Composite(any=["a", "silent"], none=["b"], scope=draw(scope)),  # type: ignore[arg-type]
        Composite(all=["both"], none=["silent"], scope=draw(scope)),  # type: ignore[arg-type]
    ]
    told += [
        rule(threshold("severe", 0), rule_id=name, hold_s=draw(waits), keep_s=draw(waits), condition=condition)
        for name, condition in zip(("both", "either", "nested"), several, strict=True)
    ]
    return Scene(
        told, in_time(draw, readings), {"unit_of": lambda subject: Whereabouts("U1") if subject.station in ("dap-cau", "c1") else None}
    )


EACH = {
    "thresholds": thresholds(),
    "aggregates": aggregates(),
    "silences": silences(),
    "fences": fences(),
    "clusters": clusters(),
    "deadlines": deadlines(),
}
"""A scene for every kind of rule but composites, which see what others tell in the order in which it is told."""
