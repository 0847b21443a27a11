from datetime import UTC, date, datetime
from typing import Any

import pytest
import shapely

from ioc.errors import BadInput
from ioc.geo.collection import Collection
from ioc.geo.cql2.evaluate import evaluate
from ioc.geo.cql2.parse import parse
from ioc.geo.layer import Feature
from tests.support.shapes import collection, square

ROWS: list[dict[str, Any]] = [
    {"name": "Bắc Giang", "people": 1_900_000, "share": 0.5, "city": True, "since": date(2025, 7, 1), "seen": None, "tags": ["a", "b"]},
    {"name": "Đồng Nai", "people": 3_200_000, "share": None, "city": False, "since": date(2025, 1, 1), "seen": "12:00", "tags": ["b"]},
    {"name": "Hà Nội", "people": None, "share": 2.0, "city": None, "since": None, "seen": "13:00", "tags": None},
    {"name": "100%_\\", "people": 7, "share": -3.5, "city": True, "since": date(1975, 4, 30), "seen": "14:00", "tags": []},
]
PLACES: list[Any] = [shapely.Point(0.5, 0.5), square(0, 0), None, shapely.LineString([(-1, 0.5), (2, 0.5)])]


@pytest.fixture(scope="module")
def served() -> Collection:
    rows = [row | {"seen": row["seen"] and datetime(2025, 7, 1, int(row["seen"][:2]), tzinfo=UTC), "nested": {"x": 1}} for row in ROWS]
    return collection(Feature(str(number), place, row) for number, (place, row) in enumerate(zip(PLACES, rows, strict=True)))


