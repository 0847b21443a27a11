from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import msgspec
import pytest
import shapely

from ioc.errors import BadInput
from ioc.geo.entry import CatalogueEntry, Constant
from ioc.geo.publication import LayerRefused, prepare
from ioc.geo.source import read_source
from ioc.store.layer_versions import Publication
from tests.support.shapes import entry, feature, square, unit_feature, write_geojson

BOW_TIE = shapely.Polygon([(106, 21), (107, 22), (107, 21), (106, 22), (106, 21)])


def units_entry(**changed: Any) -> CatalogueEntry:
    return entry(kind="units", join=True, **changed)


def publication(path: Path, features: Iterable[dict[str, Any]], **changed: Any) -> Publication:
    described = units_entry(**changed)
    return prepare(read_source(write_geojson(path / "layer.geojson", features), described), described)[0]


def refusal(path: Path, features: Iterable[dict[str, Any]]) -> str:
    with pytest.raises(LayerRefused) as refused:
        publication(path, features)
    return refused.value.detail


def test_unit_keeps_its_attributes_and_is_named_by_code_and_first_day(tmp_path: Path) -> None:
    made = publication(tmp_path, [unit_feature("24", square(106, 21), valid_to="2025-07-01", population=1_900_000)])
    (row,) = made.features.to_pylist()
    assert (row["fid"], row["valid_from"], row["valid_to"]) == ("24.2025-01-01", date(2025, 1, 1), date(2025, 7, 1))
    assert msgspec.json.decode(row["properties"])["population"] == 1_900_000
    assert [row[side] for side in ("west", "south", "east", "north")] == list(made.bbox) == [106, 21, 107, 22]


def test_fields_rename_and_give_attributes(tmp_path: Path) -> None:
    raw = feature(square(106, 21), {"ma": "24", "fullName": "Tỉnh Bắc Giang", "level": "unused", "area": 3.5})
    fields = {
        "code": "ma",
        "name_vi": "fullName",
        "name_en": Constant("Bac Giang"),
        "level": Constant("province"),
        "valid_from": Constant(date(2025, 1, 1)),
    }
    (row,) = publication(tmp_path, [raw], fields=fields).features.to_pylist()
    stored = {"area": 3.5, "code": "24", "level": "province", "name_en": "Bac Giang", "name_vi": "Tỉnh Bắc Giang"}
    assert msgspec.json.decode(row["properties"]) == stored


def test_names_are_stored_composed(tmp_path: Path) -> None:
    (row,) = publication(tmp_path, [unit_feature("24", square(106, 21), name_vi="Ba\u0306\u0301c Giang")]).features.to_pylist()
    assert msgspec.json.decode(row["properties"])["name_vi"] == "Bắc Giang"


def test_invalid_geometry_is_repaired_and_reported_with_its_place(tmp_path: Path) -> None:
    described = units_entry()
    path = write_geojson(tmp_path / "layer.geojson", [unit_feature("24", BOW_TIE)])
    made, (repair,), _ = prepare(read_source(path, described), described)
    assert (repair.feature, repair.reason, repair.lon, repair.lat) == ("24.2025-01-01", "Self-intersection", 106.5, 21.5)
    area = shapely.from_wkb(made.features["geometry"][0].as_py())
    assert area.is_valid
    assert area.area == pytest.approx(0.5)


def test_order_of_the_file_does_not_change_the_checksum(tmp_path: Path) -> None:
    features = [unit_feature("1", square(106, 21)), unit_feature("2", square(107, 21))]
    assert publication(tmp_path, features).checksum == publication(tmp_path, features[::-1]).checksum


@pytest.mark.parametrize(
    "changed",
    [
        unit_feature("1", square(106, 21, 1.1)),
        unit_feature("1", square(106, 21), name_vi="Xã Một"),
        unit_feature("1", square(106, 21), valid_to="2030-01-01"),
    ],
    ids=["moved", "renamed", "ended"],
)
def test_any_change_changes_the_checksum(tmp_path: Path, changed: dict[str, Any]) -> None:
    assert publication(tmp_path, [changed]).checksum != publication(tmp_path, [unit_feature("1", square(106, 21))]).checksum


@pytest.mark.parametrize(
    ("features", "words"),
    [
        ([], "it has no features"),
        ([unit_feature("1", square(106, 21)), unit_feature("1", square(107, 21))], "feature 1.2025-01-01: its id is given 2 times"),
        ([unit_feature("", square(106, 21))], "feature number 1: it has no code"),
        ([unit_feature("1", square(106, 21), level=None)], "feature 1: it has no level"),
        ([unit_feature("1", square(106, 21), name_vi=7)], "its name_vi 7 is not a text"),
        ([unit_feature("1", square(106, 21), valid_from="soon")], "its valid_from 'soon' is not a date such as 2025-07-01"),
        ([unit_feature("1", square(106, 21), valid_from="0001-01-01")], "its valid_from '0001-01-01' is not a date"),
        ([unit_feature("1", square(106, 21), valid_to="2025-01-01")], "its valid_to 2025-01-01 is not after its valid_from 2025-01-01"),
        ([unit_feature("1", square(106, 21), parent="24")], "its parent 24 is not in the layer at that time"),
        ([unit_feature("1", square(106, 21), parent="1")], "it is its own ancestor"),
        ([unit_feature("1", shapely.Point(106, 21))], "it is a Point but a unit is a polygon"),
        ([unit_feature("1", square(106, 89.5))], "its extent 106 89.5 107 90.5 is outside -180 -90 180 90"),
        ([unit_feature("1", shapely.Polygon())], "it has no geometry"),
        (
            [unit_feature("1", square(106, 21)), unit_feature("1", square(106, 21), valid_from="2025-07-01")],
            "feature 1.2025-07-01: its code is still that of 1.2025-01-01",
        ),
        ([unit_feature("9" * 300, square(106, 21))], "characters, more than 200"),
    ],
)
def test_what_cannot_be_repaired_is_refused_by_name(tmp_path: Path, features: list[dict[str, Any]], words: str) -> None:
    assert words in refusal(tmp_path, features)


