"""Every conformance class that is declared is proved by tests, and the table of them has no class that is not declared."""

from __future__ import annotations

from pathlib import Path

import pytest

from ioc.geo.documents import CONFORMS_TO

TESTS = Path(__file__).parents[1]
_ROUTES, _TILES, _CQL2 = "unit/geo/test_routes.py", "integration/geo/test_tile_routes.py", "unit/geo/cql2"
_OGCTESTS = "clients/test_ogctests.py::test_all_of_the_core_hold"
_BOTH_FORMS = "test_filter_in_both_forms_finds_what_it_holds_of"
_COMPARED, _PLACED = f"{_CQL2}/test_comparisons.py::{_BOTH_FORMS}", f"{_CQL2}/test_spatial_functions.py::{_BOTH_FORMS}"

PROOFS: dict[str, tuple[str, ...]] = {
    "ogcapi-features-1/1.0/conf/core": (
        _OGCTESTS,
        "clients/test_owslib.py::test_filter_place_and_day",
        f"{_ROUTES}::test_wrong_call_is_refused",
    ),
    "ogcapi-features-1/1.0/conf/oas30": (_OGCTESTS, "clients/test_schemathesis.py::test_answers_are_as_the_document_says"),
    "ogcapi-features-1/1.0/conf/html": (f"{_ROUTES}::test_browser_gets_pages_in_its_language_and_nothing_runs_in_them_but_our_own",),
    "ogcapi-features-1/1.0/conf/geojson": (_OGCTESTS, f"{_ROUTES}::test_items_are_geojson_with_counts_and_time"),
    "ogcapi-features-2/1.0/conf/crs": (
        "unit/geo/test_served_crs.py::test_axes_are_in_the_order_of_the_register",
        "unit/geo/test_served_crs.py::test_bbox_is_read_in_its_system",
        f"{_ROUTES}::test_answer_in_another_system_says_so",
    ),
    "ogcapi-features-3/1.0/conf/queryables": (
        "clients/test_ogctests.py::test_all_about_filters_hold_but_those_that_no_service_can_pass",
        f"{_ROUTES}::test_schemas_say_what_there_is",
    ),
    "ogcapi-features-3/1.0/conf/queryables-query-parameters": ("unit/geo/test_features.py::test_attribute_is_compared_by_its_kind",),
    "ogcapi-features-3/1.0/conf/filter": (
        f"{_ROUTES}::test_items_are_filtered_and_sorted",
        f"{_ROUTES}::test_wrong_filter_is_refused",
        "unit/geo/test_served_crs.py::test_filter_is_read_in_its_system",
    ),
    "ogcapi-features-3/1.0/conf/features-filter": (
        f"{_ROUTES}::test_next_page_keeps_filter_and_order",
        "clients/test_owslib.py::test_filter_place_and_day",
    ),
    "ogcapi-features-5/1.0/conf/schemas": (f"{_ROUTES}::test_schemas_say_what_there_is",),
    "ogcapi-features-5/1.0/conf/returnables-and-receivables": (f"{_ROUTES}::test_schemas_say_what_there_is",),
    "ogcapi-features-5/1.0/conf/sortables": (
        f"{_ROUTES}::test_schemas_say_what_there_is",
        "unit/geo/test_sorting.py::test_pages_in_an_order_miss_nothing_and_repeat_nothing",
    ),
    "ogcapi-tiles-1/1.0/conf/core": (
        f"{_TILES}::test_a_tile_is_sent_as_it_is_stored",
        f"{_TILES}::test_empty_tiles_and_those_that_there_are_not",
    ),
    "ogcapi-tiles-1/1.0/conf/tileset": (
        f"{_TILES}::test_tileset_leads_to_every_tile",
        "clients/test_openlayers.py::test_openlayers_draws_the_units_from_their_tileset",
    ),
    "ogcapi-tiles-1/1.0/conf/tilesets-list": (
        f"{_TILES}::test_tileset_leads_to_every_tile",
        "clients/test_ogc_client.py::test_what_the_client_says",
    ),
    "ogcapi-tiles-1/1.0/conf/geodata-tilesets": ("clients/test_ogc_client.py::test_what_the_client_says",),
    "ogcapi-tiles-1/1.0/conf/mvt": (
        "clients/test_openlayers.py::test_openlayers_draws_the_units_from_their_tileset",
        "clients/test_qgis.py::test_tiles_are_drawn",
    ),
    "cql2/1.0/conf/cql2-text": (_COMPARED, f"{_CQL2}/test_parse.py::test_wrong_text_is_refused_with_value_and_place"),
    "cql2/1.0/conf/cql2-json": (_COMPARED, f"{_CQL2}/test_parse.py::test_text_and_json_say_the_same"),
    "cql2/1.0/conf/basic-cql2": (_COMPARED, "property/test_cql2.py::test_filter_over_columns_is_the_filter_of_each_feature"),
    "cql2/1.0/conf/advanced-comparison-operators": (_COMPARED,),
    "cql2/1.0/conf/case-insensitive-comparison": (_COMPARED,),
    "cql2/1.0/conf/accent-insensitive-comparison": (_COMPARED,),
    "cql2/1.0/conf/basic-spatial-functions": (_PLACED, f"{_CQL2}/test_spatial_functions.py::test_known_places_are_found"),
    "cql2/1.0/conf/basic-spatial-functions-plus": (_PLACED,),
    "cql2/1.0/conf/spatial-functions": (_PLACED,),
    "cql2/1.0/conf/temporal-functions": (f"{_CQL2}/test_temporal_functions.py::{_BOTH_FORMS}",),
    "cql2/1.0/conf/array-functions": (f"{_CQL2}/test_arrays_arithmetic.py::{_BOTH_FORMS}",),
    "cql2/1.0/conf/property-property": (_COMPARED, f"{_CQL2}/test_temporal_functions.py::{_BOTH_FORMS}"),
    "cql2/1.0/conf/arithmetic": (f"{_CQL2}/test_arrays_arithmetic.py::{_BOTH_FORMS}",),
    "json-fg-1/0.2/conf/core": (
        "unit/geo/test_answers.py::test_jsonfg_tells_kind_schema_time_and_place",
        "unit/geo/test_answers.py::test_gdal_reads_jsonfg_in_its_coordinate_system",
    ),
}
"""The tests of each class, after http://www.opengis.net/spec/."""


def test_classes_that_are_declared_are_those_that_are_proved() -> None:
    assert [each.removeprefix("http://www.opengis.net/spec/") for each in CONFORMS_TO] == list(PROOFS)


@pytest.mark.parametrize("named", sorted({each for proofs in PROOFS.values() for each in proofs}))
def test_proof_is_there(named: str) -> None:
    file, _, name = named.partition("::")
    assert f"def {name}(" in (TESTS / file).read_text(encoding="utf-8")
