"""From what a file holds to what is stored: every check that a layer must pass, in the order in which it is made."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any, TypeAlias

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from ioc.domain.clock import local_day
from ioc.errors import BadInput
from ioc.geo import attributes, check
from ioc.geo.coverage import coverage_findings
from ioc.geo.entry import CatalogueEntry
from ioc.geo.layer import Feature, Finding, Geometries, Problem, Properties, Repair, Source
from ioc.store.layer_versions import Publication

NAMED_PROBLEMS = 20
NAMED_REPAIRS = 1000
EARLIEST_YEAR = 1000  # the year 1 as "always" has no instant in UTC: leave the date empty instead
_ROWS_AT_ONCE = 20_000

Days: TypeAlias = list[date | None]


class LayerRefused(BadInput):
    """A layer cannot be published; `problems` are all that was found, `detail` names the first of them."""

    def __init__(self, layer: str, problems: Sequence[Problem]) -> None:
        named = "; ".join(str(problem) for problem in problems[:NAMED_PROBLEMS])
        more = len(problems) - NAMED_PROBLEMS
        super().__init__(f"layer {layer} is not published: {named}{f'; and {more} more' if more > 0 else ''}")
        self.problems = tuple(problems)


def prepare(source: Source, entry: CatalogueEntry) -> tuple[Publication, tuple[Repair, ...], tuple[Finding, ...]]:
    """Return the publication that `source` makes as the layer of `entry`, what had to be repaired, and what was found besides.

    Raises:
        LayerRefused: something is wrong that cannot be repaired.
    """
    if not source.ids:
        raise LayerRefused(entry.id, [Problem(None, "it has no features")])
    names, since, until = _names_and_days(source, entry)
    _refuse_if_any(entry, check.size_problems(names, source.geometries))
    geometries, repairs, problems = check.mend(names, source.geometries)
    _refuse_if_any(entry, [*problems, *check.geometry_problems(names, geometries, areal=entry.kind == "units")])
    _refuse_if_any(entry, attributes.problems(names, source.table))
    geometries = np.asarray(shapely.orient_polygons(geometries), dtype=np.object_)
    findings = list(check.kind_findings(names, geometries))
    if entry.kind == "units":
        findings += _unit_findings(names, geometries, source.rows, since, until, entry)
    features = _features(names, geometries, source.table, since, until)
    publication = Publication(
        layer=entry.id,
        is_join=entry.join,
        is_units=entry.kind == "units",
        entry=entry.as_json(),
        checksum=_checksum(features),
        valid_from=min((day for day in since if day), default=None),
        valid_to=None if None in until else max(day for day in until if day),
        bbox=shapely.total_bounds(geometries).tolist(),
        report=_report(source, geometries, repairs, findings),
        features=features,
    )
    return publication, tuple(repairs), tuple(findings)


def _report(source: Source, geometries: Geometries, repairs: Sequence[Repair], findings: Sequence[Finding]) -> str:
    kinds, counts = np.unique(shapely.get_type_id(geometries), return_counts=True)
    told = {
        **source.notes,
        "features": len(source.ids),
        "kinds": {shapely.GeometryType(kind).name: int(count) for kind, count in zip(kinds, counts, strict=True)},
        "attributes": attributes.kinds(source.table),
        "repaired": len(repairs),
        "repairs": [asdict(repair) for repair in repairs[:NAMED_REPAIRS]],
        "findings": [asdict(finding) for finding in findings],
    }
    return msgspec.json.encode(told).decode()


def _names_and_days(source: Source, entry: CatalogueEntry) -> tuple[list[str], Days, Days]:
    """Return the id of each feature and its validity; units are named by code and first day, as `24.2025-01-01`."""
    if entry.kind == "units":
        rows = source.rows
        provisional = [str(row.get("code") or f"number {number}") for number, row in enumerate(rows, 1)]
        _refuse_if_any(entry, check.attribute_problems(provisional, rows))
        since, until = _days(provisional, source.table, entry)
        names = [f"{row['code']}.{first}" for row, first in zip(rows, since, strict=True)]
    else:
        names = source.ids
        since, until = _days(names, source.table, entry)
    _refuse_if_any(entry, check.id_problems(names))
    return names, since, until


def _days(names: Sequence[str], table: pa.Table, entry: CatalogueEntry) -> tuple[Days, Days]:
    problems: list[Problem] = []

    def days(attribute: str) -> Days:
        if attribute not in table.column_names:
            return [None] * len(names)
        found: Days = []
        for name, value in zip(names, table[attribute].to_pylist(), strict=True):
            try:
                found.append(_as_day(value))
            except (ValueError, OverflowError):
                problems.append(Problem(name, f"its {attribute} {str(value)!r} is not a date such as 2025-07-01"))
        return found

    since, until = days("valid_from"), days("valid_to")
    _refuse_if_any(entry, problems)
    _refuse_if_any(entry, _validity_problems(names, since, until))
    return since, until


def _validity_problems(names: Sequence[str], since: Days, until: Days) -> Iterator[Problem]:
    for name, first, end in zip(names, since, until, strict=True):
        if first and end and end <= first:
            yield Problem(name, f"its valid_to {end} is not after its valid_from {first}")


def _as_day(value: Any) -> date | None:
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return _as_day(local_day(value) if value.tzinfo else value.date())
    if isinstance(value, date):
        if value.year < EARLIEST_YEAR:
            raise ValueError
        return value
    text = str(value)
    return _as_day(date.fromisoformat(text) if len(text) <= len("2025-07-01") else datetime.fromisoformat(text))


def _unit_findings(
    names: Sequence[str], geometries: Geometries, rows: Sequence[Properties], since: Days, until: Days, entry: CatalogueEntry
) -> list[Finding]:
    """Check what units must be to one another, and return what they leave out or have twice."""
    found = [Feature(*one) for one in zip(names, geometries, rows, strict=True)]
    units = [replace(unit, valid_from=first, valid_to=end) for unit, first, end in zip(found, since, until, strict=True)]
    _refuse_if_any(entry, check.validity_problems(units))
    versions: dict[str, list[Feature]] = defaultdict(list)
    for unit in units:
        versions[unit.properties["code"]].append(unit)
    parents = [check.parent_of(unit, versions.get(unit.properties.get("parent") or "", [])) for unit in units]
    _refuse_if_any(entry, check.parent_problems(units, parents))
    return list(coverage_findings(units))


def _features(names: Sequence[str], geometries: Geometries, table: pa.Table, since: Days, until: Days) -> pa.Table:
    """Return the features as they are stored, in order of the bytes of their ids; the validity has columns of its own."""
    bounds = shapely.bounds(geometries)
    plain = pa.table(
        {
            "fid": pa.array(names, pa.string()),
            "valid_from": pa.array(since, pa.date32()),
            "valid_to": pa.array(until, pa.date32()),
            **{side: pa.array(bounds[:, number]) for number, side in enumerate(("west", "south", "east", "north"))},
            "geometry": pa.array(shapely.to_wkb(geometries), pa.binary()),
            "properties": _properties(table, len(names)),
        }
    )
    return plain.take(pc.sort_indices(plain["fid"]))


def _properties(table: pa.Table, count: int) -> pa.ChunkedArray:
    names = [name for name in table.column_names if name not in {"valid_from", "valid_to"}]
    if not names:
        return pa.chunked_array([pa.repeat("{}", count)])
    encode = msgspec.json.Encoder().encode
    chunks = []
    for start in range(0, count, _ROWS_AT_ONCE):
        columns = [table[name].slice(start, _ROWS_AT_ONCE).to_pylist() for name in names]
        rows = [encode(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]
        chunks.append(pa.array(rows, pa.binary()).cast(pa.string()))
    return pa.chunked_array(chunks)


def _checksum(features: pa.Table) -> str:
    """Return a fingerprint of the content; the order in which the file has it does not matter, since rows are sorted by id."""
    content = hashlib.sha256()
    told = features.select(["fid", "valid_from", "valid_to", "geometry", "properties"])
    for start in range(0, told.num_rows, _ROWS_AT_ONCE):
        portion = told.slice(start, _ROWS_AT_ONCE)
        content.update(msgspec.msgpack.encode([column.to_pylist() for column in portion.columns]))
    return content.hexdigest()


def _refuse_if_any(entry: CatalogueEntry, problems: Iterable[Problem]) -> None:
    if found := list(problems):
        raise LayerRefused(entry.id, found)