def test_refusal_names_the_first_twenty_and_counts_the_rest(tmp_path: Path) -> None:
    detail = refusal(tmp_path, [unit_feature(str(number), square(106, 21), level=None) for number in range(25)])
    assert detail.count("it has no level") == 20
    assert detail.endswith("; and 5 more")


def test_other_layers_take_their_ids_from_the_key_or_the_file(tmp_path: Path) -> None:
    path = write_geojson(
        tmp_path / "trees.geojson", [feature(shapely.Point(106, 21), {"number": "T1"}), feature(shapely.Point(106, 22), {"number": "T2"})]
    )
    by_key, by_file = entry(key="number"), entry()
    assert prepare(read_source(path, by_key), by_key)[0].features["fid"].to_pylist() == ["T1", "T2"]
    assert prepare(read_source(path, by_file), by_file)[0].features["fid"].to_pylist() == ["0", "1"]


def test_feature_without_its_key_is_refused(tmp_path: Path) -> None:
    described = entry(key="number")
    path = write_geojson(
        tmp_path / "trees.geojson", [feature(shapely.Point(106, 21), {"number": None}), feature(shapely.Point(106, 22), {"number": "T2"})]
    )
    with pytest.raises(LayerRefused, match="feature number 1 has no id"):
        prepare(read_source(path, described), described)


def test_national_grid_is_shifted_to_wgs84(tmp_path: Path) -> None:
    """A place of Bắc Giang in VN-2000, zone of 107°: without the datum shift it would be 224 m off."""
    frame = gpd.GeoDataFrame({"number": ["T1"]}, geometry=[shapely.Point(106.19, 21.28)], crs=4756).to_crs(9214)
    frame.to_file(tmp_path / "trees.gpkg")
    source = read_source(tmp_path / "trees.gpkg", entry(key="number"))
    assert source.crs == "EPSG:9214"
    assert shapely.get_coordinates(source.geometries).tolist() == [pytest.approx([106.191885, 21.279011], abs=1e-6)]


def gpkg(path: Path, **layers: int | None) -> Path:
    for name, crs in layers.items():
        gpd.GeoDataFrame({"number": ["T1"]}, geometry=[shapely.Point(106.2, 21.3)], crs=crs).to_file(path, layer=name)
    return path


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_unknown_coordinate_system_is_refused_unless_the_entry_names_it(tmp_path: Path) -> None:
    path = gpkg(tmp_path / "trees.gpkg", trees=None)
    with pytest.raises(BadInput, match="does not say in which coordinate system it is: name it as crs"):
        read_source(path, entry(key="number"))
    assert read_source(path, entry(key="number", crs="EPSG:4326")).crs == "EPSG:4326"
    with pytest.raises(BadInput, match="EPSG:99999999 is not known"):
        read_source(path, entry(key="number", crs="EPSG:99999999"))


def test_file_with_several_layers_needs_the_name_of_one(tmp_path: Path) -> None:
    path = gpkg(tmp_path / "town.gpkg", trees=4326, lamps=4326)
    with pytest.raises(BadInput, match=r"has 2 layers \(.*\): name one as file_layer"):
        read_source(path, entry())
    with pytest.raises(BadInput, match="has no layer roads: it has"):
        read_source(path, entry(file_layer="roads"))
    assert len(read_source(path, entry(file_layer="lamps")).rows) == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.kml", b"<kml/>", r"is of no kind that can be published: \.csv, \.fgb, \.geojson"),
        ("a.geojson", b"<OGRVRTDataSource/>", "does not begin as a .geojson file does"),
        ("a.gpkg", b"not SQLite", "does not begin as a .gpkg file does"),
        ("a.geojson", b"{broken", "cannot be read"),
        ("a.geojson", b'{"hello": 1}', "cannot be read"),
        ("a.geojson", b"", "does not begin"),
        ("a.geojson", None, "cannot be read: No such file"),
    ],
)
def test_file_that_is_no_layer_is_refused(tmp_path: Path, name: str, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=words):
        read_source(tmp_path / name, entry())


def test_absent_attribute_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has no attribute ten: it has code, level"):
        publication(tmp_path, [unit_feature("1", square(106, 21))], fields={"name_vi": "ten"})
