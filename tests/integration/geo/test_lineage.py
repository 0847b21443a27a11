"""What became of units, in a real database: published with the layer, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ioc.errors import BadInput
from ioc.geo.lineage import publish_lineage
from ioc.geo.locate import UnitIndex
from ioc.geo.publication import LayerRefused
from ioc.geo.publish import publish_catalogue, publish_layer
from ioc.geo.succession import Link, Succession
from ioc.geo.units import UnitDirectory
from ioc.store.layers import load_heads, load_units
from ioc.store.pool import Connection, open_pool
from ioc.store.units import known_units, load_links
from tests.support.databases import Database
from tests.support.shapes import entry, square, unit_feature, write_geojson

SDI = Path(__file__).parents[3] / "sdi"
MAY_2023, OLD, NEW = date(2023, 5, 1), date(2025, 6, 30), date(2025, 7, 1)
HEADER = "old_code,old_from,new_code,new_from,share,kind\n"


@pytest.fixture
async def conn(any_database: Database) -> AsyncIterator[Connection]:
    async with await open_pool(any_database.dsn, size=2) as pool, pool.acquire() as connection:
        yield connection


async def lineage(conn: Connection) -> tuple[UnitDirectory, Succession]:
    known = await known_units(conn)
    directory = UnitDirectory([ref for ref, _ in await load_units(conn) if ref.id in known], today=lambda: NEW)
    return directory, Succession([Link(**row) for row in await load_links(conn)], unit_of=directory.ref)


async def publish(conn: Connection, folder: Path, table: str, **more: str) -> Any:
    """Publish two old communes that became one, or what `table` says became of them."""
    old = [unit_feature(code, square(106 + number, 21), valid_to=f"{NEW}") for number, code in enumerate(("1", "2"))]
    new = [unit_feature(code, square(106 + number, 21), valid_from=f"{NEW}") for number, code in enumerate(("2", "3"))]
    described = entry(id="units", kind="units", join=True, succession=more.get("name", "became.csv"), former=more.get("former"))
    await publish_layer(conn, write_geojson(folder / "units.geojson", [*old, *new]), described)
    (folder / more.get("name", "became.csv")).write_text(table, encoding="utf-8")
    return await publish_lineage(conn, described, folder)


async def test_shipped_units_become_those_of_july_2025(database: Database) -> None:
    async with await open_pool(database.dsn, size=1) as pool, pool.acquire() as conn:
        await publish_catalogue(conn, SDI)
        units, succession = await lineage(conn)
        heads = await load_heads(conn)
        await publish_catalogue(conn, SDI)
        assert await load_heads(conn) == heads
        index = UnitIndex(await load_units(conn), today=lambda: NEW)
    old = units.require("07207", OLD)
    (portion,) = succession.convert(old.id, NEW)
    became = units.ref(portion.unit)
    assert became is not None
    assert (old.name_vi, became.code, became.name_vi, portion.share, portion.exact) == (
        "Phường Ngô Quyền",
        "07210",
        "Phường Bắc Giang",
        1.0,
        True,
    )
    commune_2023 = units.require("13633", MAY_2023)
    assert commune_2023.path_vi == "Phường Hạ Long, Thành phố Nam Định, Tỉnh Nam Định"
    assert index.by_code("13633", MAY_2023) == commune_2023.id
    assert index.by_code("13633", OLD) is None
    assert index.locate(106.17, 20.43, MAY_2023) is None
    (portion,) = succession.convert(commune_2023.id, NEW)
    assert portion.exact
    every_old = [ref for ref in units if ref.valid_to is not None]
    assert all(sum(p.share for p in succession.convert(ref.id, NEW)) == pytest.approx(1) for ref in every_old)
    assert {p.unit for ref in every_old for p in succession.convert(ref.id, NEW)} == {ref.id for ref in units if ref.valid_to is None}


async def test_district_goes_the_way_of_its_province(conn: Connection) -> None:
    await publish_catalogue(conn, SDI, only=["units"])
    units, succession = await lineage(conn)
    district, province = units.require("213", OLD), units.require("24", OLD)
    (portion,) = succession.convert(district.id, NEW)
    assert (portion.unit, portion.via, portion.exact) == (units.require("24", NEW).id, province.id, True)


async def test_shares_that_a_file_leaves_out_are_divided_equally(conn: Connection, tmp_path: Path) -> None:
    report = await publish(
        conn, tmp_path, HEADER + "1,2025-01-01,2,2025-07-01,,\n1,2025-01-01,3,2025-07-01,,\n2,2025-01-01,2,2025-07-01,,\n"
    )
    assert (report.steps, report.estimated, report.changed) == (3, 2, True)
    units, succession = await lineage(conn)
    portions = succession.convert(units.require("1", OLD).id, NEW)
    assert [(p.share, p.exact) for p in portions] == [(0.5, False), (0.5, False)]


async def test_json_says_the_same_as_csv(conn: Connection, tmp_path: Path) -> None:
    rows = [{"old_code": code, "old_from": "2025-01-01", "new_code": "2", "new_from": "2025-07-01", "share": 1} for code in ("1", "2")]
    report = await publish(conn, tmp_path, json.dumps(rows), name="became.json")
    assert (report.steps, report.estimated) == (2, 0)


async def test_succession_that_changes_alone_is_noticed(conn: Connection, tmp_path: Path) -> None:
    await publish(conn, tmp_path, HEADER + "1,2025-01-01,2,2025-07-01,1,whole\n")
    heads = await load_heads(conn)
    assert not (await publish(conn, tmp_path, HEADER + "1,2025-01-01,2,2025-07-01,1,whole\n")).changed
    assert await load_heads(conn) == heads
    assert (await publish(conn, tmp_path, HEADER + "1,2025-01-01,3,2025-07-01,1,whole\n")).changed
    assert await load_heads(conn) != heads


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("9,2025-01-01,2,2025-07-01,,\n", "the old unit 9 of 2025-01-01 is not in the layer"),
        ("1,2024-01-01,2,2025-07-01,,\n", "the old unit 1 of 2024-01-01 is not in the layer, which has 1 since 2025-01-01"),
        ("2,2025-07-01,3,2025-07-01,,\n", "2 of 2025-07-01 → 3 of 2025-07-01: the old unit ends never"),
        ("1,2025-01-01,2,2025-07-01,0.4,\n", "the shares of 1 of 2025-01-01 add up to 0.4000, not to 1 within 0.005"),
        ("1,2025-01-01,2,2025-07-01,0.4,whole\n", "is said to be whole but its share is 0.4"),
        ("1,2025-01-01,2,2025-07-01,7,\n", "its share 7 is not above 0 and up to 1"),
        ("1,2025-01-01,2,2025-07-01,nan,\n", "its share nan is not above 0 and up to 1"),
        ("1,2025-01-01,2,2025-07-01,half,\n", "row 1: its share 'half' is not a number"),
        ("1,yesterday,2,2025-07-01,,\n", "row 1: its old_from 'yesterday' is not a date such as 2025-07-01"),
        ("1,2025-01-01,2,2025-07-01,,most\n", "row 1: its kind 'most' is neither whole nor part"),
        ("1,2025-01-01,,2025-07-01,,\n", "row 1 has no new_code"),
        ("1,2025-01-01,2,2025-07-01,,\n1,2025-01-01,2,2025-07-01,,\n", "is there more than once"),
    ],
)
async def test_wrong_succession_is_refused_and_changes_nothing(conn: Connection, tmp_path: Path, table: str, words: str) -> None:
    await publish(conn, tmp_path, HEADER + "1,2025-01-01,2,2025-07-01,1,whole\n")
    before = await load_links(conn)
    with pytest.raises(LayerRefused) as refused:
        await publish(conn, tmp_path, HEADER + table)
    assert words in refused.value.detail
    assert await load_links(conn) == before


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("1,commune,,X,X,2024-01-01,2025-02-01", "1 of 2024-01-01 ends 2025-02-01, but the layer has a unit of this code since 2025-01-01"),
        ("9,commune,,X,X,2024-01-01,2024-01-01", "its valid_to 2024-01-01 is not after its valid_from 2024-01-01"),
        ("9,commune,77,X,X,2024-01-01,2025-01-01", "its parent 77 is not in the layer"),
        ("9,commune,,X,X,2024-01-01,2025-01-01\n9,commune,,X,X,2024-01-01,2025-01-01", "9 of 2024-01-01 is there 2 times"),
    ],
)
async def test_wrong_former_units_are_refused(conn: Connection, tmp_path: Path, row: str, words: str) -> None:
    (tmp_path / "former.csv").write_text(f"code,level,parent,name_vi,name_en,valid_from,valid_to\n{row}\n", encoding="utf-8")
    with pytest.raises(LayerRefused) as refused:
        await publish(conn, tmp_path, HEADER, former="former.csv")
    assert words in refused.value.detail


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (None, "none.csv", "cannot be read: No such file"),
        (b"\xff\xfe\x00", "x.csv", "is not UTF-8"),
        (b"{", "x.json", "is not JSON"),
        (b"{}", "x.json", "is not an array of objects"),
    ],
)
async def test_file_that_cannot_be_read_is_refused(conn: Connection, tmp_path: Path, content: bytes | None, name: str, words: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=words):
        await publish_lineage(conn, entry(id="units", kind="units", succession=name), tmp_path)


async def test_layer_without_succession_is_left_alone(conn: Connection, tmp_path: Path) -> None:
    assert await publish_lineage(conn, entry(), tmp_path) is None
