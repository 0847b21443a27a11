"""From what a file holds to what is stored: every check that a layer must pass, in the order in which it is made."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

import msgspec
import numpy as np
import shapely

from ioc.domain.clock import local_day
from ioc.errors import BadInput
from ioc.geo import check
from ioc.geo.entry import CatalogueEntry
from ioc.geo.layer import Feature, Geometries, Problem, Properties, Repair, Source
from ioc.store.layers import FeatureRow, Publication, UnitRow

NAMED_PROBLEMS = 20
EARLIEST_YEAR = 1000  # the year 1 as "always" has no instant in UTC: leave the date empty instead


class LayerRefused(BadInput):
    """A layer cannot be published; `problems` are all that was found, `detail` names the first of them."""

    def __init__(self, layer: str, problems: Sequence[Problem]) -> None:
        named = "; ".join(str(problem) for problem in problems[:NAMED_PROBLEMS])
        more = len(problems) - NAMED_PROBLEMS
        super().__init__(f"layer {layer} is not published: {named}{f'; and {more} more' if more > 0 else ''}")
        self.problems = tuple(problems)


def prepare(source: Source, entry: CatalogueEntry) -> tuple[Publication, tuple[Repair, ...]]:
    """Return the publication that `source` makes as the layer of `entry`, and what had to be repaired.

    Raises:
        LayerRefused: something is wrong that cannot be repaired.
    """
    names, days = _names_and_days(source, entry)
    geometries, repairs = check.mend(names, source.geometries)
    _refuse_if_any(entry, check.geometry_problems(names, geometries, areal=entry.kind == "units"))
    features = _features(names, geometries, source.rows, days)
    units = _unit_rows(features, entry) if entry.kind == "units" else []
    report = {"crs": source.crs, "features": len(features), "repairs": [asdict(repair) for repair in repairs]}
    rows = [_feature_row(feature, entry) for feature in features]
    publication = Publication(
        layer=entry.id,
        is_join=entry.join,
        entry=entry.as_json(),
        checksum=_checksum(rows),
        valid_from=min((feature.valid_from for feature in features if feature.valid_from), default=None),
        valid_to=_latest_end(features),
        report=msgspec.json.encode(report).decode(),
        units=units,
        features=rows,
    )
    return publication, tuple(repairs)


def _names_and_days(source: Source, entry: CatalogueEntry) -> tuple[list[str], list[tuple[date | None, date | None]]]:
    """Return the id of each feature and its validity; units are named by code and first day, as `24.2025-01-01`."""
    if not source.rows:
        raise LayerRefused(entry.id, [Problem(None, "it has no features")])
    if entry.kind == "units":
        provisional = [str(row.get("code") or f"number {number}") for number, row in enumerate(source.rows, 1)]
        _refuse_if_any(entry, check.attribute_problems(provisional, source.rows))
        days = _days(provisional, source.rows, entry)
        names = [f"{row['code']}.{since}" for row, (since, _) in zip(source.rows, days, strict=True)]
    else:
        names = source.ids
        days = _days(names, source.rows, entry)
    _refuse_if_any(entry, check.id_problems(names))
    return names, days


def _days(names: Sequence[str], rows: Sequence[Properties], entry: CatalogueEntry) -> list[tuple[date | None, date | None]]:
    problems: list[Problem] = []

    def day(name: str, row: Properties, attribute: str) -> date | None:
        value = row.get(attribute)
        try:
            return _as_day(value)
        except (ValueError, OverflowError):
            problems.append(Problem(name, f"its {attribute} {value!r} is not a date such as 2025-07-01"))
            return None

    days = [(day(name, row, "valid_from"), day(name, row, "valid_to")) for name, row in zip(names, rows, strict=True)]
    _refuse_if_any(entry, problems)
    return days


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


def _features(
    names: Sequence[str], geometries: Geometries, rows: Sequence[Properties], days: Sequence[tuple[date | None, date | None]]
) -> list[Feature]:
    found = [Feature(*one) for one in zip(names, shapely.orient_polygons(geometries), map(_stored, rows), strict=True)]
    dated = [replace(feature, valid_from=since, valid_to=until) for feature, (since, until) in zip(found, days, strict=True)]
    return sorted(dated, key=lambda feature: feature.fid.encode())


def _stored(row: Properties) -> Properties:
    """Return what is kept as properties: the validity has columns of its own."""
    return {name: value for name, value in row.items() if name not in {"valid_from", "valid_to"}}


def _unit_rows(units: Sequence[Feature], entry: CatalogueEntry) -> list[UnitRow]:
    _refuse_if_any(entry, check.validity_problems(units))
    versions: dict[str, list[Feature]] = defaultdict(list)
    for unit in units:
        versions[unit.properties["code"]].append(unit)
    parents = [check.parent_of(unit, versions.get(unit.properties.get("parent") or "", [])) for unit in units]
    _refuse_if_any(entry, check.parent_problems(units, parents))
    return [_unit_row(unit, parent) for unit, parent in zip(units, parents, strict=True)]


def _unit_row(unit: Feature, parent: Feature | None) -> UnitRow:
    assert unit.valid_from is not None
    own = unit.properties
    above = (parent.properties["code"], parent.valid_from) if parent else (None, None)
    return UnitRow(own["code"], unit.valid_from, unit.valid_to, own["level"], own["name_vi"], own["name_en"], *above)


def _feature_row(feature: Feature, entry: CatalogueEntry) -> FeatureRow:
    return FeatureRow(
        feature.fid,
        feature.properties["code"] if entry.kind == "units" else None,
        feature.valid_from,
        feature.valid_to,
        *feature.geometry.bounds,
        geometry=shapely.to_wkb(feature.geometry),
        properties=_as_json_object(feature, entry),
    )


def _as_json_object(feature: Feature, entry: CatalogueEntry) -> str:
    for name, value in feature.properties.items():
        if isinstance(value, float) and not np.isfinite(value):
            raise LayerRefused(entry.id, [Problem(feature.fid, f"its {name} {value} is not a number that JSON knows")])
    return msgspec.json.encode(feature.properties).decode()


def _checksum(rows: Iterable[FeatureRow]) -> str:
    """Return a fingerprint of the content; the order in which the file has it does not matter, since rows are sorted by id."""
    content = hashlib.sha256()
    for row in rows:
        content.update(msgspec.msgpack.encode(row))
    return content.hexdigest()


def _latest_end(features: Sequence[Feature]) -> date | None:
    ends = [feature.valid_to for feature in features]
    return None if None in ends else max(end for end in ends if end)


def _refuse_if_any(entry: CatalogueEntry, problems: Iterable[Problem]) -> None:
    if found := list(problems):
        raise LayerRefused(entry.id, found)