SQUARE = "POLYGON((0 0,1 0,1 1,0 1,0 0))"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("name = 'Bắc Giang'", "0"),
        ("name <> 'Bắc Giang'", "123"),
        ("people > 7", "01"),
        ("people > 6.5", "013"),
        ("7 < people", "01"),
        ("people <= 1900000", "03"),
        ("NOT people > 7", "3"),
        ("people > 7 OR share > 1", "012"),
        ("people > 7 AND NOT share > 1", "0"),
        ("people IS NULL", "2"),
        ("people IS NOT NULL AND share IS NULL", "1"),
        ("geometry IS NULL", "2"),
        ("geom IS NOT NULL", "013"),
        ("city", "03"),
        ("NOT city", "1"),
        ("city = TRUE", "03"),
        ("city <> FALSE", "03"),
        ("(people > 7) = city", "0"),
        ("TRUE", "0123"),
        ("FALSE", ""),
        ("1 = 1", "0123"),
        ("id IN ('1', '3', '9')", "13"),
        ("name IN ('Hà Nội', 'Huế')", "2"),
        ("people NOT IN (7)", "01"),
        ("people IN ()", ""),
        ("people BETWEEN 7 AND 1900000", "03"),
        ("people NOT BETWEEN 8 AND 1900000", "13"),
        ("name BETWEEN 'A' AND 'C'", "0"),
        ("since BETWEEN DATE('2025-01-01') AND DATE('2025-06-30')", "1"),
        ("name LIKE 'B%'", "0"),
        ("name LIKE '%i'", "12"),
        ("name LIKE '_à N_i'", "2"),
        ("name LIKE '100\\%\\_%'", "3"),
        ("name NOT LIKE '%a%'", "23"),
        ("CASEI(name) = CASEI('bắc giang')", "0"),
        ("CASEI(name) LIKE casei('HÀ%')", "2"),
        ("ACCENTI(name) = ACCENTI('Dong Nai')", "1"),
        ("ACCENTI(name) = 'Dong Nai'", "1"),
        ("CASEI(ACCENTI(name)) IN ('dong nai', 'ha noi')", "12"),
        ("ACCENTI(CASEI(name)) LIKE '%c giang'", "0"),
        ("people / 0 > 1", ""),
        ("people % 2 = 1", "3"),
        ("people div 2 = 3", "3"),
        ("share ^ 2 = 4", "2"),
        ("share * 2 + 1 = 2", "0"),
        ("-share = 3.5", "3"),
        ("people * share > 1", "0"),
        ("since = DATE('2025-07-01')", "0"),
        ("since < DATE('2025-07-01')", "13"),
        ("seen > TIMESTAMP('2025-07-01T12:30:00Z')", "23"),
        ("seen = TIMESTAMP('2025-07-01T19:00:00+07:00')", "1"),
        ("since > TIMESTAMP('2025-06-30T16:59:59Z')", "0"),
        ("since > TIMESTAMP('2025-06-30T17:00:00Z')", ""),
        ("T_AFTER(since, DATE('2025-01-01'))", "0"),
        ("T_BEFORE(since, DATE('2025-01-01'))", "3"),
        ("T_EQUALS(since, DATE('2025-01-01'))", "1"),
        ("T_DISJOINT(since, DATE('2025-01-01'))", "03"),
        ("T_INTERSECTS(since, INTERVAL('2025-01-01', '..'))", "01"),
        ("T_INTERSECTS(seen, DATE('2025-07-01'))", "123"),
        ("T_AFTER(seen, DATE('2025-07-01'))", ""),
        ("T_DURING(since, INTERVAL('2024-12-31', '2025-07-01'))", "1"),
        ("T_INTERSECTS(INTERVAL(since, '..'), DATE('2025-03-01'))", "13"),
        ("T_STARTS(INTERVAL(since, '2025-08-01'), INTERVAL('2025-07-01', '..'))", "0"),
        ("A_CONTAINS(tags, ('b'))", "01"),
        ("A_CONTAINS(tags, ('a', 'b'))", "0"),
        ("A_CONTAINS(tags, ())", "013"),
        ("A_CONTAINEDBY(tags, ('b', 'c'))", "13"),
        ("A_EQUALS(tags, ('b', 'a'))", "0"),
        ("A_OVERLAPS(tags, ('a', 'z'))", "0"),
        ("A_CONTAINEDBY(('a'), tags)", "0"),
        ("A_EQUALS(tags, tags)", "013"),
        ("A_EQUALS(('x'), ('x'))", "0123"),
        ("S_INTERSECTS(geometry, POINT(0.5 0.5))", "013"),
        (f"S_WITHIN(geometry, {SQUARE})", "01"),
        (f"S_WITHIN({SQUARE}, geometry)", "1"),
        ("S_CONTAINS(geometry, POINT(0.5 0.5))", "013"),
        (f"S_EQUALS(geometry, {SQUARE})", "1"),
        (f"S_CROSSES(geometry, {SQUARE})", "3"),
        ("S_TOUCHES(geometry, POLYGON((1 0,2 0,2 1,1 1,1 0)))", "1"),
        ("S_OVERLAPS(geometry, BBOX(0.5,0.5,2,2))", "1"),
        ("S_DISJOINT(geometry, POINT(0.25 0.25))", "03"),
        ("NOT S_DISJOINT(geometry, POINT(0.25 0.25))", "1"),
        ("S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(2 0.5),LINESTRING(5 5,6 6)))", "3"),
        ("S_INTERSECTS(geometry, geometry)", "013"),
        ("S_INTERSECTS(POINT(0 0), POINT(0 0))", "0123"),
        ("S_DWITHIN(geometry, POINT(0.5 -0.0904), 10000)", "1"),
        ("S_BEYOND(geometry, POINT(0.5 -0.0904), 10000)", "03"),
        ("S_DWITHIN(geometry, POINT(0.5 -0.0905), 10000)", ""),
    ],
)
def test_filter_finds(served: Collection, text: str, found: str) -> None:
    mask = evaluate(parse(text, "cql2-text"), served)
    assert "".join(fid for fid, is_in in zip(served.fids, mask.tolist(), strict=True) if is_in) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("colour = 1", "the filter has the property colour: trees has geometry, id, name, people, share, city, since, seen, tags"),
        ("nested = 1", "the filter has the property nested"),
        ("name = 5", "name is a string, but 5 is an integer"),
        ("people = '5'", "people is an integer, but '5' is a string"),
        ("since = '2025-07-01'", "since is a date, but '2025-07-01' is a string"),
        ("share IN (1, 'x')", "share is a number, but 'x' is a string"),
        ("people", "people as a condition, but people is an integer, not a boolean"),
        ("people + name = 1", "+ takes numbers, but name is a string"),
        ("people LIKE '1%'", "LIKE takes strings, but people is an integer"),
        ("name LIKE name", "LIKE takes a pattern that is written out, not name"),
        ("CASEI(people) = 'x'", "CASEI takes a string, but people is an integer"),
        ("geometry = 1", "geometry is a geometry: it can be compared by spatial functions"),
        ("S_INTERSECTS(name, POINT(1 1))", "name where a geometry is wanted: name is a string"),
        ("S_INTERSECTS(geometry, 1)", "1 where a geometry is wanted"),
        ("S_DWITHIN(geometry, geometry, 1)", "S_DWITHIN takes the geometry of the features and one that is written out"),
        ("S_DWITHIN(geometry, POINT(1 1), -1)", "a distance of -1 m, which is not from 0 to 1e+06"),
        ("S_DWITHIN(geometry, POINT(1 1), people)", "S_DWITHIN takes a distance in metres, not people"),
        ("T_AFTER(name, DATE('2025-07-01'))", "name where a time is wanted: name is a string"),
        ("T_AFTER(since, 'x')", "'x' where a time is wanted: 'x' is a string"),
        ("A_CONTAINS(name, ('x'))", "name where an array is wanted: name is a string"),
        ("A_CONTAINS(tags, (1))", "tags is an array of string, but 1 is an integer"),
        ("A_CONTAINS(tags, 'x')", "'x' where an array is wanted"),
        ("'x'", "'x' where a condition is wanted"),
        ("POINT(1 1)", "a Point where a condition is wanted"),
        ("people + 1", "+(…) where a condition is wanted"),
        ("people = (1, 2)", "an array of 2 where a value is wanted"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_both_types(served: Collection, text: str, words: str) -> None:
    with pytest.raises(BadInput) as refused:
        evaluate(parse(text, "cql2-text"), served)
    assert words in refused.value.detail


def test_empty_collection_has_nothing_to_find() -> None:
    for text in (
        "id = 'x'",
        "S_INTERSECTS(geometry, POINT(1 1))",
        "S_DWITHIN(geometry, POINT(1 1), 5)",
        "TRUE",
        "id LIKE 'x%'",
        "CASEI(id) = 'x'",
    ):
        assert evaluate(parse(text, "cql2-text"), collection([])).tolist() == []
