"""Import of stations from a file: every row judged as a self-description would be, all of them stored or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from ioc.domain.station import PropertyDescription, StationDescription
from ioc.ingest.decode import decode
from ioc.ingest.outcome import Rejection
from ioc.store import sources
from ioc.store.pool import Connection

_DESCRIBED = ("name", "kind", "lon", "lat", "interval_s")


class Fate(StrEnum):
    """What becomes of a row."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class StationRow:
    """A row of a file: `number` counts from 1; `told` has only what the row states; `fault` says why it cannot be read."""

    number: int
    code: str
    told: Mapping[str, Any]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class RowReport:
    """What became of a row, and for a refused one why."""

    row: int
    code: str
    fate: Fate
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import came to; `imported` is False for a rehearsal and where a refused row kept all others out."""

    imported: bool
    rows: list[RowReport]

    def counts(self) -> dict[str, int]:
        """Return how many rows ended as what."""
        return {fate.value: sum(row.fate is fate for row in self.rows) for fate in Fate}

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {"imported": self.imported, **self.counts(), "rows": [asdict(row) for row in self.rows]}


class Places(Protocol):
    """Whoever knows the administrative units."""

    def locate_many(self, lons: Sequence[float], lats: Sequence[float], /) -> Sequence[int | None]:
        """Return the unit that holds each place today."""
        ...


async def import_stations(
    conn: Connection, source: str, rows: Sequence[StationRow], *, places: Places, dry_run: bool = False, skip_bad: bool = False
) -> ImportReport:
    """Store the stations of `rows` as those of `source`, in one transaction, and report on each row.

    What a row does not state stays as it is. Where a row is refused nothing is stored, unless `skip_bad`.
    """
    async with conn.transaction():
        reports, told = plan_import(source, rows, await sources.described_stations(conn, source))
        refused = any(report.fate is Fate.REFUSED for report in reports)
        imported = not dry_run and (skip_bad or not refused)
        if imported and told:
            await sources.put_stations(conn, source, _placed(told, places))
            await sources.touch_registry(conn)
    return ImportReport(imported, reports)


def plan_import(
    source: str, rows: Sequence[StationRow], present: Mapping[str, Mapping[str, Any]]
) -> tuple[list[RowReport], list[StationDescription]]:
    """Return what becomes of each row, given the stations that are `present` by code, and the descriptions that are new or changed."""
    codes = Counter(row.code for row in rows)
    reports, descriptions = [], []
    for row in rows:
        before = present.get(row.code)
        told = _describe(source, row, before) if codes[row.code] == 1 else f"code {row.code} stands in {codes[row.code]} rows"
        if isinstance(told, str):
            reports.append(RowReport(row.number, row.code, Fate.REFUSED, told))
            continue
        fate = Fate.ADDED if before is None else Fate.UNCHANGED if _as_stored(told) == _shape(before) else Fate.CHANGED
        reports.append(RowReport(row.number, row.code, fate))
        if fate is not Fate.UNCHANGED:
            descriptions.append(told)
    return reports, descriptions


def _describe(source: str, row: StationRow, before: Mapping[str, Any] | None) -> StationDescription | str:
    """Return the description that a station of this row would send, or why it would not be accepted."""
    if row.fault is not None:
        return row.fault
    if not row.code:
        return "the row has no code"
    stated = {"name": row.code, **(_shape(before) if before else {}), **row.told}
    stated["properties"] = {**(before["properties"] if before else {}), **row.told.get("properties", {})}
    (item,) = decode(f"ioc/v1/{source}/station/{row.code}", msgspec.json.encode(stated), arrived=datetime.now(UTC))
    if isinstance(item, Rejection):
        return f"{item.reason}: {item.detail}"
    assert isinstance(item, StationDescription)
    return item


def _shape(before: Mapping[str, Any]) -> dict[str, Any]:
    # What was stored by an earlier version lacks the words that have come since.
    properties = msgspec.to_builtins(msgspec.convert(before["properties"], dict[str, PropertyDescription]))
    return {**{name: before[name] for name in _DESCRIBED}, "properties": properties}


def _as_stored(told: StationDescription) -> dict[str, Any]:
    return {**{name: getattr(told, name) for name in _DESCRIBED}, "properties": msgspec.to_builtins(told.properties)}


def _placed(told: Sequence[StationDescription], places: Places) -> list[tuple[StationDescription, int | None]]:
    fixed = [d for d in told if d.lon is not None and d.lat is not None]
    found = places.locate_many([d.lon or 0.0 for d in fixed], [d.lat or 0.0 for d in fixed]) if fixed else []
    units = {d.station: unit for d, unit in zip(fixed, found, strict=True)}
    return [(d, units.get(d.station)) for d in told]
