"""Spatial functions in text and JSON, against the same relation of each feature by itself."""

from __future__ import annotations

from typing import Any

import pytest
import shapely

from ioc.errors import BadInput
from tests.support.cql2_town import Example, always, check, found, known, op, p

RELATIONS: dict[str, Any] = {
    "S_INTERSECTS": shapely.intersects,
    "S_EQUALS": shapely.equals,
    "S_DISJOINT": shapely.disjoint,
    "S_TOUCHES": shapely.touches,
    "S_WITHIN": shapely.within,
    "S_OVERLAPS": shapely.overlaps,
    "S_CROSSES": shapely.crosses,
    "S_CONTAINS": shapely.contains,
}
BOX = shapely.box(0, 0, 2, 2)
SHAPES = [
    "POINT(1 1)",
    "POINT (2 2)",
    "Point Z (1 1 7)",
    "POINTZ(1 1 7)",
    "MULTIPOINT((1 1),(5 5))",
    "multipoint(1 1, 5 5)",
    "LINESTRING(0 2,2 2)",
    "LINESTRING(0 0, 5 0)",
    "LINESTRING(1 -1, 1 5)",
    "MULTILINESTRING((0 2, 2 2), (5 5, 6 6))",
    "POLYGON((0 0,2 0,2 2,0 2,0 0))",
    "POLYGON((1 1, 5 1, 5 5, 1 5, 1 1),(2 2, 3 2, 3 3, 2 3, 2 2))",
    "MULTIPOLYGON(((0 0,1 0,1 1,0 1,0 0)),((5 5,6 5,6 6,5 6,5 5)))",
    "GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(5 5,6 6))",
]


def examples() -> list[Example]:
    found = []
    for name, holds in RELATIONS.items():
        for wkt in SHAPES:
            shape = shapely.force_2d(shapely.from_wkt(wkt.replace("POINTZ", "POINT Z")))
            told = shapely.geometry.mapping(shape)
            first = known("geometry")(lambda place, h=holds, s=shape: h(place, s))
            second = known("geometry")(lambda place, h=holds, s=shape: h(s, place))
            found.append(Example(f"{name}(geometry,{wkt})", op(name.lower(), p("geometry"), told), first))
            found.append(Example(f"{name}({wkt}, geom)", op(name.lower(), told, p("geom")), second))
        found += [
            Example(f"{name}(geometry,BBOX(0,0,2,2))", op(name.lower(), p("geometry"), {"bbox": [0, 0, 2, 2]}),
                    known("geometry")(lambda place, h=holds: h(place, BOX))),
            Example(f"{name}(BBOX(0,0,-1,2,2,9),geometry)", op(name.lower(), {"bbox": [0, 0, -1, 2, 2, 9]}, p("geometry")),
                    known("geometry")(lambda place, h=holds: h(BOX, place))),
            Example(f"{name}(geometry,geometry)", op(name.lower(), p("geometry"), p("geometry")),
                    known("geometry")(lambda place, h=holds: h(place, place))),
            Example(f"NOT {name.lower()}(geometry, POINT(1 1))",
                    op("not", op(name.lower(), p("geometry"), {"type": "Point", "coordinates": [1, 1]})),
                    known("geometry")(lambda place, h=holds: not h(place, shapely.Point(1, 1)))),
            Example(f"{name}(POINT(1 1), BBOX(0,0,2,2))",
                    op(name.lower(), {"type": "Point", "coordinates": [1, 1]}, {"bbox": [0, 0, 2, 2]}),
                    always(bool(holds(shapely.Point(1, 1), BOX)))),
        ]  # fmt: skip
    return found


@pytest.mark.parametrize("example", examples(), ids=lambda each: each.text)
def test_filter_in_both_forms_finds_what_it_holds_of(example: Example) -> None:
    check(example)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("S_INTERSECTS(geometry, BBOX(179, 0, -179, 20))", "jk"),
        ("S_DISJOINT(geometry, BBOX(179, 0, -179, 20))", "abcdefghi"),
        ("S_WITHIN(geometry, BBOX(179, -90, -179, 90))", "jk"),
        ("S_INTERSECTS(geometry, BBOX(-180, -90, 180, 90))", "abcdefghijk"),
        ("S_DISJOINT(geometry, BBOX(-180, -90, 180, 90))", ""),
        ("S_WITHIN(geometry, POLYGON((-180 -90,180 -90,180 90,-180 90,-180 -90)))", "abcdefghijk"),
        ("S_TOUCHES(geometry, POINT(2 2))", "cdg"),
        ("S_CROSSES(geometry, LINESTRING(0 1, 0.5 3))", "cg"),
        ("S_OVERLAPS(geometry, BBOX(1, -1, 3, 1))", "cd"),
        ("S_EQUALS(geometry, POLYGON((2 2, 0 2, 0 0, 2 0, 2 2)))", "c"),
        ("S_DWITHIN(geometry, POINT(0 0), 1)", "bcf"),
    ],
)
def test_known_places_are_found(text: str, ids: str) -> None:
    assert found(text) == ids


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("S_INTERSECTS(geometry, POINT(1))", "POINT"),
        ("S_INTERSECTS(geometry, POLYGON((0 0, 1 1)))", "POLYGON"),
        ("S_INTERSECTS(geometry, POLYGON((0 0, 2 2, 2 0, 0 2, 0 0)))", "not valid"),
        ("S_INTERSECTS(geometry, POINT EMPTY)", "EMPTY"),
        ("S_INTERSECTS(geometry, BBOX(0, 0, 1))", "BBOX of 3"),
        ("S_INTERSECTS(geometry, BBOX(0, 5, 1, 4))", "lower side 5"),
        ("S_INTERSECTS(geometry)", "1 arguments"),
        ("S_BUFFER(geometry, 1)", "S_BUFFER"),
        ("S_INTERSECTS(n, POINT(1 1))", "n is an integer"),
    ],
)
def test_what_is_no_place_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(BadInput, match=named):
        found(text)
