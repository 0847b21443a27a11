"""OWSLib, on which many Python programs stand, reads what our landing page leads to."""

from __future__ import annotations

from owslib.ogcapi.features import Features

from tests.clients.conftest import GAUGES, Centre


def test_collections_items_and_their_description(centre: Centre) -> None:
    service = Features(centre.ogc)
    assert "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter" in service.conformance()["conformsTo"]
    assert "/collections/units/items" in service.api()["paths"]
    assert set(service.feature_collections()) == {"units", "units-namdinh", "school-zones", "stations", "alerts", "units-now", "events"}
    assert service.collection("units")["id"] == "units"
    assert {"code", "level", "valid_from", "geometry"} <= service.collection_queryables("units")["properties"].keys()
    assert service.collection_schema("units")["properties"]["valid_from"]["format"] == "date"


def test_filter_place_and_day(centre: Centre) -> None:
    service = Features(centre.ogc)
    assert service.collection_items("stations", filter="kind = 'river_gauge'", limit=5)["numberMatched"] == GAUGES
    here = service.collection_items("units", bbox=[106.1, 21.2, 106.3, 21.3], datetime_="2026-01-01", limit=100)
    units = {each["id"] for each in here["features"]}
    same = centre.page("units", bbox="106.1,21.2,106.3,21.3", filter="valid_to IS NULL")["features"]
    assert units == {each["id"] for each in same} != set()
    first = here["features"][0]
    assert service.collection_item("units", first["id"])["geometry"] == first["geometry"]
