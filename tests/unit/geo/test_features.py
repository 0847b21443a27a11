from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
import shapely

from ioc.errors import BadInput
from ioc.geo.collection import Collection
from ioc.geo.features import answer, find, parameters_of, read_query
from ioc.geo.layer import Feature
from ioc.geo.parameters import LARGEST_LIMIT
from ioc.geo.served_crs import CRS84
from ioc.geo.table import Field
from tests.support.shapes import collection, square


def numbered(count: int) -> Collection:
    """Return points along the equator, one per degree, each in force for the days of one month of 2025."""
    return collection(
        Feature(
            f"{number:03}",
            shapely.Point(number, 0),
            {"parity": "even" if number % 2 == 0 else "odd", "number": number, "is_first": number == 0, "name": "Bắc"},
            date(2025, 1, 1) + timedelta(days=number),
            date(2025, 1, 1) + timedelta(days=number + 2),
        )
        for number in range(count)
    )


def matched(served: Collection, **parameters: str) -> list[str]:
    page = answer(
        served, read_query([(name.replace("_", "-") if name == "bbox_crs" else name, value) for name, value in parameters.items()], served)
    )
    return [served.fids[ordinal] for ordinal in page.ordinals]


def test_everything_is_returned_in_order_of_ids() -> None:
    page = answer(numbered(5), read_query([], numbered(5)))
    assert (page.matched, list(page.ordinals), page.cursor) == (5, [0, 1, 2, 3, 4], None)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 9])
def test_pages_miss_nothing_and_repeat_nothing(limit: int) -> None:
    served, cursor, seen = numbered(16), None, []
    for _ in range(8):
        query = read_query([("limit", str(limit)), ("parity", "odd"), *([("cursor", cursor)] if cursor else [])], served)
        page = answer(served, query)
        seen += [served.fids[ordinal] for ordinal in page.ordinals]
        assert page.matched == 8
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == [f"{number:03}" for number in range(1, 16, 2)]


def test_cursor_goes_on_after_its_feature_was_removed() -> None:
    before = numbered(6)
    cursor = answer(before, read_query([("limit", "3")], before)).cursor
    after = collection(Feature(f"{number:03}", shapely.Point(number, 0), {}) for number in range(6) if number != 2)
    assert matched(after, cursor=str(cursor)) == ["003", "004", "005"]


def test_limit_over_the_largest_is_capped() -> None:
    assert read_query([("limit", "999999999999")], numbered(1)).limit == LARGEST_LIMIT


def test_bbox_takes_what_meets_it_edges_included() -> None:
    assert matched(numbered(6), bbox="1,-1,3,0") == ["001", "002", "003"]
    assert matched(numbered(6), bbox="1,-1,-5,3,0,5") == ["001", "002", "003"]
    assert matched(numbered(6), bbox="1,1,3,2") == []


def test_bbox_meets_geometries_not_their_extents() -> None:
    triangle = shapely.Polygon([(0, 0), (10, 0), (0, 10)])
    served = collection([Feature("1", triangle, {})])
    assert matched(served, bbox="8,8,9,9") == []


def test_bbox_across_the_180th_meridian() -> None:
    served = collection([Feature("east", square(-179, 0), {}), Feature("far", square(0, 0), {}), Feature("west", square(178, 0), {})])
    assert matched(served, bbox="170,-10,-170,10") == ["east", "west"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2025-01-03", ["001", "002"]),
        ("2025-01-02T17:00:00Z", ["001", "002"]),  # already the third in Viet Nam
        ("2025-01-02T16:59:59Z", ["000", "001"]),
        ("2025-01-03T00:00:00+07:00", ["001", "002"]),
        ("2025-01-02/2025-01-03", ["000", "001", "002"]),
        ("../2025-01-01", ["000"]),
        ("2025-01-05/..", ["003"]),
        ("2025-01-05T/..", ["003"]),  # GDAL and QGIS write a day so
        ("0000-01-01T00:00:00Z/2025-01-01T00:00:00Z", ["000"]),  # and QGIS a time without a beginning
        ("/2025-01-01", ["000"]),
        ("../..", ["000", "001", "002", "003"]),
        ("2024-12-31", []),
    ],
)
def test_datetime_takes_what_is_in_force(text: str, found: list[str]) -> None:
    assert matched(numbered(4), datetime=text) == found


def test_feature_that_says_nothing_of_time_is_always_in_force() -> None:
    assert matched(collection([Feature("1", square(0, 0), {})]), datetime="1999-01-01") == ["1"]


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("parity", "even", ["000", "002"]),
        ("parity", "neither", []),
        ("number", "3", ["003"]),
        ("number", "3.0", ["003"]),
        ("is_first", "true", ["000"]),
        ("is_first", "1", ["000"]),
        ("is_first", "0", ["001", "002", "003"]),
        ("name", "Ba\u0306\u0301c", ["000", "001", "002", "003"]),
        ("valid_from", "2025-01-02", ["001"]),
    ],
)
def test_attribute_is_compared_by_its_kind(name: str, value: str, found: list[str]) -> None:
    assert matched(numbered(4), **{name: value}) == found


