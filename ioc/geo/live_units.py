"""The units in force as a collection, each with how many stations it has, its open alerts and its worst state, those of units below included."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from ioc.geo.collection import Collection
from ioc.geo.entry import Text
from ioc.geo.live_columns import live_entry, text_column
from ioc.geo.live_state import Look

UNITS_NOW = "units-now"
SEVERITIES = ("minor", "moderate", "severe", "extreme")
_TITLE = Text(vi="Đơn vị hành chính hiện hành (trực tiếp)", en="Units in force (live)")
_SUMMARY = Text(
    vi="Các đơn vị đang có hiệu lực với số trạm, số cảnh báo đang mở theo mức độ và trạng thái xấu nhất, tính cả các đơn vị cấp dưới.",
    en="The units in force today with the number of stations, open alerts by severity and the worst state, units below included.",
)
_ATTRIBUTES = ("code", "level", "parent", "name_vi", "name_en")
_CODE, _PARENT = 0, 2
_Counts = Counter[str]


class UnitFigures(NamedTuple):
    """The figures of units in one `period`: the `names` of all indicators, and what is known, by code and first day of the unit."""

    period: str
    names: Sequence[str]
    of: Mapping[tuple[str, str], Mapping[str, float]]


def units_now(
    seen: Look, layers: Iterable[Collection], now: datetime, *, today: date, public: bool, figures: UnitFigures | None = None
) -> Collection:
    """Return the units that are in force `today` in the join layers, in order of precedence; of two with one id the first counts."""
    fids, geometries, rows = _in_force(layers, today)
    counts = _counts(seen, rows)
    order = sorted(range(len(fids)), key=fids.__getitem__)
    ordered = [rows[place] for place in order]
    table = pa.table(_columns(ordered, [counts[place] for place in order]) | (_figures(ordered, figures) if figures else {}))
    shapes = np.empty(len(order), dtype=np.object_)
    shapes[:] = [geometries[place] for place in order]
    return Collection(
        live_entry(UNITS_NOW, _TITLE, _SUMMARY, public=public),
        fids=[fids[place] for place in order],
        geometries=shapes,
        table=table,
        version=seen.position,
        published_at=now,
        changed_at=now,
    )


def _in_force(layers: Iterable[Collection], today: date) -> tuple[list[str], list[Any], list[tuple[Any, ...]]]:
    found: dict[str, tuple[Any, tuple[Any, ...]]] = {}
    for layer in layers:
        places = layer.valid_during(today, today)
        names = [*_ATTRIBUTES, "valid_from"]
        taken = layer.table.take(pa.array(places))
        columns = [taken[name].to_pylist() if name in taken.column_names else [None] * len(places) for name in names]
        for place, *row in zip(places.tolist(), *columns, strict=True):
            found.setdefault(layer.fids[place], (layer.geometries[place], tuple(row)))
    return list(found), [shape for shape, _ in found.values()], [row for _, row in found.values()]


def _counts(seen: Look, rows: Sequence[tuple[Any, ...]]) -> list[_Counts]:
    """Return for each unit the stations, open alerts by severity and stations by state that are in it or in a unit below."""
    own: dict[tuple[str, str], _Counts] = {}
    for station in seen.stations:
        if station.unit is not None:
            own.setdefault(_key(station.unit), Counter()).update(("stations", f"state {station.state}"))
    for alert in seen.alerts:
        if alert.unit is not None:
            own.setdefault(_key(alert.unit), Counter()).update((f"alerts {alert.severity}",))
    by_code = {row[_CODE]: place for place, row in enumerate(rows)}
    counts: list[_Counts] = [Counter() for _ in rows]
    for place, row in enumerate(rows):
        told = own.get((row[_CODE], row[-1].isoformat() if row[-1] else ""))
        above: int | None = place
        passed: set[int] = set()
        while told and above is not None and above not in passed:
            counts[above].update(told)
            passed.add(above)
            above = by_code.get(rows[above][_PARENT])
    return counts


def _key(unit: Mapping[str, Any]) -> tuple[str, str]:
    return unit["code"], unit["valid_from"]


def _columns(rows: Sequence[tuple[Any, ...]], counts: Sequence[_Counts]) -> dict[str, pa.Array]:
    texts = {name: text_column([row[place] for row in rows]) for place, name in enumerate(_ATTRIBUTES)}
    numbers = {f"alerts_{word}": pa.array([each[f"alerts {word}"] for each in counts], type=pa.int64()) for word in SEVERITIES}
    return {
        **texts,
        "valid_from": pa.array([row[-1] for row in rows], type=pa.date32()),
        "stations": pa.array([each["stations"] for each in counts], type=pa.int64()),
        "alerts_open": pa.array([sum(each[f"alerts {word}"] for word in SEVERITIES) for each in counts], type=pa.int64()),
        **numbers,
        "state": text_column([_worst(each) for each in counts]),
    }


def _figures(rows: Sequence[tuple[Any, ...]], figures: UnitFigures) -> dict[str, pa.Array]:
    """Return a column for each indicator, with `_` where its id has `-`, and one that names the period."""
    known = [figures.of.get((row[_CODE], row[-1].isoformat() if row[-1] else ""), {}) for row in rows]
    columns = {name.replace("-", "_"): pa.array([each.get(name) for each in known], type=pa.float64()) for name in figures.names}
    return {"figures_of": text_column([figures.period] * len(rows))} | columns


def _worst(counts: _Counts) -> str | None:
    """Return the worst state of any station, None where there is no station."""
    return next((word for word in (*reversed(SEVERITIES), "normal") if counts[f"state {word}"]), None)
