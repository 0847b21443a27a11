"""History from files of each format, on every store level: the same rows, the same books, no alert."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ioc.domain.live import Changes
from ioc.domain.observation import SeriesKey, StationKey
from ioc.errors import BadInput, Unavailable
from ioc.ingest.bulk_files import read_file
from ioc.ingest.bulk_kinds import Kind, kind_of
from ioc.ingest.bulk_load import Loader, portions, rehearsing, writing
from ioc.ingest.bulk_report import Report
from ioc.ingest.bulk_rows import RowReader, Told
from ioc.ingest.gate import Gate
from ioc.ingest.outcome import Outcome, Reason
from ioc.ingest.policy import Policy
from ioc.ingest.replay import NoRules, Replayer
from ioc.ingest.writer import Writer
from ioc.store.live import load_live
from ioc.store.pool import open_pool
from ioc.store.quarantine import Selection
from ioc.store.registry import Registry
from tests.integration.ingest.conftest import NOW, Desk, make_desk
from tests.support.databases import Database
from tests.support.doubles import ManualClock
from tests.support.history import FORMATS, as_ndjson, each_format

LONG_AGO = NOW - timedelta(days=4000)
STATION = b'{"name": "Cau Ghep", "kind": "river_gauge", "lon": 105.5, "lat": 21.0, "properties": {"level": {"unit": "m", "max": 50}}}'


def reading(minutes: float, value: float = 20, station: str = "g1", since: datetime = LONG_AGO) -> dict[str, Any]:
    """A reading over the limit of the rule."""
    return {"source": "s", "station": station, "property": "level", "time": since + timedelta(minutes=minutes), "value": float(value)}


def event(number: int) -> dict[str, Any]:
    return {"source": "s", "type": "report", "id": f"r{number}", "time": LONG_AGO, "lon": 105.9, "lat": 21.0, "data": {"n": number}}


class Archive:
    """Brings files in as the service does, through the writer of a desk."""

    def __init__(self, desk: Desk, *, policy: Policy = Policy.OPEN) -> None:
        self.desk, self.gate, self.published = desk, Gate(policy), list[Changes]()
        self.known = Registry(desk.units.ref)
        self.writer = Writer(desk.pool, known=self.known, units=lambda: desk.units, judge=NoRules(), gate=self.gate)

    def loader(self, **words: Any) -> Loader:
        return writing(self.writer, known=self.known, gate=self.gate, pool=lambda: self.desk.pool, publish=self.published.append, **words)

    async def load(self, path: Path, told: Told | None = None, *, loader: Loader | None = None) -> Report:
        told, kind = told or Told(), kind_of(path)
        rows = portions(read_file(path, kind, told), RowReader(told, is_text=kind is Kind.CSV), ManualClock(NOW))
        return await (loader or self.loader()).load(rows)


def as_file(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "rows.ndjson"
    path.write_bytes(as_ndjson(rows))
    return path


def sums(report: Report) -> dict[str, int]:
    return {outcome.value: n for outcome, n in report.counts.items() if n}


async def test_each_format_stores_the_same_and_again_nothing(desk: Desk, tmp_path: Path) -> None:
    rows = [reading(number % 7, station=f"g{number // 7}") for number in range(28)]
    first, *others = each_format(rows, tmp_path)
    assert sums(await Archive(desk).load(first)) == {"stored": 28}
    stored = await desk.fetch("SELECT series_id, time, value FROM observation ORDER BY 1, 2")
    assert len(stored) == 28
    for path in [*others, first]:
        archive = Archive(desk)
        assert sums(await archive.load(path)) == {"duplicate": 28}, path.name
        assert archive.published == []
    assert await desk.fetch("SELECT series_id, time, value FROM observation ORDER BY 1, 2") == stored
    books = await desk.books()
    assert (books["received"], books["stored"], books["duplicate"]) == (28 * (len(FORMATS) + 1), 28, 28 * len(FORMATS))


async def test_readings_events_and_positions_may_be_in_one_file(desk: Desk, tmp_path: Path) -> None:
    position = {"source": "s", "station": "bus", "time": LONG_AGO, "lon": 106.5, "lat": 21.2, "speed": 30.0}
    archive = Archive(desk)
    report = await archive.load(as_file(tmp_path, reading(0), event(1), position, event(2), event(1)))
    assert sums(report) == {"stored": 4, "duplicate": 1}
    assert await desk.fetch("SELECT id, unit_id, time FROM event ORDER BY id") == [
        ("r1", desk.units.west, LONG_AGO),
        ("r2", desk.units.west, LONG_AGO),
    ]
    assert await desk.fetch("SELECT lon, unit_id, time FROM position") == [(106.5, desk.units.east, LONG_AGO)]
    assert [len(changes.observations) + len(changes.positions) for changes in archive.published] == [2]


async def test_no_alert_is_raised_and_the_rule_still_works(desk: Desk, tmp_path: Path) -> None:
    report = await desk_archive(desk).load(as_file(tmp_path, *(reading(n, value=99) for n in range(10))))
    assert sums(report) == {"stored": 10}
    assert await desk.fetch("SELECT count(*) FROM alert") == [(0,)]
    changes = await desk.write(("s/obs/g1/level", b"99"))
    assert [alert.severity for alert in changes.alerts] == ["severe"]


def desk_archive(desk: Desk) -> Archive:
    """An archive that shares the writer of live ingest, with its rules."""
    archive = Archive(desk)
    archive.writer, archive.known = desk.writer, desk.writer._known
    return archive


async def test_older_than_the_newest_is_late_and_another_value_a_correction(desk: Desk, tmp_path: Path) -> None:
    archive = desk_archive(desk)
    await desk.write(("s/obs/g1/level", b"1"))
    assert sums(await archive.load(as_file(tmp_path, reading(0), reading(1)))) == {"late": 2}
    assert sums(await archive.load(as_file(tmp_path, reading(0), reading(1, value=21)))) == {"late": 1, "duplicate": 1}
    assert await desk.fetch("SELECT value FROM observation ORDER BY time") == [(20.0,), (21.0,), (1.0,)]
    assert await desk.fetch("SELECT value FROM corrected_observation") == [(20.0,)]
    assert await desk.fetch("SELECT value FROM latest_observation") == [(1.0,)]


@pytest.mark.parametrize("name", ["rows.ndjson", "rows.parquet"])
async def test_bad_rows_are_kept_one_by_one_and_go_in_when_the_cause_is_mended(name: str, desk: Desk, tmp_path: Path) -> None:
    await desk.write(("s/station/g1", STATION))
    recently = NOW - timedelta(days=2)
    rows = [reading(n, value=60 if n in (3, 5) else 20, since=recently) for n in range(8)]
    rows += [reading(60 * 24 * 3, since=recently), reading(9, station="no name", since=recently)]
    path = tmp_path / name
    path.write_bytes(FORMATS[name](rows))
    archive = Archive(desk)
    report = await archive.load(path)
    assert sums(report) == {"stored": 6, "quarantined": 4}
    assert sorted((row, one.reason) for row, one in report.first) == [
        (4, Reason.RANGE),
        (6, Reason.RANGE),
        (9, Reason.FUTURE),
        (10, Reason.TOPIC),
    ]
    assert report.reasons == {Reason.RANGE: 2, Reason.FUTURE: 1, Reason.TOPIC: 1}
    kept = await desk.fetch("SELECT topic, items, reason, octet_length(payload) < 80 FROM quarantine WHERE reason = 'range'")
    assert kept == [("ioc/v1/s/obs/g1/level", [0], "range", True)] * 2
    await desk.write(("s/station/g1", STATION.replace(b"50", b"70")))
    replayer = Replayer(lambda: desk.pool, writer=desk.writer, known=desk.writer._known, gate=archive.gate, clock=ManualClock(NOW))
    again = await replayer.replay(Selection(reason="range"))
    assert (again.messages, again.stored + again.late) == (2, 2)
    assert await desk.fetch("SELECT count(*) FROM observation WHERE value = 60") == [(2,)]
    books = await desk.books()
    assert books["received"] == sum(n for word, n in books.items() if word != "received")


async def test_stations_of_a_closed_source_are_kept_for_approval(desk: Desk, tmp_path: Path) -> None:
    archive = Archive(desk, policy=Policy.PENDING)
    report = await archive.load(as_file(tmp_path, *(reading(n) for n in range(3)), event(1)))
    assert sums(report) == {"quarantined": 4}
    assert report.reasons == {Reason.UNKNOWN_STATION: 4}
    assert await desk.fetch("SELECT count(*) FROM station") == [(0,)]


async def test_row_that_the_store_refuses_is_found_by_halves(desk: Desk, tmp_path: Path) -> None:
    await desk.pool.execute("ALTER TABLE observation ADD CONSTRAINT picky CHECK (value <> 13)")
    report = await Archive(desk).load(as_file(tmp_path, *(reading(n, value=13 if n in (17, 80) else 20) for n in range(100)), event(1)))
    assert sums(report) == {"stored": 99, "quarantined": 2}
    assert [(row, one.reason) for row, one in report.first] == [(18, Reason.PAYLOAD), (81, Reason.PAYLOAD)]
    assert "the store cannot keep it" in report.first[0][1].detail
    assert await desk.fetch("SELECT topic, convert_from(payload, 'UTF8') LIKE '%13.0%' FROM quarantine") == [
        ("ioc/v1/s/obs/g1/level", True),
        ("ioc/v1/s/obs/g1/level", True),
    ]
    books = await desk.books()
    assert (books["received"], books["stored"], books["quarantined"]) == (101, 99, 2)


async def test_rehearsal_checks_everything_and_writes_nothing(desk: Desk, tmp_path: Path) -> None:
    await desk.write(("s/station/g1", STATION))
    before = await desk.fetch("SELECT count(*) FROM ledger")
    async with desk.pool.acquire() as conn:
        stations = (await load_live(conn, lambda _unit: None)).stations
    loader = rehearsing(stations, gate=Gate(Policy.OPEN), pool=lambda: desk.pool)
    path = as_file(tmp_path, reading(0), reading(1, value=60), reading(2, station="new"), event(1))
    report = await Archive(desk).load(path, loader=loader)
    assert sums(report) == {"stored": 3, "quarantined": 1}
    assert report.reasons == {Reason.RANGE: 1}
    assert await desk.fetch("SELECT count(*) FROM ledger") == before
    assert await desk.fetch("SELECT code FROM station") == [("g1",)]


async def test_broken_file_leaves_what_was_before_and_says_how_far(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(FORMATS["rows.parquet"]([reading(n) for n in range(9)]))
    whole = read_file(path, Kind.PARQUET, Told())

    def broken() -> Any:
        yield next(whole)
        raise BadInput("the body broke off after 7 bytes")

    archive = Archive(desk)
    with pytest.raises(BadInput, match="broke off after 7 bytes; rows up to 9 are committed, and safe to send again"):
        await archive.loader().load(portions(broken(), RowReader(Told()), ManualClock(NOW)))
    assert await desk.fetch("SELECT count(*) FROM observation") == [(9,)]


async def test_file_of_which_no_row_is_good_is_not_taken(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("source,station,property,time,value\n" + "s,a,level,2015-01-01 00:00:00,1\n" * 1000)
    words = "none of the first 1000 rows can be taken: row 1: time: time '2015-01-01 00:00:00' has no offset: add Z or \\+07:00; nothing was committed"
    with pytest.raises(BadInput, match=words):
        await Archive(desk).load(path)
    assert await desk.fetch("SELECT count(*) FROM quarantine") == [(0,)]
    report = await Archive(desk).load(path, Told.of(None, None, None, "Asia/Ho_Chi_Minh", is_wide=False))
    assert sums(report) == {"stored": 1, "duplicate": 999}


async def test_store_that_stays_away_ends_it_with_what_was_reached(desk: Desk, database: Database, tmp_path: Path) -> None:
    gone = await make_desk(database)
    await gone.pool.close()
    archive = Archive(gone)
    with pytest.raises(Unavailable, match=r"the store takes nothing for 0 s: .*; nothing was committed"):
        await archive.load(as_file(tmp_path, reading(0)), loader=archive.loader(patience_s=0))


async def test_ranges_that_are_told_in_between_count(desk: Desk, database: Database, tmp_path: Path) -> None:
    """The first portion makes the station known; somebody then describes it; the next one is held against that."""
    archive = Archive(desk)
    await archive.load(as_file(tmp_path, reading(0, value=60)))
    other = await open_pool(database.dsn, size=1)
    await desk.write(("s/station/g1", STATION))
    await other.close()
    archive.known.forget()
    report = await archive.load(as_file(tmp_path, reading(1, value=60), reading(2)))
    assert sums(report) == {"stored": 1, "quarantined": 1}
    assert archive.known.description(SeriesKey("s", "g1", "level")) is not None
    assert StationKey("s", "g1") in archive.known.stations
    assert report.counts[Outcome.REFUSED] == 0
