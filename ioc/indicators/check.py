"""Whether the systems' files hold together: every name that one uses exists, no circle, nothing divided by what is always zero."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import jsonschema_rs
import msgspec

from ioc.domain.measure import DUE, UNIT
from ioc.domain.yaml_source import YamlSource
from ioc.errors import BadInput, ConfigurationError
from ioc.indicators import system as told
from ioc.indicators.definition import LEVEL
from ioc.indicators.period import check_kind, is_rolling

_KINDS = ("count", "rate", "mean", "percentile", "distinct", "duration", "state", "latest", "reports", "index")
_SOURCES = ("event", "case", "observation", "indicator", "constant")
_IDENTITY = ("id", "time", "subject", "unit", "lon", "lat", "data")

File = YamlSource[told.SystemFile]


@dataclass(frozen=True, slots=True)
class _Place:
    """An indicator in its file."""

    file: File
    path: str
    entry: told.IndicatorEntry

    def refuse(self, why: str, path: str = "") -> None:
        self.file.refuse(self.path + path, f"indicator {self.entry.id}: {why}")


def check_systems(files: Sequence[File], centre: told.CentreFile) -> tuple[dict[str, str], list[str]]:
    """Return where each indicator stands, and the order in which they are computed: each after those that it is made of.

    Raises:
        ConfigurationError: names file, line, value and what is allowed.
    """
    return _Check(files, centre).run()


class _Check:
    def __init__(self, files: Sequence[File], centre: told.CentreFile) -> None:
        self._files, self._levels = files, [level.id for level in centre.levels]
        self._types: dict[str, list[told.EventType]] = {}
        self._cases: dict[str, told.Case] = {}
        self._places: dict[str, _Place] = {}

    def run(self) -> tuple[dict[str, str], list[str]]:
        self._gather()
        for file in self._files:
            for number, case in enumerate(file.told.cases):
                self._case(file, f".cases[{number}]", case)
        for place in self._places.values():
            self._indicator(place)
        order = self._order()
        self._refuse_zero(order)
        return {name: place.file.where(place.path) for name, place in self._places.items()}, order

    def _gather(self) -> None:
        systems: dict[str, str] = {}
        for file in self._files:
            one = file.told
            if one.system in systems:
                file.refuse(".system", f"system {one.system} is in {systems[one.system]} already")
            systems[one.system] = file.file
            for number, event in enumerate(one.events):
                self._event(file, f".events[{number}]", event)
                self._types.setdefault(event.type, []).append(event)
            for number, case in enumerate(one.cases):
                if case.id in self._cases:
                    file.refuse(f".cases[{number}].id", f"case {case.id} is there already")
                self._cases[case.id] = case
            self._titles(file)
            for number, entry in enumerate(one.indicators):
                if entry.id in self._places:
                    other = self._places[entry.id]
                    file.refuse(f".indicators[{number}].id", f"indicator {entry.id} is there already, in {other.file.where(other.path)}")
                self._places[entry.id] = _Place(file, f".indicators[{number}]", entry)

    def _titles(self, file: File) -> None:
        """Refuse titles of what no event of the file has and no indicator of it reads."""
        known = {each for event in file.told.events for each in event.schema.get("properties", {})}
        known |= {term.observation for entry in file.told.indicators for _, term, _ in _terms(entry) if term.observation is not None}
        for name in file.told.members:
            if name not in known:
                file.refuse(f".members.{name}", f"there is no member {name!r} to be given a title; there are {', '.join(sorted(known))}")

    def _event(self, file: File, path: str, event: told.EventType) -> None:
        try:
            validator = jsonschema_rs.validator_for(event.schema)
        except (ValueError, jsonschema_rs.ValidationError) as error:
            file.refuse(f"{path}.schema", f"event {event.type}: not a JSON Schema: {str(error).splitlines()[0]}")
        if unknown := [name for name in event.example if name not in _IDENTITY]:
            file.refuse(f"{path}.example", f"event {event.type}: its example has {unknown[0]!r}; allowed: {', '.join(_IDENTITY)}")
        for fault in validator.iter_errors(event.example.get("data", {})):
            file.refuse(f"{path}.example", f"event {event.type}: its example does not keep to its schema: {fault.message}")

    def _case(self, file: File, path: str, case: told.Case) -> None:
        names = [step.id for step in case.steps]
        for number, step in enumerate(case.steps):
            self._known_type(file, f"{path}.steps[{number}].type", step.type)
            for member in step.where:
                self._known_member(file, f"{path}.steps[{number}].where", step.type, member)
            if names.count(step.id) > 1 or step.id == DUE:
                file.refuse(f"{path}.steps[{number}].id", f"case {case.id}: step {step.id} is there twice, or is called {DUE}")
        if case.closes is not None and case.closes not in names:
            file.refuse(f"{path}.closes", f"case {case.id} has no step {case.closes!r}; it has {', '.join(names)}")
        if case.latest and (len(case.steps) > 1 or case.closes or case.repeats):
            file.refuse(f"{path}.latest", f"case {case.id}: with latest it has one step, and nothing closes or repeats it")
        if case.due is not None and not any(self._has_member(step.type, case.due) for step in case.steps):
            file.refuse(f"{path}.due", f"case {case.id}: no event of its steps has a member {case.due!r}")

    def _indicator(self, place: _Place) -> None:
        entry = place.entry
        kinds = [kind for kind in _KINDS if getattr(entry, kind) is not None]
        if len(kinds) != 1:
            place.refuse(f"it needs exactly one of {', '.join(_KINDS)}; it has {', '.join(kinds) or 'none'}")
        for number, kind in enumerate(entry.periods):
            try:
                check_kind(kind)
            except BadInput as error:
                place.refuse(error.detail, f".periods[{number}]")
            if is_rolling(kind):
                place.refuse(f"{kind!r} is computed when asked for, not published: leave it out", f".periods[{number}]")
        for number, target in enumerate(entry.targets):
            self._level(place, target.level, f".targets[{number}].level")
            if (target.at_least is None) == (target.at_most is None):
                place.refuse("a target needs either at_least or at_most", f".targets[{number}]")
        if entry.expected is not None:
            self._expected(place, entry.expected)
        self._formula(place)

    def _expected(self, place: _Place, expected: told.Expected) -> None:
        if expected.level is not None:
            self._level(place, expected.level, ".expected.level")
        if sum(value is not None for value in (expected.level, expected.station_kind, expected.number)) != 1:
            place.refuse("expected needs exactly one of level, station_kind and number", ".expected")
        if not _looks_at_facts(place.entry):
            place.refuse("nobody reports for it: expected belongs to the indicators that it is made of", ".expected")

    def _level(self, place: _Place, level: str, path: str) -> None:
        if level not in self._levels:
            place.refuse(f"there is no level {level!r}; there are {', '.join(self._levels)}", path)

    def _formula(self, place: _Place) -> None:
        entry = place.entry
        for path, term, sums in _terms(entry):
            self._term(place, path, term, sums=sums)
        self._of_cases(place)
        if entry.index is not None:
            for number, part in enumerate(entry.index.parts):
                self._known_indicator(place, part.indicator, f".index.parts[{number}].indicator")
                if [x for x, _ in part.points] != sorted({x for x, _ in part.points}):
                    place.refuse("points need growing x", f".index.parts[{number}].points")

    def _of_cases(self, place: _Place) -> None:
        entry = place.entry
        for kind in ("duration", "latest", "reports"):
            if (one := getattr(entry, kind)) is not None and one.case not in self._cases:
                place.refuse(f"there is no case {one.case!r}", f".{kind}.case")
        if entry.duration is not None:
            self._steps(place, entry.duration.case, [entry.duration.begin, entry.duration.end], ".duration")
        if entry.distinct is not None and entry.distinct.of.event is not None and entry.distinct.member not in (None, UNIT):
            self._known_member(place.file, f"{place.path}.distinct.member", entry.distinct.of.event, entry.distinct.member or "")
        if entry.latest is not None and not self._cases[entry.latest.case].latest:
            place.refuse(f"case {entry.latest.case} is none of latest values: it lacks `latest: true`", ".latest.case")
        if entry.reports is not None and (self._cases[entry.reports.case].due is None or self._cases[entry.reports.case].closes is None):
            place.refuse(f"case {entry.reports.case} does not say what is due and what closes it", ".reports.case")

    def _term(self, place: _Place, path: str, term: told.Term, *, sums: bool) -> None:
        named = [name for name in _SOURCES if getattr(term, name) is not None]
        if len(named) != 1:
            place.refuse(f"it needs exactly one of {', '.join(_SOURCES)}; it has {', '.join(named) or 'none'}", path)
        if term.indicator is not None:
            self._known_indicator(place, term.indicator, f"{path}.indicator")
        if sums and term.event is not None and term.sum is None:
            place.refuse("it must say which member: sum", path)
        members = [*term.where, *(name for name in place.entry.by if name != LEVEL), *([term.sum] if term.sum else [])]
        if term.event is not None:
            self._known_type(place.file, f"{place.path}{path}.event", term.event)
            for member in members:
                self._known_member(place.file, f"{place.path}{path}", term.event, member)
        if term.case is not None:
            self._case_term(place, path, term, members)
        elif term.at or term.has or term.lacks or term.being or term.standing:
            place.refuse("at, has, lacks, being and standing are for cases", path)

    def _case_term(self, place: _Place, path: str, term: told.Term, members: list[str]) -> None:
        if term.case not in self._cases:
            place.refuse(f"there is no case {term.case!r}; there are {', '.join(sorted(self._cases))}", f"{path}.case")
        case = self._cases[term.case or ""]
        self._steps(place, case.id, [*term.has, *term.lacks, *([term.at] if term.at else [])], path)
        if (term.at == DUE or term.standing == "overdue" or {"on_time", "late"} & set(term.being)) and case.due is None:
            place.refuse(f"case {case.id} has no due", path)
        if (term.standing == "current") != case.latest and term.standing is not None:
            place.refuse(f"what stands of case {case.id} is {'current' if case.latest else 'open or overdue'}", f"{path}.standing")
        for member in members:
            self._known_member(place.file, f"{place.path}{path}", case.steps[0].type, member)

    def _steps(self, place: _Place, case: str, steps: list[str], path: str) -> None:
        known = [step.id for step in self._cases[case].steps]
        for step in steps:
            if step not in known and not (step == DUE and self._cases[case].due):
                place.refuse(f"case {case} has no step {step!r}; it has {', '.join(known)}", path)

    def _known_type(self, file: File, path: str, name: str) -> None:
        if name not in self._types:
            file.refuse(path, f"no system sends events of type {name!r}")

    def _known_indicator(self, place: _Place, name: str, path: str) -> None:
        if name not in self._places:
            place.refuse(f"there is no indicator {name!r}", path)

    def _has_member(self, name: str, member: str) -> bool:
        first = member.partition(".")[0]
        return any(first in event.schema.get("properties", {}) for event in self._types.get(name, []))

    def _known_member(self, file: File, path: str, name: str, member: str) -> None:
        if not self._has_member(name, member):
            known = sorted({each for event in self._types[name] for each in event.schema.get("properties", {})})
            file.refuse(path, f"events {name} have no member {member!r}; they have {', '.join(known) or 'none'}")

    def _order(self) -> list[str]:
        """Return the indicators, each after those that it is made of."""
        order: list[str] = []
        for name in self._places:
            self._visit(name, [], order)
        return order

    def _visit(self, name: str, above: list[str], order: list[str]) -> None:
        if name in above:
            circle = " → ".join([*above[above.index(name) :], name])
            self._places[name].refuse(f"its definition makes a circle: {circle}")
        if name not in order:
            for other in made_of(self._places[name].entry):
                self._visit(other, [*above, name], order)
            order.append(name)

    def _refuse_zero(self, order: Sequence[str]) -> None:
        """Refuse to divide by what is zero whatever is sent."""
        zero: set[str] = set()
        for name in order:
            entry = self._places[name].entry
            if entry.rate is not None:
                of = entry.rate.of
                if of.constant == 0 or of.indicator in zero:
                    what = "by zero" if of.indicator is None else f"by indicator {of.indicator}, which is always zero"
                    self._places[name].refuse(f"it divides {what}", ".rate.of")
                if entry.rate.part.constant == 0 or entry.rate.per == 0 or entry.rate.part.indicator in zero:
                    zero.add(name)
            if entry.index is not None and all(part.weight == 0 or part.indicator in zero for part in entry.index.parts):
                if entry.index.combine == "mean" and all(part.weight == 0 for part in entry.index.parts):
                    self._places[name].refuse("all its weights are zero", ".index.parts")
                zero.add(name)


def made_of(entry: told.IndicatorEntry) -> list[str]:
    """Return the indicators that an entry names."""
    parts = [part.indicator for part in entry.index.parts] if entry.index else []
    return parts + [term.indicator for _, term, _ in _terms(entry) if term.indicator is not None]


def _terms(entry: told.IndicatorEntry) -> Iterator[tuple[str, told.Term, bool]]:
    """Yield the terms of an entry, each with its path and whether it must be a sum."""
    singles: list[tuple[str, Any, bool]] = [(".count", entry.count, False), (".state", entry.state, False), (".mean", entry.mean, True)]
    if entry.rate is not None:
        singles += [(".rate.part", entry.rate.part, False), (".rate.of", entry.rate.of, False)]
    if entry.percentile is not None:
        singles.append((".percentile.of", entry.percentile.of, True))
    if entry.distinct is not None:
        singles.append((".distinct.of", entry.distinct.of, False))
    for path, term, sums in singles:
        if term is not None:
            yield path, term, sums


def _looks_at_facts(entry: told.IndicatorEntry) -> bool:
    """Whether it is made of events, cases or readings itself, not of other indicators alone."""
    terms = [term for _, term, _ in _terms(entry)]
    return any((entry.duration, entry.latest, entry.reports)) or any(term.indicator is None and term.constant is None for term in terms)


def read_centre(text: str, *, file: str) -> told.CentreFile:
    """Return what holds for all systems; raises ConfigurationError with file and line."""
    source = YamlSource(text, told.CentreFile, file=file, allowed=told.ALLOWED)
    for number, (begin, end) in enumerate(source.told.working_time.hours):
        if not "00:00" <= begin < end <= "24:00":
            source.refuse(f".working_time.hours[{number}]", f"hours {begin} to {end} do not follow one another")
    return source.told


def read_system(text: str, *, file: str) -> File:
    """Return a system's file; raises ConfigurationError with file and line."""
    return YamlSource(text, told.SystemFile, file=file, allowed=told.ALLOWED)


def check_example(event: told.EventType) -> dict[str, Any]:
    """Return an event type's example as a topic takes it."""
    if "id" not in event.example:
        raise ConfigurationError(f"the example of {event.type} has no id")
    body: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(event.example))
    return body
