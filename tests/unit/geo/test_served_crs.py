import numpy as np
import pytest
import shapely
from pyproj import Transformer

from ioc.errors import BadInput
from ioc.geo.collection import Collection
from ioc.geo.features import answer, read_query
from ioc.geo.layer import Feature
from ioc.geo.served_crs import CRS84, SERVED, served_crs
from tests.support.shapes import collection

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
HANOI, BAC_GIANG = (105.85, 21.03), (106.2, 21.27)


def towns() -> Collection:
    return collection(
        [Feature("1", shapely.Point(*BAC_GIANG), {}), Feature("2", shapely.Point(*HANOI), {}), Feature("3", shapely.Point(0, 0), {})]
    )


def found(*parameters: tuple[str, str]) -> list[str]:
    served = towns()
    return [served.fids[each] for each in answer(served, read_query(parameters, served)).ordinals]


@pytest.mark.parametrize("uri", SERVED)
def test_there_and_back_is_within_centimetres(uri: str) -> None:
    crs = served_crs("crs", uri)
    there = crs.from_wgs84(np.array([shapely.Point(*BAC_GIANG)], dtype=object))[0]
    back = crs.to_wgs84(there)
    assert shapely.get_coordinates(back)[0].tolist() == pytest.approx(list(BAC_GIANG), abs=2e-7)


@pytest.mark.parametrize(
    ("code", "place"),
    [(4326, (21.27, 106.2)), (3857, (11822130.0, 2424102.5)), (4756, (21.27101, 106.19811)), (9214, None), (3405, None)],
)
def test_axes_are_in_the_order_of_the_register(code: int, place: tuple[float, float] | None) -> None:
    point = served_crs("crs", f"{EPSG}{code}").from_wgs84(np.array([shapely.Point(*BAC_GIANG)], dtype=object))[0]
    wanted = place or Transformer.from_crs(4326, code).transform(BAC_GIANG[1], BAC_GIANG[0])
    assert (point.x, point.y) == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize(
    ("code", "bbox", "fids"),
    [
        (4326, "21,105.8,21.1,105.9", ["2"]),
        (4326, "105.8,21,105.9,21.1", None),
        (4326, "-5,-5,5,5", ["3"]),
        (4326, "-5,170,5,1", ["3"]),
        (4756, "21,105.8,21.1,105.9", ["2"]),
        (3857, "11780000,2390000,11790000,2400000", ["2"]),
        (3405, "580000,2320000,640000,2360000", ["1", "2"]),
        (9214, "380000,2320000,390000,2330000", ["2"]),
        (9214, "3800,2320000,390000,232000", None),
    ],
)
def test_bbox_is_read_in_its_system(code: int, bbox: str, fids: list[str] | None) -> None:
    asked = (("bbox", bbox), ("bbox-crs", f"{EPSG}{code}"))
    if fids is None:
        with pytest.raises(BadInput):
            found(*asked)
    else:
        assert found(*asked) == fids


@pytest.mark.parametrize(
    ("code", "shape", "fids"),
    [
        (4326, "POLYGON((21 105.8,21.1 105.8,21.1 105.9,21 105.9,21 105.8))", ["2"]),
        (3857, "BBOX(11780000,2390000,11790000,2400000)", ["2"]),
        (9214, "BBOX(380000,2320000,390000,2330000)", ["2"]),
    ],
)
def test_filter_is_read_in_its_system(code: int, shape: str, fids: list[str]) -> None:
    assert found(("filter", f"S_INTERSECTS(geometry, {shape})"), ("filter-crs", f"{EPSG}{code}")) == fids


@pytest.mark.parametrize("shape", ["POINT(1 95)", "POINT(200 1)", "BBOX(-181,0,1,1)"])
def test_place_that_is_not_on_the_earth_is_refused(shape: str) -> None:
    with pytest.raises(BadInput, match=f"is not on the Earth in {CRS84}"):
        found(("filter", f"S_INTERSECTS(geometry, {shape})"))
