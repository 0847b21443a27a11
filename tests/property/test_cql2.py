"""Filters over columns say of every feature what they say of it alone, one after the other in plain Python."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from ioc.geo.cql2.evaluate import evaluate
from ioc.geo.cql2.functions import ARRAY, SPATIAL, TEMPORAL
from ioc.geo.cql2.narrow import narrowed
from ioc.geo.cql2.nodes import Call, Interval, Items, Literal, Node, Property, Shape
from ioc.geo.cql2.spatial import FARTHEST
from ioc.geo.layer import Feature
from tests.support.naive_cql2 import holds
from tests.support.shapes import collection

TEXTS = ["Bắc Giang", "bac giang", "Đường", "duong", "a%b", "a_b", "50%", "", "A\nB", "Straße"]
PATTERNS = ["%", "_ac%", "Bắc%", "%g", "a\\%b", "a_b", "%\\_%", "", "duong", "A%B"]
DAYS = [date(2025, 6, 30), date(2025, 7, 1), date(2025, 7, 2)]
INSTANTS = [datetime(2025, 6, 30, 16, 59, tzinfo=UTC), datetime(2025, 6, 30, 17, tzinfo=UTC), datetime(2025, 7, 1, 12, tzinfo=UTC)]
PLACES = [
    shapely.Point(1, 1),
    shapely.Point(0, 0),
    shapely.box(0, 0, 2, 2),
    shapely.box(1, 1, 3, 3),
    shapely.box(0.5, 0.5, 1, 1),
    shapely.LineString([(0, 0), (3, 3)]),
    shapely.LineString([(0, 2), (2, 2)]),
    shapely.MultiPoint([(1, 1), (5, 5)]),
    shapely.Polygon([(0, 0), (3, 0), (0, 3)]),
]


def rows_of(seed: int, count: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)

    def some(values: list[Any]) -> Any:
        return None if rng.random() < 0.25 else values[rng.integers(len(values))]

    return [
        {
            "text": some(TEXTS),
            "other": some(TEXTS),
            "whole": some([-2, 0, 1, 3]),
            "number": some([-1.5, 0.0, 1.0, 2.5]),
            "flag": some([True, False]),
            "day": some(DAYS),
            "until": some(DAYS),
            "when": some(INSTANTS),
            "tags": some([[], ["a"], ["a", "b"], ["b", "c"]]),
            "counts": some([[], [1], [1, 2], [3]]),
            "geometry": some(PLACES),
        }
        for _ in range(count)
    ]


literals: dict[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from(TEXTS),
    "number": st.sampled_from([-2, 0, 1, 1.0, 2.5]),
    "flag": st.booleans(),
    "time": st.sampled_from([*DAYS, *INSTANTS]),
}
columns = {"text": ["text", "other"], "number": ["whole", "number"], "flag": ["flag"], "time": ["day", "until", "when"]}


def call(op: str, *args: st.SearchStrategy[Any]) -> st.SearchStrategy[Node]:
    return st.tuples(*args).map(lambda found: Call(op, found))


def scalars(kind: str) -> st.SearchStrategy[Node]:
    own = st.one_of(literals[kind].map(Literal), st.sampled_from(columns[kind]).map(Property))
    if kind == "text":
        folded = st.sampled_from(["casei", "accenti"]).flatmap(lambda op: call(op, own))
        return st.one_of(own, folded, st.sampled_from(["casei"]).flatmap(lambda op: call(op, call("accenti", own))))
    if kind == "number":
        return st.one_of(own, st.sampled_from(["+", "-", "*", "/", "%", "div", "^"]).flatmap(lambda op: call(op, own, own)))
    return own


KINDS = st.sampled_from(list(literals))
times = scalars("time")
bounds = st.one_of(times, st.none())
intervals = st.builds(Interval, bounds, bounds)
shapes = st.one_of(st.sampled_from(PLACES).map(Shape), st.just(Property("geometry")))


def arrays(name: str, values: list[Any]) -> st.SearchStrategy[Node]:
    written = st.lists(st.sampled_from(values), max_size=3).map(lambda found: Items(tuple(Literal(each) for each in found)))
    return st.one_of(written, st.just(Property(name)))


predicates: st.SearchStrategy[Node] = st.one_of(
    KINDS.flatmap(
        lambda kind: st.sampled_from(["=", "<>", "<", ">", "<=", ">="]).flatmap(lambda op: call(op, scalars(kind), scalars(kind)))
    ),
    KINDS.flatmap(lambda kind: call("between", scalars(kind), scalars(kind), scalars(kind))),
    KINDS.flatmap(lambda kind: call("in", scalars(kind), st.lists(scalars(kind), max_size=4).map(lambda found: Items(tuple(found))))),
    KINDS.flatmap(lambda kind: call("isnull", scalars(kind))),
    call("like", scalars("text"), st.one_of(st.sampled_from(PATTERNS).map(Literal))),
    st.sampled_from(SPATIAL).flatmap(lambda name: call(f"s_{name}", shapes, shapes)),
    st.sampled_from(TEMPORAL).flatmap(lambda name: call(f"t_{name}", st.one_of(times, intervals), st.one_of(times, intervals))),
    st.sampled_from(ARRAY).flatmap(lambda name: call(f"a_{name}", arrays("tags", ["a", "b", "z"]), arrays("tags", ["a", "b", "z"]))),
    st.sampled_from(ARRAY).flatmap(lambda name: call(f"a_{name}", arrays("counts", [1, 2]), arrays("counts", [1, 2]))),
    st.just(Property("flag")),
    st.booleans().map(Literal),
)
conditions = st.recursive(
    predicates,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda found: Call("and", tuple(found))),
        st.lists(inner, min_size=2, max_size=3).map(lambda found: Call("or", tuple(found))),
        inner.map(lambda each: Call("not", (each,))),
    ),
    max_leaves=4,
)
ROWS = rows_of(1, 60)
SERVED = collection(
    Feature(f"{number:02}", row["geometry"], {name: value for name, value in row.items() if name != "geometry"})
    for number, row in enumerate(ROWS)
)


@settings(max_examples=400, deadline=None)
@given(conditions)
def test_filter_over_columns_is_the_filter_of_each_feature(node: Node) -> None:
    assert evaluate(node, SERVED).tolist() == [holds(node, row) for row in ROWS]


@settings(max_examples=500, deadline=None)
@given(conditions)
def test_a_filter_is_true_of_none_but_those_that_it_is_narrowed_to_and_of_these_as_of_all(node: Node) -> None:
    found = narrowed(node, SERVED)
    if found is not None:
        everything = evaluate(node, SERVED)
        assert set(np.flatnonzero(everything)) <= set(found.tolist())
        assert found.tolist() == sorted(set(found.tolist()))
        assert evaluate(node, SERVED.part(found)).tolist() == everything[found].tolist()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(SPATIAL))
def test_many_features_are_sorted_out_by_cells_without_a_mistake(seed: int, name: str) -> None:
    rng = np.random.default_rng(seed)
    corners, sides = rng.integers(0, 100, (7000, 2)) / 10, rng.integers(0, 8, (7000, 2)) / 10
    boxes: Any = shapely.box(*corners.T, *(corners + sides + 0.05).T)
    served = collection(Feature(f"{number:04}", each, {}) for number, each in enumerate(boxes))
    # No vertex lies on an edge by design: where it does within a rounding error, prepared and plain geometries disagree.
    shape = shapely.Polygon(rng.uniform(0, 10, (3, 2))).buffer(0.3).difference(shapely.Point(rng.uniform(4, 6, 2)).buffer(1))
    found = evaluate(Call(f"s_{name}", (Property("geometry"), Shape(shape))), served)
    assert found.tolist() == getattr(shapely, name)(boxes, shape).tolist()


@settings(max_examples=50, deadline=None)
@given(st.floats(-60, 60), st.floats(1, FARTHEST))
def test_distance_from_a_point_is_that_on_the_ellipsoid(lat: float, metres: float) -> None:
    rng = np.random.default_rng(int(metres))
    lons, lats = rng.uniform(100, 112, 200), np.clip(lat + rng.uniform(-10, 10, 200), -70, 70)
    _, _, away = Geod(ellps="WGS84").inv(np.full(200, 106.0), np.full(200, lat), lons, lats)
    served = collection(Feature(f"{number:03}", shapely.Point(*each), {}) for number, each in enumerate(zip(lons, lats, strict=True)))
    found = evaluate(Call("s_dwithin", (Property("geometry"), Shape(shapely.Point(106, lat)), Literal(metres))), served)
    clear = np.abs(away - metres) > 1
    assert found[clear].tolist() == (away <= metres)[clear].tolist()
