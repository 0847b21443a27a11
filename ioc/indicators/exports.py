"""Figures as tables: CSV (RFC 4180), a workbook (Office Open XML) and JSON-stat 2.0 for statisticians."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from ioc.domain.clock import rfc3339
from ioc.indicators.definition import Definition, Goal
from ioc.indicators.reading import Value
from ioc.indicators.rounding import number
from ioc.indicators.system import Text

BOM = "\ufeff"  # without it Excel takes Vietnamese names for Windows-1252
_HEAD = (
    "indicator",
    "unit",
    "unit_valid_from",
    "level",
    "name_vi",
    "name_en",
    "period",
    "from",
    "to",
    "dimension",
    "member",
    "value",
    "part",
    "of",
    "events",
    "reported",
    "expected",
    "newest",
    "status",
    "version",
    "target",
    "published",
    "computed_at",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
WIDEST = 40
Goals = Callable[[Value], Goal | None]
"""What a figure is to reach."""


def file_name(*parts: str | None, form: str) -> str:
    """Return the name of a file that says what is in it; a slash in a period becomes an underscore."""
    return "_".join(part.replace("/", "_").replace(" ", "-") for part in parts if part) + f".{form}"


def as_csv(values: Sequence[Value], goal_of: Goals) -> bytes:
    """Return the figures as CSV in UTF-8 with a byte order mark."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_HEAD)
    writer.writerows(_row(value, goal_of(value)) for value in values)
    return (BOM + out.getvalue()).encode()


def as_xlsx(values: Sequence[Value], definition: Definition, goal_of: Goals) -> bytes:
    """Return a workbook: a sheet of figures, and one that says what they are."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = definition.id[:31]
    rows = [_HEAD, *(_row(value, goal_of(value)) for value in values)]
    for row in rows:
        sheet.append([safe(cell) for cell in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for place in range(1, len(_HEAD) + 1):
        widest = max(len(str(row[place - 1] or "")) for row in rows[:200])
        sheet.column_dimensions[get_column_letter(place)].width = min(widest + 2, WIDEST)
    sheet.freeze_panes = "A2"
    about = book.create_sheet("definition")
    entry = definition.entry
    for told in (
        ("id", definition.id),
        ("vi", entry.title.vi),
        ("en", entry.title.en),
        ("công thức", definition.words.vi),
        ("formula", definition.words.en),
        *([] if entry.unit is None else [("đơn vị tính", entry.unit.vi), ("unit of measure", entry.unit.en)]),
        ("decimals", definition.decimals),
        ("rounding", definition.rounding),
    ):
        about.append([safe(cell) for cell in told])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_jsonstat(values: Sequence[Value], definition: Definition, titles: Mapping[str, Text], *, updated: str) -> dict[str, Any]:
    """Return a JSON-stat 2.0 dataset of the dimensions unit, time and, where asked for, the indicator's own; `titles` are those of its members."""
    units = {value.unit.id: value.unit for value in values if value.unit is not None}
    # A code may have been that of two units: then the beginning tells them apart.
    codes = [unit.code for unit in units.values()]
    named = {number_: unit.code if codes.count(unit.code) == 1 else f"{unit.code}@{unit.valid_from}" for number_, unit in units.items()}
    times = list(dict.fromkeys(value.period.label() for value in values))
    members = list(dict.fromkeys(value.member for value in values))
    by = values[0].dimension if values else ""
    ids = ["unit", "time", *([by] if by else [])]
    size = [len(units), len(times), *([len(members)] if by else [])]
    cells: list[int | float | None] = [None] * (size[0] * size[1] * (size[2] if by else 1))
    places = {number_: place for place, number_ in enumerate(named)}
    for value in values:
        if value.unit is None:
            continue
        place = places[value.unit.id] * size[1] + times.index(value.period.label())
        cells[place * size[2] + members.index(value.member) if by else place] = number(value.value)
    entry = definition.entry
    dimension: dict[str, Any] = {
        "unit": {
            "label": "unit",
            "category": {"index": list(named.values()), "label": {named[n]: unit.name_vi for n, unit in units.items()}},
        },
        "time": {"label": "period", "category": {"index": times}},
    }
    if by:
        labels = {member: titles[member].en if member in titles else member for member in members}
        dimension[by] = {"label": definition.dimension_titles[by].en, "category": {"index": members, "label": labels}}
    return {
        "version": "2.0",
        "class": "dataset",
        "label": entry.title.en,
        "note": [entry.title.vi, definition.words.en, definition.words.vi],
        "source": "ioc",
        "updated": updated,
        "id": ids,
        "size": size,
        "role": {"time": ["time"], "geo": ["unit"]},
        "dimension": dimension,
        "value": cells,
        "extension": {
            "indicator": definition.id,
            "unit_of_measure": entry.unit.en if entry.unit else None,
            "decimals": definition.decimals,
            "rounding": definition.rounding,
        },
    }


def _row(value: Value, goal: Goal | None) -> tuple[Any, ...]:
    unit, period = value.unit, value.period
    last = period.end.fromordinal(period.end.toordinal() - 1)
    named = (unit.code, f"{unit.valid_from}", unit.level, unit.name_vi, unit.name_en) if unit else ("", "", "", "", "")
    figures = (number(value.value), number(value.part), number(value.of), value.events, value.reported, value.expected)
    newest = rfc3339(value.newest) if value.newest else None
    dimension = (value.dimension or None, value.member or None)
    return (
        value.definition.id,
        *named,
        period.label(),
        f"{period.begin}",
        f"{last}",
        *dimension,
        *figures,
        newest,
        value.status,
        value.version,
        None if goal is None else number(goal.limit),
        value.published and f"{value.published}",
        value.computed_at and rfc3339(value.computed_at),
    )


def safe(cell: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
