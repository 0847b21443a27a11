"""Versions of a layer: previews, going live and back, what differs, who did it, and what is left when a publication is cut off."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from ioc.errors import Conflict, NotFound
from ioc.geo.entry import CatalogueEntry, decode_entry
from ioc.geo.publish import PublicationReport, compare_versions, go_live, publish_layer
from ioc.store.layer_versions import delete_version, load_known_layers, load_versions
from ioc.store.layers import load_entries, load_features, load_heads, load_layers, load_units
from ioc.store.pool import Connection, open_pool
from tests.support.databases import Database
from tests.support.shapes import entry, feature, square, unit_feature, write_geojson


@pytest.fixture
async def conn(any_database: Database) -> AsyncIterator[Connection]:
    async with await open_pool(any_database.dsn, size=1) as pool, pool.acquire() as connection:
        yield connection


def units(**changed: Any) -> CatalogueEntry:
    return entry(id="units", kind="units", join=True, **changed)


async def publish(
    conn: Connection, folder: Path, features: list[dict[str, Any]], described: CatalogueEntry, **how: Any
) -> PublicationReport:
    return await publish_layer(conn, write_geojson(folder / "layer.geojson", features), described, **how)


def tree(number: str, lon: float, **properties: Any) -> dict[str, Any]:
    return feature(shapely.Point(lon, 21), {"number": number} | properties)


async def states(conn: Connection, layer: str) -> list[tuple[int, bool, bool]]:
    return [(row.version, row.is_served, row.served_at is None) for row in await load_versions(conn, layer)]


async def test_preview_is_stored_and_described_but_nothing_that_is_served_changes(conn: Connection, tmp_path: Path) -> None:
    await publish(conn, tmp_path, [unit_feature("1", square(106, 21))], units())
    heads, known = await load_heads(conn), await load_units(conn)
    changed = [unit_feature("1", square(106, 21, 0.5), name_vi="Xã Mới"), unit_feature("2", square(107, 21))]
    report = await publish(conn, tmp_path, changed, units(licence="ODbL-1.0"), preview=True)
    assert (report.version, report.is_new, report.is_served) == (2, True, False)
    assert report.changes == {"features": 2, "added": 1, "removed": 0, "moved": 1, "changed": 1}
    assert list(report.bbox) == [106, 21, 108, 22]
    assert (await load_heads(conn), await load_units(conn)) == (heads, known)
    assert await states(conn, "units") == [(2, False, True), (1, True, False)]


async def test_preview_goes_live_as_it_was_looked_at(conn: Connection, tmp_path: Path) -> None:
    await publish(conn, tmp_path, [unit_feature("1", square(106, 21))], units())
    await publish(conn, tmp_path, [unit_feature("1", square(106, 21), name_vi="Xã Mới")], units(licence="ODbL-1.0"), preview=True)
    await go_live(conn, "units", 2, by="Lan")
    (row,) = await load_layers(conn)
    assert (row.version, decode_entry(row.entry).licence) == (2, "ODbL-1.0")
    ((ref, area),) = await load_units(conn)
    assert ref.name_vi == "Xã Mới"
    assert area is not None
    newest, _ = await load_versions(conn, "units")
    assert (newest.published_by, newest.served_by) == ("ioc sdi", "Lan")


async def test_preview_of_a_new_layer_is_not_served_until_it_goes_live(conn: Connection, tmp_path: Path) -> None:
    report = await publish(conn, tmp_path, [tree("T1", 106)], entry(key="number"), preview=True, by="Lan")
    assert (report.is_served, report.changes) == (False, None)
    assert (await load_layers(conn), await load_heads(conn), list(await load_entries(conn))) == ([], {}, ["trees"])
    (known,) = await load_known_layers(conn)
    assert (known.version, known.newest, known.versions) == (None, 1, 1)
    await go_live(conn, "trees", 1, by="Minh")
    assert [row.version for row in await load_layers(conn)] == [1]


async def test_publishing_what_was_looked_at_serves_that_version(conn: Connection, tmp_path: Path) -> None:
    for preview in (True, True, False):
        report = await publish(conn, tmp_path, [tree("T1", 106)], entry(key="number"), preview=preview)
    assert (report.version, report.is_new, report.is_served) == (1, False, True)
    assert await states(conn, "trees") == [(1, True, False)]


async def test_earlier_version_comes_back_with_its_units(conn: Connection, tmp_path: Path) -> None:
    await publish(conn, tmp_path, [unit_feature("1", square(106, 21))], units())
    await publish(conn, tmp_path, [unit_feature("1", square(106, 21), name_vi="Xã Mới")], units())
    await go_live(conn, "units", 1, by="Lan")
    ((ref, _),) = await load_units(conn)
    assert ref.name_vi == "Xã 1"
    assert await states(conn, "units") == [(2, False, False), (1, True, False)]


async def test_going_back_never_opens_a_layer_that_was_closed(conn: Connection, tmp_path: Path) -> None:
    await publish(conn, tmp_path, [tree("T1", 106)], entry(key="number", public=True))
    await publish(conn, tmp_path, [tree("T2", 106)], entry(key="number", public=False))
    await go_live(conn, "trees", 1, by="Lan")
    (row,) = await load_layers(conn)
    assert decode_entry(row.entry).public is False


async def test_same_content_again_confirms_that_it_still_holds(conn: Connection, tmp_path: Path) -> None:
    await publish(conn, tmp_path, [tree("T1", 106)], entry(key="number"))
    (before,) = await load_versions(conn, "trees")
    await publish(conn, tmp_path, [tree("T1", 106)], entry(key="number"))
    (after,) = await load_versions(conn, "trees")
    assert after.checked_at > before.checked_at
    assert after.published_at == before.published_at


async def test_confirmation_after_a_day_reaches_running_services(conn: Connection, tmp_path: Path) -> None:
    await publish(conn, tmp_path, [tree("T1", 106)], entry(key="number"))
    await conn.execute("UPDATE layer_version SET checked_at = now() - interval '2 days'")
    heads = await load_heads(conn)
    await publish(conn, tmp_path, [tree("T1", 106)], entry(key="number"))
    after = await load_heads(conn)
    assert after != heads
    assert {name: version for name, (version, _) in after.items()} == {"trees": 1}


async def test_difference_names_what_moved_how_far_and_what_changed_to_what(conn: Connection, tmp_path: Path) -> None:
    await publish(conn, tmp_path, [tree("T1", 106, kind="oak"), tree("T2", 106), tree("T3", 106)], entry(key="number"))
    await publish(conn, tmp_path, [tree("T1", 106, kind="elm"), tree("T2", 106.001), tree("T4", 106)], entry(key="number"))
    counts, (changed, moved, removed, added) = await compare_versions(conn, "trees", 1, 2, limit=10)
    assert counts == {"features": 4, "added": 1, "removed": 1, "moved": 1, "changed": 1}
    assert (changed.kinds, changed.attributes) == (("changed",), {"kind": ("oak", "elm")})
    assert moved.kinds == ("moved",)
    assert moved.move is not None
    assert moved.move.distance_m == pytest.approx(103.9, abs=0.2)
    assert (removed.fid, removed.kinds, added.fid, added.kinds) == ("T3", ("removed",), "T4", ("added",))
    assert (await compare_versions(conn, "trees", 1, 1, limit=10))[0]["features"] == 0


async def test_only_versions_that_are_not_served_can_be_deleted(conn: Connection, tmp_path: Path) -> None:
    await publish(conn, tmp_path, [tree("T1", 106)], entry(key="number"))
    await publish(conn, tmp_path, [tree("T2", 106)], entry(key="number"))
    with pytest.raises(Conflict, match="version 2 of layer trees is served"):
        await delete_version(conn, "trees", 2)
    await delete_version(conn, "trees", 1)
    assert await states(conn, "trees") == [(2, True, False)]
    assert await load_features(conn, layer="trees", version=1) == []
    with pytest.raises(NotFound, match="layer trees has no version 1"):
        await delete_version(conn, "trees", 1)
    assert (await publish(conn, tmp_path, [tree("T3", 106)], entry(key="number"))).version == 3


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
async def test_zone_of_a_file_is_proved_by_the_published_units(conn: Connection, tmp_path: Path) -> None:
    areas = {code: square(106 + 0.05 * number, 21.2, 0.05) for number, code in enumerate("123")}
    await publish(conn, tmp_path, [unit_feature(code, area) for code, area in areas.items()], units())
    frame = gpd.GeoDataFrame({"number": list(areas)}, geometry=list(areas.values()), crs=4326).to_crs(9214)
    frame.set_crs(None, allow_override=True).to_file(tmp_path / "plans.gpkg")
    report = await publish_layer(conn, tmp_path / "plans.gpkg", entry(id="plans", key="number"))
    assert report.crs == "EPSG:9214"
    assert report.crs_known.startswith("proved by 3 areas; shared with published units: EPSG:9214 1.000")
    assert report.bbox == pytest.approx((106, 21.2, 106.15, 21.25), abs=1e-6)


async def test_what_is_not_there_is_named(conn: Connection, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no layer roads"):
        await load_versions(conn, "roads")
    await publish(conn, tmp_path, [tree("T1", 106)], entry(key="number"))
    with pytest.raises(NotFound, match="layer trees has no version 7"):
        await go_live(conn, "trees", 7, by="Lan")
    with pytest.raises(NotFound, match="layer trees has no version 7"):
        await compare_versions(conn, "trees", 1, 7, limit=10)


async def test_killed_in_the_middle_changes_nothing(any_database: Database, conn: Connection, tmp_path: Path) -> None:
    """The process dies while it stores: neither a version nor a unit of it is there, and the next publication has the number."""
    await publish(conn, tmp_path, [tree("T1", 106)], entry(key="number"))
    heads = await load_heads(conn)
    path = write_geojson(tmp_path / "many.geojson", [tree(f"T{number}", 106 + number / 1e6) for number in range(25_000)])
    script = """
import asyncio, os, signal, sys
from pathlib import Path
from ioc.geo.publish import publish_layer
from ioc.store.pool import open_pool
from tests.support.shapes import entry

def die(layer, doing, share):
    if doing == "store" and share > 0.7:
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    async with await open_pool(sys.argv[1], size=1) as pool, pool.acquire() as conn:
        await publish_layer(conn, Path(sys.argv[2]), entry(key="number"), on_progress=die)

asyncio.run(main())
"""
    root = Path(__file__).parents[3]
    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", script, any_database.dsn, str(path)], cwd=root, check=False, timeout=120
    )
    assert ended.returncode == -signal.SIGKILL
    assert await load_heads(conn) == heads
    assert await states(conn, "trees") == [(1, True, False)]
    assert await conn.fetchval("SELECT count(*) FROM feature") == 1
    assert (await publish(conn, tmp_path, [tree("T2", 106)], entry(key="number"))).version == 2
