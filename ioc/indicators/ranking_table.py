"""A ranking as a table for a spreadsheet: every column that the page shows, with titles in one language."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from ioc.domain.unit import UnitRef
from ioc.indicators.definition import Definition
from ioc.indicators.exports import BOM, WIDEST, safe
from ioc.indicators.period import Period
from ioc.indicators.period_words import Language, period_text
from ioc.indicators.system import Text
from ioc.indicators.target import STATUS_WORDS, Status

_YES = Text("có", "yes")


@dataclass(frozen=True, slots=True)
class RankedUnits:
    """A ranking: `rows` as the API tells them, of the units in `unit` (None: of all the highest)."""

    definition: Definition
    unit: UnitRef | None
    level: Text
    period: Period
    rows: list[dict[str, Any]]


_Cell = Callable[[dict[str, Any], Language], Any]
_COLUMNS: Mapping[str, tuple[Text, _Cell]] = {
    "rank": (Text("Hạng", "Rank"), lambda row, _: row["rank"]),
    "tied": (Text("Đồng hạng", "Tied"), lambda row, language: getattr(_YES, language) if row["tied"] else None),
    "few": (Text("Ít trường hợp", "Few cases"), lambda row, language: getattr(_YES, language) if row["few"] else None),
    "code": (Text("Mã đơn vị", "Code"), lambda row, _: row["unit"]["code"]),
    "unit": (Text("Đơn vị", "Unit"), lambda row, language: row["unit"][f"name_{language}"]),
    "value": (Text("Giá trị", "Value"), lambda row, _: row["value"]),
    "part": (Text("Phần", "Part"), lambda row, _: row["part"]),
    "of": (Text("Trên", "Of"), lambda row, _: row["of"]),
    "target": (Text("Chỉ tiêu", "Target"), lambda row, _: row["target"] and next(iter(row["target"].values()))),
    "status": (Text("Kết quả", "Status"), lambda row, language: row["status"] and getattr(STATUS_WORDS[Status(row["status"])], language)),
    "previous": (Text("Kỳ trước", "Period before"), lambda row, _: row["previous"]["value"]),
    "year_before": (Text("Cùng kỳ năm trước", "A year before"), lambda row, _: row["year_before"]["value"]),
    "reported": (Text("Số đã báo cáo", "Reported"), lambda row, _: row["complete"] and row["complete"]["reported"]),
    "expected": (Text("Số phải báo cáo", "Expected to report"), lambda row, _: row["complete"] and row["complete"]["expected"]),
}


def as_csv(ranked: RankedUnits, language: Language) -> bytes:
    """Return the ranking as CSV in UTF-8 with a byte order mark."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(_rows(ranked, language))
    return (BOM + out.getvalue()).encode()


def as_xlsx(ranked: RankedUnits, language: Language) -> bytes:
    """Return a workbook: a sheet of the ranking, named by period and unit, and one that says what it is."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = _sheet_name(ranked, language)
    rows = _rows(ranked, language)
    for row in rows:
        sheet.append([safe(cell) for cell in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for place in range(1, len(_COLUMNS) + 1):
        sheet.column_dimensions[get_column_letter(place)].width = min(max(len(str(row[place - 1] or "")) for row in rows) + 2, WIDEST)
    sheet.freeze_panes = "A2"
    about = book.create_sheet("Giải thích" if language == "vi" else "About")
    for told in _about(ranked, language):
        about.append([safe(cell) for cell in told])
    about.column_dimensions["A"].width = 24
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _rows(ranked: RankedUnits, language: Language) -> list[list[Any]]:
    measure = ranked.definition.entry.unit
    titles = [getattr(title, language) for title, _ in _COLUMNS.values()]
    if measure is not None:
        place = list(_COLUMNS).index("value")
        titles[place] += f" ({getattr(measure, language)})"
    return [titles, *([cell(row, language) for _, cell in _COLUMNS.values()] for row in ranked.rows)]


def _about(ranked: RankedUnits, language: Language) -> list[tuple[str, Any]]:
    vi, definition = language == "vi", ranked.definition
    name = None if ranked.unit is None else getattr(ranked.unit, f"name_{language}")
    return [
        ("Chỉ số" if vi else "Indicator", getattr(definition.entry.title, language)),
        ("Mã chỉ số" if vi else "Id", definition.id),
        ("Kỳ" if vi else "Period", period_text(ranked.period, language)),
        ("Trong đơn vị" if vi else "In", name),
        ("Cấp" if vi else "Level", getattr(ranked.level, language)),
        ("Cách tính" if vi else "How it is computed", getattr(definition.words, language)),
        ("Không xếp hạng dưới (trường hợp)" if vi else "No rank below (cases)", definition.minimum),
    ]


def _sheet_name(ranked: RankedUnits, language: Language) -> str:
    # Office Open XML: 31 characters, none of []:*?/\.
    name = "" if ranked.unit is None else getattr(ranked.unit, f"name_{language}")
    told = f"{ranked.period.label()} {name}".strip()
    return "".join("-" if sign in "[]:*?/\\" else sign for sign in told)[:31]
