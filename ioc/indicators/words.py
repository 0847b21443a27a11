"""A definition in words, in both languages: what is counted, of what, and how it is rounded. The file's own description comes before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from ioc.indicators import system as told
from ioc.indicators.definition import LEVEL
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
_STATISTICS = {"mean": Text("trung bình", "mean"), "median": Text("trung vị", "median"), "sum": Text("tổng", "sum")}
_TIMES = {"minutes": Text("phút", "minutes"), "hours": Text("giờ", "hours"), "days": Text("ngày", "days")}
_ROLLED = {
    "own": Text("của chính đơn vị", "each unit's own"),
    "sum": Text("cộng các đơn vị bên dưới", "added up over the units below"),
    "mean": Text("trung bình các đơn vị bên dưới", "averaged over the units below"),
}
_KNOWN = {
    LEVEL: Text("Cấp", "Level"),
    "unit": Text("Đơn vị", "Unit"),
    "due": Text("Hạn", "Due"),
}


@dataclass(frozen=True, slots=True)
class Glossary:
    """What people call what definitions name by ids; what has no title is called by its id."""

    events: Mapping[str, Text]
    cases: Mapping[str, told.Case]
    members: Mapping[str, Text]
    codes: Mapping[str, Text]
    indicators: Mapping[str, Text]

    def member(self, name: str) -> Text:
        """Return the title of a member of the data, of a property of readings or of a dimension."""
        return self.members.get(name) or _KNOWN.get(name) or Text(name, name)

    def case(self, name: str) -> Text:
        """Return the title of a kind of cases."""
        return self.cases[name].title if name in self.cases else Text(name, name)

    def step(self, case: str, step: str) -> Text:
        """Return the title of a step of a case."""
        steps = self.cases[case].steps if case in self.cases else []
        return next((one.title for one in steps if one.id == step), _KNOWN.get(step, Text(step, step)))


def glossary(systems: Sequence[told.SystemFile], own: told.SystemFile) -> Glossary:
    """Return the titles that hold in the definitions of a system: its own go before those of others."""
    ordered = [*(one for one in systems if one is not own), own]
    return Glossary(
        events={event.type: event.title for one in ordered for event in one.events},
        cases={case.id: case for one in ordered for case in one.cases},
        members={name: title for one in ordered for name, title in one.members.items()},
        codes={code: title for one in ordered for some in (*(case.words for case in one.cases), one.words) for code, title in some.items()},
        indicators={entry.id: entry.title for one in ordered for entry in one.indicators},
    )


def in_words(entry: told.IndicatorEntry, titles: Glossary) -> Text:
    """Return how the indicator is computed, as a sentence in each language."""
    return Text(_Writer(titles, "vi").sentence(entry), _Writer(titles, "en").sentence(entry))


class _Writer:
    """Writes in one language."""

    def __init__(self, titles: Glossary, language: str) -> None:
        self._titles, self._language, self._vi = titles, language, language == "vi"

    def sentence(self, entry: told.IndicatorEntry) -> str:
        if entry.count is not None or entry.state is not None:
            return self._term(entry.count or entry.state)
        if entry.rate is not None:
            factor = "" if entry.rate.per == 1 else f" × {entry.rate.per:g}"
            return f"({self._term(entry.rate.part)}) ÷ ({self._term(entry.rate.of)}){factor}"
        if entry.mean is not None:
            return f"{self._or('trung bình của', 'mean of')} {self._measured(entry.mean)}"
        if entry.percentile is not None:
            one = entry.percentile
            return (
                f"{self._or('phân vị', 'percentile')} {one.p:g} {self._or('của', 'of')} {self._measured(one.of)} (± {one.resolution / 2:g})"
            )
        if entry.distinct is not None:
            what = self._member(entry.distinct.member) if entry.distinct.member else self._or("đối tượng", "subject")
            return f"{self._or('số', 'number of different values of')} {what}{self._or(' khác nhau', '')}: {self._term(entry.distinct.of)}"
        return self._of_cases(entry)

    def _of_cases(self, entry: told.IndicatorEntry) -> str:
        if entry.duration is not None:
            return self._duration(entry.duration)
        if entry.latest is not None:
            one = entry.latest
            case, rolled = self._quoted(self._titles.case(one.case)), self._say(_ROLLED[one.roll])
            return f"{self._or('giá trị mới nhất của', 'newest value of')} {self._member(one.value)}, {case} ({rolled})"
        if entry.reports is not None:
            share = self._or("tỷ lệ báo cáo đến hạn đã nộp đúng hạn", "share of reports due that came in time")
            return f"{share}: {self._quoted(self._titles.case(entry.reports.case))}"
        assert entry.index is not None
        joined = ", " if entry.index.combine == "max" else " + "
        parts = joined.join(self._weighted(part) for part in entry.index.parts)
        return f"{self._say(_COMBINED[entry.index.combine])}: {parts}"

    def _weighted(self, part: told.Part) -> str:
        title = self._indicator(part.indicator)
        if part.points:
            title = f"{self._or('chỉ số phụ của', 'sub-index of')} {title}"
        return title if part.weight == 1 else f"{part.weight:g} × {title}"

    def _duration(self, one: told.Elapsed) -> str:
        statistic = self._say(_STATISTICS[one.statistic]) if one.statistic in _STATISTICS else None
        first = statistic or f"{self._or('phân vị', 'percentile')} {one.statistic[1:]}"
        kind = self._or("thời gian làm việc", "working time") if one.working else self._or("thời gian", "time")
        begin, end = (self._quoted(self._titles.step(one.case, step)) for step in (one.begin, one.end))
        case, unit = self._quoted(self._titles.case(one.case)), self._say(_TIMES[one.unit])
        if self._vi:
            return f"{first} {kind} từ {begin} đến {end} của {case}, tính bằng {unit}"
        return f"{first} of the {kind} from {begin} to {end} of {case}, in {unit}"

    def _measured(self, term: told.Term) -> str:
        """Return what is averaged: a member of events, or readings."""
        if term.observation is not None:
            return self._term(term)
        return f"{self._member(term.sum or '')}: {self._term(msgspec.structs.replace(term, sum=None))}"

    def _term(self, term: told.Term | None) -> str:
        assert term is not None
        if term.indicator is not None:
            return self._indicator(term.indicator)
        if term.constant is not None:
            return f"{term.constant:g}"
        said = [f"{self._or('tổng', 'sum of')} {self._member(term.sum)}"] if term.sum else []
        if term.event is not None:
            said.append(
                f"{self._or('sự kiện', 'events')} {self._quoted(self._titles.events.get(term.event, Text(term.event, term.event)))}"
            )
        elif term.case is not None:
            said.append(self._quoted(self._titles.case(term.case)))
            if term.at:
                said.append(f"{self._or('theo ngày của bước', 'by the day of')} {self._step(term, term.at)}")
        else:
            said.append(f"{self._or('số đo', 'readings of')} {self._member(term.observation or '')}")
        said += [self._condition(name, wanted) for name, wanted in term.where.items()]
        said += [self._say(_BEING[word]) for word in term.being]
        said += [f"{self._or('có', 'with')} {self._step(term, step)}" for step in term.has]
        said += [f"{self._or('không có', 'without')} {self._step(term, step)}" for step in term.lacks]
        return ", ".join([*said, *([self._say(_STANDING[term.standing])] if term.standing else [])])

    def _condition(self, name: str, wanted: Any) -> str:
        member = self._member(name)
        if not isinstance(wanted, told.Bound):
            return f"{member}: {self._codes(wanted if isinstance(wanted, list) else [wanted])}"
        said = [f"{member} {sign} {value:g}" for word, sign in _OPERATORS.items() if (value := getattr(wanted, word)) is not None]
        if wanted.is_not:
            said.append(f"{member}: {self._or('không phải', 'not')} {self._codes(wanted.is_not)}")
        if wanted.exists is not None:
            there = self._or("có ghi", "told") if wanted.exists else self._or("không ghi", "not told")
            said.append(f"{member}: {there}")
        return ", ".join(said)

    def _codes(self, codes: Sequence[told.Scalar]) -> str:
        return self._or(" hoặc ", " or ").join(self._code(code) for code in codes)

    def _code(self, code: told.Scalar) -> str:
        if isinstance(code, bool):
            return self._or("có", "yes") if code else self._or("không", "no")
        title = self._titles.codes.get(str(code))
        return str(code) if title is None else self._say(title)

    def _step(self, term: told.Term, step: str) -> str:
        return self._quoted(self._titles.step(term.case or "", step))

    def _indicator(self, name: str) -> str:
        return self._quoted(self._titles.indicators.get(name, Text(name, name)))

    def _member(self, name: str) -> str:
        return self._say(self._titles.member(name))

    def _quoted(self, text: Text) -> str:
        return f"“{self._say(text)}”"

    def _say(self, text: Text) -> str:
        said: str = getattr(text, self._language)
        return said

    def _or(self, vi: str, en: str) -> str:
        return vi if self._vi else en
