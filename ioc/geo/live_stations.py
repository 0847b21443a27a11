"""Stations as a collection: fixed and moving ones, where they are now, with the newest value of each property as a column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

import pyarrow as pa

from ioc.geo.collection import Collection
from ioc.geo.entry import Text
from ioc.geo.live_columns import instant_column, live_entry, points, scattered, text_column, unit_columns
from ioc.geo.live_state import Look, SeenStation

STATIONS = "stations"
MOST_PROPERTIES = 100
"""Properties that have columns: those of most stations."""
_TITLE = Text(vi="Trạm và phương tiện (trực tiếp)", en="Stations and vehicles (live)")
_SUMMARY = Text(
    vi="Mọi trạm cố định và di động ở vị trí hiện tại, trạng thái và giá trị mới nhất của từng đại lượng với thời điểm đo.",
    en="All fixed and moving stations where they are now, their state, and of each property the newest value and its time.",
)


def stations(seen: Look, now: datetime, *, public: bool) -> Collection:
    """Return the stations as `seen`."""
    rows = seen.stations
    columns = _descriptions(rows)
    values, left_out = _values(rows, set(columns))
    note = _left_out(left_out) if left_out else None
    return Collection(
        live_entry(STATIONS, _TITLE, _SUMMARY, public=public, note=note),
        fids=[row.id for row in rows],
        geometries=points([row.lon for row in rows], [row.lat for row in rows]),
        table=pa.table(columns | values),
        version=seen.position,
        published_at=now,
        changed_at=now,
    )


def _descriptions(rows: Sequence[SeenStation]) -> dict[str, pa.Array]:
    return {
        "source": text_column([row.view.source for row in rows]),
        "station": text_column([row.view.station for row in rows]),
        "name": text_column([row.view.name for row in rows]),
        "kind": text_column([row.view.kind for row in rows]),
        "state": text_column([row.state for row in rows]),
        "last_seen": instant_column([row.newest for row in rows]),
        "interval_s": pa.array([row.view.interval_s for row in rows], type=pa.float64()),
        "moving": pa.array([row.position is not None for row in rows], type=pa.bool_()),
        "speed": pa.array([row.position and row.position.speed for row in rows], type=pa.float64()),
        "heading": pa.array([row.position and row.position.heading for row in rows], type=pa.float64()),
        **unit_columns([row.unit for row in rows]),
    }


def _values(rows: Sequence[SeenStation], taken: set[str]) -> tuple[dict[str, pa.Array], list[str]]:
    """Return for each property a column of values and one of times, and the properties that found no room."""
    found: dict[str, tuple[list[int], list[datetime], list[float]]] = defaultdict(lambda: ([], [], []))
    for place, row in enumerate(rows):
        for name, (time, value) in row.readings:
            places, times, values = found[name]
            places.append(place)
            times.append(time)
            values.append(value)
    kept = sorted(sorted(found, key=lambda name: -len(found[name][0]))[:MOST_PROPERTIES])
    names = _column_names(kept, taken)
    columns: dict[str, pa.Array] = {}
    for name in kept:
        places, times, values = found[name]
        columns[names[name]] = scattered(pa.array(values, type=pa.float64()), places, len(rows))
        columns[names[f"{name} time"]] = scattered(instant_column(times), places, len(rows))
    return columns, sorted(set(found) - set(kept))


def _column_names(properties: Sequence[str], taken: set[str]) -> Mapping[str, str]:
    """Return the column of each property, `_value` behind it where a description has the name, and that of its time, `NAME_time`."""
    names = {name: _free(f"{name}_value" if name in taken else name, taken | set(properties) - {name}) for name in properties}
    used = taken | set(names.values())
    for name in properties:
        time = _free(f"{names[name]}_time", used)
        names[f"{name} time"] = time  # no property has a space in its name
        used.add(time)
    return names


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _left_out(names: Sequence[str]) -> Text:
    listed = ", ".join(names[:20])
    return Text(
        vi=f"Chỉ {MOST_PROPERTIES} đại lượng phổ biến nhất có cột; {len(names)} đại lượng khác không có: {listed}.",
        en=f"Only the {MOST_PROPERTIES} commonest properties have columns; {len(names)} others have none: {listed}.",
    )
