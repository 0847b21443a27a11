"""Publishing into a real database: whole or not at all, versioned, units keep their numbers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import numpy as np
import pyogrio
import pytest
import shapely

from ioc.errors import BadInput
from ioc.geo.catalogue import LayerCatalogue
from ioc.geo.entry import CatalogueEntry, Constant
from ioc.geo.locate import UnitIndex
from ioc.geo.publication import LayerRefused
from ioc.geo.publish import PublicationReport, publish_catalogue, publish_layer, sdi_publish
from ioc.store.layers import load_features, load_heads, load_layers, load_units
from ioc.store.pool import Connection, open_pool
from tests.support.databases import Database
from tests.support.shapes import entry, feature, square, unit_feature, write_geojson

SDI = Path(__file__).parents[3] / "sdi"
TODAY = date(2026, 1, 1)


@pytest.fixture
async def pool(any_database: Database) -> AsyncIterator[asyncpg.Pool]:
    async with await open_pool(any_database.dsn, size=2) as opened:
        yield opened


@pytest.fixture
async def conn(pool: asyncpg.Pool) -> AsyncIterator[Connection]:
    async with pool.acquire() as connection:
        yield connection


def units_entry(**changed: Any) -> CatalogueEntry:
    return entry(id="units", kind="units", join=True, **changed)


async def publish(conn: Connection, folder: Path, features: list[dict[str, Any]], **changed: Any) -> PublicationReport:
    return await publish_layer(conn, write_geojson(folder / "layer.geojson", features), units_entry(**changed))


async def index(conn: Connection) -> UnitIndex:
    return UnitIndex(await load_units(conn), today=lambda: TODAY)


async def test_shipped_catalogue_is_published_once(database: Database) -> None:
    first = await sdi_publish(database.dsn, sdi_dir=SDI)
    assert [(report.layer, report.version, report.is_new, report.features) for report in first] == [
        ("units", 1, True, 433),
        ("units-namdinh", 1, True, 553),
        ("school-zones", 1, True, 6),
    ]
    assert [report.is_new for report in await sdi_publish(database.dsn, sdi_dir=SDI)] == [False, False, False]


async def test_same_content_changes_nothing(conn: Connection, tmp_path: Path) -> None:
    await publish(conn, tmp_path, [unit_feature("1", square(106, 21))])
    heads = await load_heads(conn)
    await publish(conn, tmp_path, [unit_feature("1", square(106, 21))])
    assert await load_heads(conn) == heads


@pytest.mark.parametrize(
    ("day", "path_vi", "path_en", "province"),
    [
        (date(2025, 6, 30), ", Thành phố Bắc Giang, Tỉnh Bắc Giang", ", Bac Giang City, Bac Giang Province", "Tỉnh Bắc Giang"),
        (date(2025, 7, 1), "Phường Bắc Giang, Tỉnh Bắc Ninh", "Bac Giang Ward, Bac Ninh Province", "Tỉnh Bắc Ninh"),
        (None, "Phường Bắc Giang, Tỉnh Bắc Ninh", "Bac Giang Ward, Bac Ninh Province", "Tỉnh Bắc Ninh"),
    ],
)
async def test_place_in_the_demonstration_province_has_the_unit_of_its_day(
    conn: Connection, day: date | None, path_vi: str, path_en: str, province: str
) -> None:
    await publish_catalogue(conn, SDI)
    found = await index(conn)
    ref = found.ref(found.locate(106.197, 21.282, day) or 0)
    assert ref is not None
    assert (ref.layer, ref.level) == ("units", "commune")
    assert ref.path_vi.endswith(path_vi)
    assert ref.path_en.endswith(path_en)
    top = found.ref(found.by_code("24", day) or 0)
    assert top is not None
    assert top.name_vi == province
    assert found.by_code("24", date(2024, 12, 31)) is None


async def test_unit_keeps_its_number_when_its_boundary_and_name_change(conn: Connection, tmp_path: Path) -> None:
    await publish(conn, tmp_path, [unit_feature("1", square(106, 21)), unit_feature("2", square(107, 21))])
    before = await index(conn)
    report = await publish(conn, tmp_path, [unit_feature("1", square(106, 21, 0.5), name_vi="Xã Mới"), unit_feature("3", square(108, 21))])
    after = await index(conn)
    assert report.version == 2
    assert after.locate(106.2, 21.2) == before.locate(106.2, 21.2)
    assert after.locate(106.7, 21.7) is None
    kept = after.ref(before.locate(106.2, 21.2) or 0)
    assert kept is not None
    assert kept.name_vi == "Xã Mới"


async def test_unit_that_left_the_layer_is_still_known_by_its_number(conn: Connection, tmp_path: Path) -> None:
    await publish(conn, tmp_path, [unit_feature("1", square(106, 21))])
    gone = (await index(conn)).locate(106.5, 21.5)
    await publish(conn, tmp_path, [unit_feature("2", square(106, 21))])
    after = await index(conn)
    assert gone is not None
    ref = after.ref(gone)
    assert ref is not None
    assert ref.code == "1"
    assert after.by_code("1", TODAY) is None
    assert after.locate(106.5, 21.5) != gone


async def test_same_code_from_another_day_is_another_unit(conn: Connection, tmp_path: Path) -> None:
    old = unit_feature("24", square(106, 21), name_vi="Tỉnh Bắc Giang", valid_to="2025-07-01")
    new = unit_feature("24", square(106, 21, 2.0), name_vi="Tỉnh Bắc Ninh", valid_from="2025-07-01")
    await publish(conn, tmp_path, [old, new])
    found = await index(conn)
    names = [found.ref(found.by_code("24", day) or 0) for day in (date(2025, 6, 30), date(2025, 7, 1))]
    assert [ref.name_vi if ref else None for ref in names] == ["Tỉnh Bắc Giang", "Tỉnh Bắc Ninh"]


async def test_parent_is_the_version_in_force_when_the_unit_began(conn: Connection, tmp_path: Path) -> None:
    old = unit_feature("24", square(106, 21, 3.0), level="province", valid_to="2025-07-01")
    new = unit_feature("24", square(106, 21, 4.0), level="province", valid_from="2025-07-01")
    before = unit_feature("1", square(106, 21), parent="24", valid_to="2025-07-01")
    after = unit_feature("1", square(106, 21), parent="24", valid_from="2025-07-01")
    await publish(conn, tmp_path, [old, new, before, after])
    refs = {ref.id: ref for ref, _ in await load_units(conn)}
    above = {ref.valid_from: refs[ref.parent_id].valid_from for ref in refs.values() if ref.parent_id}
    assert above == {day: day for day in (date(2025, 1, 1), date(2025, 7, 1))}


async def test_refused_layer_changes_nothing(conn: Connection, tmp_path: Path) -> None:
    await publish(conn, tmp_path, [unit_feature("1", square(106, 21))])
    heads, units = await load_heads(conn), await load_units(conn)
    with pytest.raises(LayerRefused):
        await publish(conn, tmp_path, [unit_feature("9", square(106, 21)), unit_feature("9", square(107, 21))])
    assert (await load_heads(conn), await load_units(conn)) == (heads, units)


async def test_failure_while_storing_changes_nothing(conn: Connection, tmp_path: Path) -> None:
    """The database refuses the last step: the units and the version written before it are gone again."""
    await publish(conn, tmp_path, [unit_feature("1", square(106, 21))])
    heads, units = await load_heads(conn), await load_units(conn)
    await conn.execute("ALTER TABLE feature ADD CONSTRAINT refused CHECK (fid <> '2.2025-01-01') NOT VALID")
    with pytest.raises(asyncpg.CheckViolationError):
        await publish(conn, tmp_path, [unit_feature("1", square(106, 21), name_vi="Xã Mới"), unit_feature("2", square(107, 21))])
    assert (await load_heads(conn), await load_units(conn)) == (heads, units)


async def test_earlier_version_stays_readable(conn: Connection, tmp_path: Path) -> None:
    await publish(conn, tmp_path, [unit_feature("1", square(106, 21))])
    await publish(conn, tmp_path, [unit_feature("2", square(107, 21))])
    fids = [[row["fid"] for row in await load_features(conn, layer="units", version=version)] for version in (1, 2)]
    assert fids == [["1.2025-01-01"], ["2.2025-01-01"]]


async def test_changed_entry_is_served_without_a_new_version(conn: Connection, tmp_path: Path) -> None:
    await publish(conn, tmp_path, [unit_feature("1", square(106, 21))])
    heads = await load_heads(conn)
    report = await publish(conn, tmp_path, [unit_feature("1", square(106, 21))], licence="CC-BY-4.0")
    (row,) = await load_layers(conn)
    assert (report.is_new, row.version) == (False, 1)
    assert '"CC-BY-4.0"' in row.entry
    assert await load_heads(conn) != heads


async def test_repairs_are_kept_with_the_version(conn: Connection, tmp_path: Path) -> None:
    bow_tie = shapely.Polygon([(106, 21), (107, 22), (107, 21), (106, 22), (106, 21)])
    report = await publish(conn, tmp_path, [unit_feature("1", bow_tie)])
    (row,) = await load_layers(conn)
    assert [repair.reason for repair in report.repairs] == ["Self-intersection"]
    assert '"Self-intersection"' in row.report


async def test_order_of_the_catalogue_decides_where_layers_overlap(conn: Connection, tmp_path: Path) -> None:
    path = write_geojson(tmp_path / "layer.geojson", [unit_feature("1", square(106, 21))])
    for position, name in [(1, "second"), (0, "first")]:
        await publish_layer(conn, path, entry(id=name, kind="units", join=True), position=position)
    found = await index(conn)
    ref = found.ref(found.locate(106.5, 21.5) or 0)
    assert ref is not None
    assert ref.layer == "first"


async def test_layer_that_does_not_join_gives_no_units(conn: Connection, tmp_path: Path) -> None:
    path = write_geojson(tmp_path / "layer.geojson", [unit_feature("1", square(106, 21))])
    await publish_layer(conn, path, entry(id="history", kind="units"))
    assert (await index(conn)).locate(106.5, 21.5) is None


async def test_catalogue_in_memory_takes_up_what_is_published(pool: asyncpg.Pool, conn: Connection, tmp_path: Path) -> None:
    catalogue = LayerCatalogue()
    assert not await catalogue.refresh(pool)
    await publish(conn, tmp_path, [unit_feature("1", square(106, 21))])
    await publish_layer(conn, write_geojson(tmp_path / "trees.geojson", [feature(shapely.Point(106, 21), {"kind": "oak"})]), entry())
    assert [await catalogue.refresh(pool), await catalogue.refresh(pool)] == [True, False]
    trees = catalogue.collection("trees")
    await publish(conn, tmp_path, [unit_feature("2", square(106, 21))])
    assert await catalogue.refresh(pool)
    assert catalogue.collection("units").fids == ["2.2025-01-01"]
    assert catalogue.collection("trees") is trees


async def test_command_publishes_a_file_as_a_layer_of_the_catalogue(any_database: Database, tmp_path: Path) -> None:
    steps: list[tuple[str, float]] = []
    path = write_geojson(tmp_path / "new.geojson", [unit_feature("1", square(106, 21))])
    await sdi_publish(any_database.dsn, sdi_dir=SDI, layer="units-namdinh")
    (report,) = await sdi_publish(
        any_database.dsn, sdi_dir=SDI, layer="units", file=path, on_progress=lambda _, doing, share: steps.append((doing, share))
    )
    assert (report.layer, report.version, report.features) == ("units", 1, 1)
    assert list(dict.fromkeys(doing for doing, _ in steps)) == ["read", "check", "store", "live", "tiles", "done"]
    first_tiles = [doing for doing, _ in steps].index("tiles")
    for part in (steps[:first_tiles], steps[first_tiles:]):  # first it goes live, then it is drawn
        assert [share for _, share in part] == sorted(share for _, share in part)


async def test_command_refuses_layers_that_nobody_knows(any_database: Database, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="the catalogue has no layer roads: it has units, units-namdinh"):
        await sdi_publish(any_database.dsn, sdi_dir=SDI, layer="roads")
    with pytest.raises(BadInput, match="no layer roads is known: write its entry into"):
        await sdi_publish(any_database.dsn, sdi_dir=SDI, layer="roads", file=tmp_path / "roads.geojson")
    with pytest.raises(BadInput, match=r"name the layer that .* is published as"):
        await sdi_publish(any_database.dsn, sdi_dir=SDI, file=tmp_path / "roads.geojson")


async def test_real_communes_are_published_and_places_found_in_them(real_data: Path, any_database: Database) -> None:
    fields: dict[str, str | Constant] = {
        "name_vi": "fullName",
        "name_en": "fullNameEn",
        "level": Constant("commune"),
        "valid_from": Constant("2025-07-01"),
    }
    path = real_data / "communes_2025_4prov.gpkg"
    communes = entry(id="units-2025", kind="units", join=True, file_layer="commune", fields=fields)
    async with await open_pool(any_database.dsn, size=2) as pool, pool.acquire() as conn:
        report = await publish_layer(conn, path, communes)
        assert (report.features, report.repairs) == (496, ())
        found = await index(conn)
        catalogue = LayerCatalogue()
        await catalogue.refresh(pool)
    served = catalogue.collection("units-2025")
    _, _, wkb, (codes,) = pyogrio.raw.read(path, layer="commune", columns=["code"])
    areas = shapely.from_wkb(wkb)
    bbox = (106.1, 21.2, 106.3, 21.35)
    assert len(served.within(bbox)) == np.count_nonzero(shapely.intersects(areas, shapely.box(*bbox))) > 0
    rng = np.random.default_rng(4)
    lons, lats = rng.uniform(105.0, 107.0, 1000), rng.uniform(19.5, 21.6, 1000)
    expected = [min(codes[shapely.intersects_xy(areas, lon, lat)], default=None) for lon, lat in zip(lons, lats, strict=True)]
    refs = [None if number is None else found.ref(number) for number in found.locate_many(lons.tolist(), lats.tolist())]
    assert [ref.code if ref else None for ref in refs] == expected
    assert sum(code is not None for code in expected) > 100
    assert found.locate(float(lons[0]), float(lats[0]), date(2025, 6, 30)) is None
