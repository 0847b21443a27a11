"""A definition in words, in both languages: what is counted, of what, and how it is rounded. The file's own description comes before it."""

from __future__ import annotations

from typing import Any

from ioc.indicators import system as told
from ioc.indicators.system import Text

_BEING = {
    "on_time": Text("đúng hạn", "on time"),
    "late": Text("quá hạn", "late"),
    "in_order": Text("đủ và đúng thứ tự các bước", "with all steps in order"),
    "out_of_order": Text("thiếu hoặc sai thứ tự các bước", "with steps missing or out of order"),
}
_STANDING = {
    "open": Text("đang mở vào cuối kỳ", "open at the end of the period"),
    "overdue": Text("quá hạn vào cuối kỳ", "overdue at the end of the period"),
    "current": Text("hiện hành vào cuối kỳ", "in force at the end of the period"),
}
_OPERATORS = {"at_least": "≥", "at_most": "≤", "over": ">", "under": "<"}
_COMBINED = {
    "mean": Text("trung bình có trọng số", "weighted mean"),
    "sum": Text("tổng có trọng số", "weighted sum"),
    "max": Text("giá trị lớn nhất", "largest"),
}


def in_words(entry: told.IndicatorEntry) -> Text:
    """Return how the indicator is computed, as a sentence in each language."""
    return Text(*(_sentence(entry, language) for language in ("vi", "en")))


def _sentence(entry: told.IndicatorEntry, language: str) -> str:
    vi = language == "vi"
    if entry.count is not None or entry.state is not None:
        return _term(entry.count or entry.state, vi)
    if entry.rate is not None:
        factor = "" if entry.rate.per == 1 else f" × {entry.rate.per:g}"
        return f"({_term(entry.rate.part, vi)}) ÷ ({_term(entry.rate.of, vi)}){factor}"
    if entry.mean is not None:
        return f"{'trung bình của' if vi else 'mean of'} {entry.mean.sum or entry.mean.observation}: {_term(entry.mean, vi)}"
    if entry.percentile is not None:
        one = entry.percentile
        return f"{'phân vị' if vi else 'percentile'} {one.p:g} {'của' if vi else 'of'} {one.of.sum or one.of.observation} (± {one.resolution / 2:g})"
    if entry.distinct is not None:
        return f"{'số' if vi else 'number of different'} {entry.distinct.member or ('đối tượng khác nhau' if vi else 'subjects')}: {_term(entry.distinct.of, vi)}"
    return _other(entry, vi)


def _other(entry: told.IndicatorEntry, vi: bool) -> str:
    if entry.duration is not None:
        one = entry.duration
        kind = ("giờ làm việc" if vi else "working time") if one.working else ("thời gian" if vi else "time")
        return f"{one.statistic} {'của' if vi else 'of the'} {kind} {'từ' if vi else 'from'} {one.begin} {'đến' if vi else 'to'} {one.end} ({one.case}), {one.unit}"
    if entry.latest is not None:
        return f"{'giá trị mới nhất của' if vi else 'newest value of'} {entry.latest.value} ({entry.latest.case}; {entry.latest.roll})"
    if entry.reports is not None:
        return f"{'tỷ lệ báo cáo đến hạn đã nộp đúng hạn' if vi else 'share of reports due that came in time'} ({entry.reports.case})"
    assert entry.index is not None
    parts = " + ".join(f"{part.weight:g} × {part.indicator}" for part in entry.index.parts)
    return f"{getattr(_COMBINED[entry.index.combine], 'vi' if vi else 'en')}: {parts}"


def _term(term: told.Term | None, vi: bool) -> str:
    assert term is not None
    if term.indicator is not None:
        return f"{'chỉ tiêu' if vi else 'indicator'} {term.indicator}"
    if term.constant is not None:
        return f"{term.constant:g}"
    language = "vi" if vi else "en"
    said = [f"{'tổng' if vi else 'sum of'} {term.sum}"] if term.sum else []
    if term.event is not None:
        said.append(f"{'sự kiện' if vi else 'events'} {term.event}")
    elif term.case is not None:
        said.append(f"{'vụ việc' if vi else 'cases'} {term.case}" + (f" @ {term.at}" if term.at else ""))
    else:
        said.append(f"{'số đo' if vi else 'readings of'} {term.observation}")
    said += [f"{name} {_wanted(wanted)}" for name, wanted in term.where.items()]
    said += [getattr(_BEING[word], language) for word in term.being]
    said += [f"{'có' if vi else 'with'} {step}" for step in term.has] + [f"{'không có' if vi else 'without'} {step}" for step in term.lacks]
    return ", ".join([*said, *([getattr(_STANDING[term.standing], language)] if term.standing else [])])


def _wanted(wanted: Any) -> str:
    if not isinstance(wanted, told.Bound):
        return f"= {' | '.join(map(str, wanted)) if isinstance(wanted, list) else wanted}"
    said = [f"{sign} {value:g}" for name, sign in _OPERATORS.items() if (value := getattr(wanted, name)) is not None]
    said += [f"≠ {' | '.join(map(str, wanted.is_not))}"] if wanted.is_not else []
    return " ".join(said + (["∃" if wanted.exists else "∄"] if wanted.exists is not None else []))
