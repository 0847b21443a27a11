"""The monthly report of a unit as a page made for printing: figures by system with targets and trends, charts as SVG; no script, nothing from elsewhere.

It is one file, so that it looks the same when somebody saves it or sends it on.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from html import escape
from typing import Any

from ioc.domain.clock import LOCAL_ZONE, local_day
from ioc.domain.unit import UnitRef
from ioc.indicators.definition import Goal
from ioc.indicators.period import Period, next_period
from ioc.indicators.period_words import Language, day_text, period_text
from ioc.indicators.reading import Reader, Value
from ioc.indicators.system import Text
from ioc.indicators.target import STATUS_WORDS
from ioc.store.indicator_values import Wanted, find_values

STYLE = """
:root { font: 10.5pt/1.4 "Noto Sans", system-ui, sans-serif; color: #15181b; background: #fff; }
body { margin: 0 auto; max-width: 190mm; padding: 8mm; }
h1 { font-size: 16pt; margin: 4mm 0 1mm; } h2 { font-size: 12pt; margin: 6mm 0 1mm; border-bottom: 1px solid #888; break-after: avoid; }
.issuer { font-weight: 600; text-transform: uppercase; margin: 0; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; } tr { break-inside: avoid; }
th, td { text-align: left; padding: 1mm 2mm 1mm 0; border-bottom: 1px solid #ddd; vertical-align: middle; overflow-wrap: anywhere; }
.c-indicator { width: 36%; } .c-value { width: 15%; } .c-previous, .c-year { width: 10%; } .c-target { width: 12%; } .c-trend { width: 17%; }
.n { text-align: right; font-variant-numeric: tabular-nums; } td.n { white-space: nowrap; } td small { white-space: normal; }
.met { color: #14602a; } .missed { color: #a30010; font-weight: 600; } .at_risk { color: #8a4b00; font-weight: 600; }
.summary { border: 1px solid #888; padding: 2mm 4mm; margin: 3mm 0; break-inside: avoid; } .summary p, .summary ul { margin: 1mm 0; }
.counts { display: flex; gap: 8mm; font-size: 12pt; }
small, .about { color: #555; } small { font-size: 8pt; } svg { display: block; max-width: 100%; }
.line { fill: none; stroke: #0b4f94; stroke-width: 1.5; } .dot { fill: #0b4f94; } .goal { stroke: #a30010; stroke-dasharray: 3 2; }
@page { size: A4; margin: 14mm 12mm 16mm; @bottom-right { content: counter(page) " / " counter(pages); font: 9pt system-ui, sans-serif; color: #555; } }
@media print { body { padding: 0; max-width: none; } .screen { display: none; } }
"""
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; img-src 'self'; style-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'none'"
"""What a browser may do with the page: nothing but its own style."""
_TREND = 12
_WIDTH, _HEIGHT = 120, 28
_COLUMNS = ("indicator", "value", "previous", "year", "target", "trend")
_WORDS = {
    "title": Text("Báo cáo chỉ số, chỉ tiêu", "Report of indicators"),
    "indicator": Text("Chỉ số", "Indicator"),
    "value": Text("Giá trị", "Value"),
    "previous": Text("Kỳ trước", "Before"),
    "year": Text("Cùng kỳ năm trước", "A year before"),
    "target": Text("Chỉ tiêu", "Target"),
    "trend": Text("12 kỳ gần nhất", "Last 12 periods"),
    "complete": Text("Đầy đủ", "Complete"),
    **{f"{status}": words for status, words in STATUS_WORDS.items()},
    "made": Text("Lập lúc", "Made at"),
    "of": Text("trên", "of"),
    "events": Text("sự kiện", "events"),
    "newest": Text("mới nhất", "newest"),
    "version": Text("phiên bản", "version"),
    "none": Text("Chưa có số liệu.", "There are no figures."),
    "data": Text("Dữ liệu mở", "Open data"),
    "summary": Text("Tóm tắt", "Summary"),
    "targets": Text("chỉ tiêu", "targets"),
    "no_targets": Text("Không có chỉ tiêu nào được giao cho kỳ này.", "No target binds this period."),
    "incomplete": Text("Số liệu chưa đầy đủ", "Incomplete figures"),
    "nobody": Text("chưa ai báo cáo", "nobody has reported"),
    "all_complete": Text("Các đơn vị, trạm phải báo cáo đều đã báo cáo.", "All who were to report have reported."),
    "running": Text("Kỳ chưa kết thúc: số liệu còn thay đổi.", "The period is not over: figures still change."),
}


async def report_page(reader: Reader, unit: UnitRef, period: Period, language: Language, made_at: datetime) -> str:
    """Return the report of a unit and period as HTML."""
    values = await reader.of_unit(unit, period)
    compared = {told["indicator"]: told for told in await reader.compare(values)}
    history = await _history(reader, unit, period, [value.definition.id for value in values])
    name = unit.name_vi if language == "vi" else unit.name_en
    title = f"{_say('title', language)} {period_text(period, language)}"
    issuer = reader.job.plan.centre.issuer
    span = f"{name} · {day_text(period.begin)} – {day_text(period.end - timedelta(days=1))}"
    parts = [
        _head(language, f"{title}: {name}"),
        f"<p class=issuer>{escape(getattr(issuer, language) if issuer else name)}</p><h1>{escape(title)}</h1>",
        f"<p class=about>{escape(span)} · {_say('made', language)} {local_text(made_at)}</p>",
        *([] if period.is_over(reader.today) else [f"<p class=at_risk>{_say('running', language)}</p>"]),
        _summary(reader, values, await reader.silent(unit, period, values), language) if values else f"<p>{_say('none', language)}</p>",
    ]
    for system in reader.job.plan.systems.values():
        mine = [value for value in values if value.definition.system == system.system]
        if mine:
            title = getattr(system.title, language)
            parts.append(f"<h2>{escape(system.number)} · {escape(title)}</h2>{_table(reader, mine, compared, history, language)}")
    parts.append(f'<p class="about screen">{_say("data", language)}: <a href="catalog.jsonld">DCAT</a></p></body></html>')
    return "".join(parts)


def _summary(reader: Reader, values: Sequence[Value], silent: Mapping[str, int], language: Language) -> str:
    """Return how many targets were met, which were not, and which figures are incomplete; of `silent` ones nobody has reported, of so many."""
    counted = Counter(value.status for value in values if value.status)
    told = "".join(f'<span class="{word}">{counted[word]} {_say(word, language)}</span>' for word in ("met", "at_risk", "missed"))
    parts = [f"<div class=counts><span>{counted.total()} {_say('targets', language)}:</span>{told}</div>"]
    if not counted:
        parts = [f"<p>{_say('no_targets', language)}</p>"]
    for word in ("missed", "at_risk"):
        lines = [
            f"{getattr(value.definition.entry.title, language)}: {_valued(value, language)} ({_aim(reader, value, language)})"
            for value in values
            if value.status == word
        ]
        parts.append(_list(_say(word, language), lines, word))
    lacking = _lacking(reader, values, silent, language)
    if lacking:
        parts.append(_list(_say("incomplete", language), lacking, "about"))
    elif any(value.expected for value in values):
        parts.append(f"<p>{_say('all_complete', language)}</p>")
    return f'<section class="summary"><strong>{_say("summary", language)}</strong>{"".join(parts)}</section>'


def _lacking(reader: Reader, values: Sequence[Value], silent: Mapping[str, int], language: Language) -> list[str]:
    """Return which figures are incomplete: those of which as many have reported stand together, the ones that lack most first."""
    missing: dict[tuple[int, int], list[str]] = defaultdict(list)
    for value in values:
        if value.expected is not None and (value.reported or 0) < value.expected:
            missing[value.reported or 0, value.expected].append(getattr(value.definition.entry.title, language))
    for name, expected in silent.items():
        missing[0, expected].append(getattr(reader.definition(name).entry.title, language))
    lines = []
    for (reported, expected), titles in sorted(missing.items(), key=lambda one: one[0][0] / one[0][1]):
        share = f"{reported} {_say('of', language)} {expected}"
        who = share if reported else f"{_say('nobody', language)} ({share})"
        lines.append(f"{who}: {'; '.join(titles)}")
    return lines


def _list(title: str, lines: Sequence[str], kind: str) -> str:
    if not lines:
        return ""
    return f'<p class="{kind}">{title[:1].upper()}{title[1:]}:</p><ul>{"".join(f"<li>{escape(line)}</li>" for line in lines)}</ul>'


async def _history(reader: Reader, unit: UnitRef, period: Period, indicators: Sequence[str]) -> dict[str, list[Decimal | None]]:
    begins = [next_period(period, -back).begin for back in range(_TREND - 1, -1, -1)]
    async with reader.store().acquire() as conn:
        rows = await find_values(conn, Wanted(list(indicators), period.kind, begins, [unit.id]))
    known = {(row["indicator"], row["begin"]): row["value"] for row in rows}
    return {name: [known.get((name, begin)) for begin in begins] for name in indicators}


def _table(
    reader: Reader, values: Sequence[Value], compared: Mapping[str, Any], history: Mapping[str, list[Decimal | None]], language: Language
) -> str:
    columns = "".join(f'<col class="c-{word}">' for word in _COLUMNS)
    head = "".join(f"<th{'' if word in ('indicator', 'trend') else ' class=n'}>{_say(word, language)}</th>" for word in _COLUMNS)
    rows = [f"<table><colgroup>{columns}</colgroup><thead><tr>{head}</tr></thead><tbody>"]
    for value in values:
        told, definition = compared[value.definition.id], value.definition
        goal = _goal(reader, value)
        status = f'<br><span class="{value.status}">{_say(value.status, language)}</span>' if value.status else ""
        before = "".join(
            f"<td class=n>{_number(told[word]['value'], definition.decimals, language)}</td>" for word in ("previous", "year_before")
        )
        rows.append(
            f"<tr><td>{escape(getattr(definition.entry.title, language))}{_origin(value, language)}</td>"
            f"<td class=n><strong>{escape(_valued(value, language))}</strong></td>{before}"
            f"<td class=n>{escape(_aim(reader, value, language))}{status}</td>"
            f"<td>{chart(history[definition.id], goal.limit if goal else None)}</td></tr>"
        )
    return "".join([*rows, "</tbody></table>"])


def _origin(value: Value, language: Language) -> str:
    """Return how many have reported, of how many events a figure is, when the newest happened, and which version of the definition computed it."""
    told = [] if value.expected is None else [f"{_say('complete', language)}: {value.reported} {_say('of', language)} {value.expected}"]
    told += [f"{shown(Decimal(value.events), 0, language)} {_say('events', language)}"]
    if value.newest is not None:
        told.append(f"{_say('newest', language)} {day_text(local_day(value.newest))}")
    if value.version is not None:
        told.append(f"{_say('version', language)} {value.version}")
    return f"<br><small>{' · '.join(told)}</small>"


def _goal(reader: Reader, value: Value) -> Goal | None:
    return reader.goal(value.definition, value.unit, value.period) if value.unit is not None else None


def _valued(value: Value, language: Language) -> str:
    """Return a figure with its unit of measure: a percent sign right behind it, words after a space."""
    text, measure = shown(value.value, value.definition.decimals, language), value.definition.entry.unit
    if measure is None or value.value is None:
        return text
    sign = getattr(measure, language)
    return f"{text}{sign}" if sign == "%" else f"{text} {sign}"


def _aim(reader: Reader, value: Value, language: Language) -> str:
    """Return what was to be reached, without decimals where it is whole."""
    goal = _goal(reader, value)
    if goal is None:
        return "–"
    measure, whole = value.definition.entry.unit, goal.limit == goal.limit.to_integral_value()
    percent = "%" if measure is not None and measure.en == "%" else ""
    limit = shown(goal.limit, 0 if whole else max(1, value.definition.decimals), language)
    return f"{'≥' if goal.direction == 'at_least' else '≤'} {limit}{percent}"


def local_text(at: datetime) -> str:
    """Return an instant on the clock of the centre: 28/11/2026 22:41 (GMT+7)."""
    local = at.astimezone(LOCAL_ZONE)
    offset = local.utcoffset()
    assert offset is not None
    minutes = int(offset.total_seconds()) // 60
    zone = f"{minutes // 60:+d}" + (f":{minutes % 60:02d}" if minutes % 60 else "")
    return f"{local:%d/%m/%Y %H:%M} (GMT{zone})"


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
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-hidden="true">{aim}{drawn}<circle class="dot" cx="{x}" cy="{y}" r="2"/></svg>'


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
        f'<link rel="icon" href="../../favicon.svg"><style>{STYLE}</style></head><body>'
    )
