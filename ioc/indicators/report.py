"""The monthly report of a unit as a page made for printing: figures by system with targets and trends, charts as SVG; no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from html import escape
from typing import Any, Literal

from ioc.domain.unit import UnitRef
from ioc.indicators.period import Period, next_period
from ioc.indicators.reading import Reader, Value
from ioc.indicators.system import Text
from ioc.store.indicator_values import Wanted, find_values

Language = Literal["vi", "en"]
STYLE = """
:root { font: 10.5pt/1.4 "Noto Sans", system-ui, sans-serif; color: #15181b; background: #fff; }
body { margin: 0 auto; max-width: 190mm; padding: 8mm; }
h1 { font-size: 16pt; margin: 0 0 2mm; } h2 { font-size: 12pt; margin: 6mm 0 1mm; border-bottom: 1px solid #888; break-after: avoid; }
table { border-collapse: collapse; width: 100%; } tr { break-inside: avoid; }
th, td { text-align: left; padding: 1mm 2mm 1mm 0; border-bottom: 1px solid #ddd; vertical-align: middle; }
.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.met { color: #14602a; } .missed { color: #a30010; font-weight: 600; } .at_risk { color: #8a4b00; font-weight: 600; }
small, .about { color: #555; } svg { display: block; } .line { fill: none; stroke: #0b4f94; stroke-width: 1.5; } .dot { fill: #0b4f94; }
.goal { stroke: #a30010; stroke-dasharray: 3 2; } @page { size: A4; margin: 12mm; } @media print { body { padding: 0; max-width: none; } }
"""
_TREND = 12
_WIDTH, _HEIGHT = 120, 28
_WORDS = {
    "title": Text("Báo cáo chỉ tiêu", "Report of indicators"),
    "indicator": Text("Chỉ tiêu", "Indicator"),
    "value": Text("Giá trị", "Value"),
    "previous": Text("Kỳ trước", "Before"),
    "year_before": Text("Cùng kỳ năm trước", "A year before"),
    "target": Text("Mục tiêu", "Target"),
    "trend": Text("12 kỳ gần nhất", "Last 12 periods"),
    "complete": Text("Đầy đủ", "Complete"),
    "met": Text("đạt", "met"),
    "at_risk": Text("có nguy cơ", "at risk"),
    "missed": Text("chưa đạt", "missed"),
    "made": Text("Lập lúc", "Made at"),
    "of": Text("trên", "of"),
    "none": Text("Chưa có số liệu.", "There are no figures."),
    "data": Text("Dữ liệu mở", "Open data"),
}


async def report_page(reader: Reader, unit: UnitRef, period: Period, language: Language, made_at: str) -> str:
    """Return the report of a unit and period as HTML."""
    values = await reader.of_unit(unit, period)
    compared = {told["indicator"]: told for told in await reader.compare(values)}
    history = await _history(reader, unit, period, [value.definition.id for value in values])
    name = unit.name_vi if language == "vi" else unit.name_en
    span = f"{period.label()} ({period.begin} – {period.end - timedelta(days=1)})"
    parts = [_head(language, f"{_say('title', language)}: {name}"), f"<h1>{_say('title', language)} · {escape(name)}</h1>"]
    parts.append(f"<p class=about>{escape(span)} · {_say('made', language)} {escape(made_at)}</p>")
    for system in reader.job.plan.systems.values():
        mine = [value for value in values if value.definition.system == system.system]
        if mine:
            title = getattr(system.title, language)
            parts.append(f"<h2>{escape(system.number)} · {escape(title)}</h2>{_table(reader, mine, compared, history, language)}")
    if not values:
        parts.append(f"<p>{_say('none', language)}</p>")
    parts.append(f'<p class=about>{_say("data", language)}: <a href="catalog.jsonld">DCAT</a></p></body></html>')
    return "".join(parts)


async def _history(reader: Reader, unit: UnitRef, period: Period, indicators: Sequence[str]) -> dict[str, list[Decimal | None]]:
    begins = [next_period(period, -back).begin for back in range(_TREND - 1, -1, -1)]
    async with reader.store().acquire() as conn:
        rows = await find_values(conn, Wanted(list(indicators), period.kind, begins, [unit.id]))
    known = {(row["indicator"], row["begin"]): row["value"] for row in rows}
    return {name: [known.get((name, begin)) for begin in begins] for name in indicators}


def _table(
    reader: Reader, values: Sequence[Value], compared: Mapping[str, Any], history: Mapping[str, list[Decimal | None]], language: Language
) -> str:
    head = "".join(
        f"<th{' class=n' if word != 'indicator' else ''}>{_say(word, language)}</th>"
        for word in ("indicator", "value", "previous", "year_before", "target")
    )
    rows = [f"<table><thead><tr>{head}<th>{_say('trend', language)}</th></tr></thead><tbody>"]
    for value in values:
        told, definition = compared[value.definition.id], value.definition
        goal = reader.goal(definition, value.unit, value.period) if value.unit is not None else None
        unit = getattr(definition.entry.unit, language) if definition.entry.unit else ""
        complete = (
            ""
            if value.expected is None
            else f"<br><small>{_say('complete', language)}: {value.reported} {_say('of', language)} {value.expected}</small>"
        )
        status = f'<br><span class="{value.status}">{_say(value.status, language)}</span>' if value.status else ""
        aim = "–" if goal is None else f"{'≥' if goal.direction == 'at_least' else '≤'} {shown(goal.limit, None, language)}{status}"
        before = "".join(
            f"<td class=n>{_number(told[word]['value'], definition.decimals, language)}</td>" for word in ("previous", "year_before")
        )
        rows.append(
            f"<tr><td>{escape(getattr(definition.entry.title, language))}{complete}</td>"
            f"<td class=n><strong>{shown(value.value, definition.decimals, language)}</strong> <small>{escape(unit)}</small></td>{before}"
            f"<td class=n>{aim}</td><td>{chart(history[definition.id], goal.limit if goal else None)}</td></tr>"
        )
    return "".join([*rows, "</tbody></table>"])


def chart(values: Sequence[Decimal | None], goal: Decimal | None) -> str:
    """Return a line of figures, the oldest first, as SVG; gaps where there is none, the target as a dashed line."""
    known = [float(value) for value in values if value is not None]
    if not known:
        return ""
    reach = [*known, *([float(goal)] if goal is not None else [])]
    low, high = min(reach), max(reach)
    span = (high - low) or 1.0
    step = _WIDTH / max(len(values) - 1, 1)

    def at(place: int, value: float) -> str:
        return f"{2 + place * step * 0.96:.1f},{_HEIGHT - 3 - (value - low) / span * (_HEIGHT - 6):.1f}"

    lines: list[list[str]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            lines.append([])
        else:
            lines[-1].append(at(place, float(value)))
    drawn = "".join(f'<polyline class="line" points="{" ".join(line)}"/>' for line in lines if len(line) > 1)
    last = max(place for place, value in enumerate(values) if value is not None)
    x, y = at(last, known[-1]).split(",")
    aim = ""
    if goal is not None:
        height = at(0, float(goal)).split(",")[1]
        aim = f'<line class="goal" x1="0" x2="{_WIDTH}" y1="{height}" y2="{height}"/>'
    return f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-hidden="true">{aim}{drawn}<circle class="dot" cx="{x}" cy="{y}" r="2"/></svg>'


def shown(value: Decimal | None, decimals: int | None, language: Language) -> str:
    """Return a figure as people of the language write it: 1.234,5 in Vietnamese, 1,234.5 in English."""
    if value is None:
        return "–"
    text = f"{value:,f}" if decimals is None else f"{value:,.{decimals}f}"
    return text.translate(str.maketrans(",.", ".,")) if language == "vi" else text


def _number(value: float | None, decimals: int, language: Language) -> str:
    return shown(None if value is None else Decimal(repr(value)), decimals, language)


def _say(word: str, language: Language) -> str:
    told: str = getattr(_WORDS[word], language)
    return told


def _head(language: Language, title: str) -> str:
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<link rel="stylesheet" href="report.css"></head><body>'
    )