def test_conditions_must_all_hold() -> None:
    assert matched(numbered(10), parity="even", bbox="3,-1,9,1", datetime="2025-01-07") == ["006"]


def test_attributes_of_mixed_kinds_are_no_queryables() -> None:
    rows: list[dict[str, Any]] = [{"a": 1, "b": "x", "c": {}, "bbox": "x"}, {"a": "1", "b": None, "c": None, "bbox": "y"}]
    served = collection(Feature(str(number), square(0, 0), row) for number, row in enumerate(rows))
    assert served.queryables == {name: Field("string", name) for name in ("id", "b", "bbox")}
    assert list(parameters_of(served)) == ["id", "b"]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ([("colour", "red")], "unknown parameter colour: trees takes bbox, bbox-crs, crs, cursor, datetime, f, filter, filter-crs,"),
        ([("limit", "1"), ("limit", "2")], "parameter limit is given more than once"),
        ([("limit", "0")], "limit 0 is not a whole number from 1"),
        ([("limit", "-1")], "limit -1 is not"),
        ([("limit", "٣")], "limit ٣ is not"),
        ([("bbox", "1,2,3")], "bbox 1,2,3 has 3 numbers, not 4"),
        ([("bbox", "1,2,3,4,5")], "bbox 1,2,3,4,5 has 5 numbers, not 4"),
        ([("bbox", "")], "bbox  has 1 numbers"),
        ([("bbox", "1,2,x,4")], "bbox 1,2,x,4 has x where a number is wanted"),
        ([("bbox", "1,2,nan,4")], "bbox 1,2,nan,4 has nan where"),
        ([("bbox", "1,2,,4")], "has nothing where a number is wanted"),
        ([("bbox", "200,1,2,3")], "bbox west 200.0 is outside -180..180"),
        ([("bbox", "1,-91,2,3")], "bbox south -91.0 is outside -90..90"),
        ([("bbox", "1,5,2,3")], "bbox south 5.0 is above north 3.0"),
        ([("bbox", "1" * 1001)], "parameter bbox has 1001 characters, more than 1000"),
        ([("datetime", "yesterday")], "datetime yesterday is not an instant"),
        ([("datetime", "2025-13-01")], "datetime 2025-13-01 is not"),
        ([("datetime", "2025-01-01T00:00:00")], "is not an instant such as 2025-07-01T00:00:00Z"),
        ([("datetime", "2025-01-02/2025-01-01")], "begins after it ends"),
        ([("datetime", "2025-01-01/2025-01-02/2025-01-03")], "is not an instant"),
        ([("datetime", "9999-12-31T23:59:59Z")], "is not an instant"),
        ([("cursor", "?")], "cursor ? is none of ours"),
        ([("cursor", "_w")], "cursor _w is none of ours"),
        ([("number", "many")], "number many is not a whole number"),
        ([("number", "nan")], "number nan is not a whole number"),
        ([("number", "2.5")], "number 2.5 is not a whole number"),
        ([("number", "1e30")], "number 1e30 is not a whole number"),
        ([("is_first", "yes")], "is_first yes is not true or false"),
        ([("crs", "EPSG:4326")], f"crs EPSG:4326 is none of {CRS84}"),
        ([("bbox-crs", "EPSG:4326")], f"bbox-crs EPSG:4326 is none of {CRS84}"),
    ],
)
def test_wrong_parameter_is_refused_with_value_and_limit(parameters: list[tuple[str, str]], words: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_query(parameters, numbered(2))
    assert words in refused.value.detail


def test_feature_is_found_by_its_whole_id_only() -> None:
    assert [find(numbered(3), fid) for fid in ("001", "01", "", "999")] == [1, None, None, None]


def test_feature_is_encoded_with_its_validity() -> None:
    served = collection([Feature('a"b', square(106, 21), {"x": 1.5}, date(2025, 1, 1))])
    decoded = msgspec.json.decode(served.encoded([0])[0])
    assert decoded["id"] == 'a"b'
    assert decoded["properties"] == {"x": 1.5, "valid_from": "2025-01-01", "valid_to": None}
    assert shapely.geometry.shape(decoded["geometry"]).equals(square(106, 21))


def test_collection_without_features_has_no_extent() -> None:
    served = collection([])
    assert (served.bbox, served.interval, matched(served, bbox="1,2,3,4")) == (None, (None, None), [])
