"""What a rule says, and how its YAML is read; a mistake is reported with its file, line, value and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise
from math import isfinite
from typing import Annotated, Any, Literal

import msgspec
import yaml

from ioc.domain.live import StationView
from ioc.errors import ConfigurationError


class Severity(StrEnum):
    """The severities of CAP 1.2 (OASIS), least first."""

    MINOR = "minor"
    MODERATE = "moderate"
    SEVERE = "severe"
    EXTREME = "extreme"

    @property
    def rank(self) -> int:
        """0 for the least."""
        return list(Severity).index(self)


SeverityWord = Literal["minor", "moderate", "severe", "extreme"]
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
Duration = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,6}[smhd]\Z")]
Identifier = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}\Z")]


class Text(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Words in both languages of the interface."""

    vi: str
    en: str


class Selector(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Which series a rule looks at; what is not said matches anything."""

    property: str
    kind: str | None = None
    source: str | None = None
    station: str | None = None
    unit: str | None = None

    def matches(self, station: StationView, property_name: str) -> bool:
        """Return whether a series of `station` is a subject of the rule."""
        wanted = (self.kind, station.kind), (self.source, station.source), (self.station, station.station)
        in_unit = self.unit is None or (station.unit is not None and station.unit.get("code") == self.unit)
        return self.property == property_name and in_unit and all(want in (None, has) for want, has in wanted)


class Threshold(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A severity and its limit; it holds beyond `limit`, and then until the value is back at `clear` (none: at `limit`)."""

    severity: SeverityWord
    limit: float
    clear: float | None = None


class _RuleIn(msgspec.Struct, forbid_unknown_fields=True):
    id: Identifier
    title: Text
    select: Selector
    above: list[Threshold] | None = None
    below: list[Threshold] | None = None
    description: Text = Text(vi="", en="")
    hold: Duration = msgspec.field(default="0s", name="for")
    keep_firing_for: Duration = "0s"


class _File(msgspec.Struct, forbid_unknown_fields=True):
    rules: list[_RuleIn]


_DURATION_WORDS = "1 to 6 digits and s, m, h or d, such as 30s"
_ALLOWED: Mapping[str, str] = {
    "id": "1 to 64 small letters, digits or '-' beginning with a letter or digit",
    "severity": f"one of {', '.join(Severity)}",
    "for": _DURATION_WORDS,
    "keep_firing_for": _DURATION_WORDS,
    "limit": "a number",
    "clear": "a number",
}
_MEMBERS: Mapping[str, type[msgspec.Struct]] = {
    "": _File,
    "rules": _RuleIn,
    "title": Text,
    "description": Text,
    "select": Selector,
    "above": Threshold,
    "below": Threshold,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A threshold rule; `thresholds` are from the mildest to the gravest, `sign` is 1 above and -1 below the limits."""

    id: str
    title: Text
    description: Text
    select: Selector
    sign: int
    thresholds: tuple[Threshold, ...]
    hold: timedelta
    keep_firing: timedelta

    @property
    def direction(self) -> str:
        """`above` or `below`."""
        return "above" if self.sign > 0 else "below"

    def threshold(self, severity: str) -> Threshold | None:
        """Return the threshold of `severity`, None where the rule has none of that severity."""
        return next((t for t in self.thresholds if t.severity == severity), None)

    def definition(self) -> dict[str, Any]:
        """Return the rule as it is kept and shown, the same for the same rule."""
        return {
            "id": self.id,
            "title": msgspec.to_builtins(self.title),
            "description": msgspec.to_builtins(self.description),
            "select": {name: value for name, value in msgspec.to_builtins(self.select).items() if value is not None},
            self.direction: [msgspec.to_builtins(t) for t in self.thresholds],
            "for": _spell(self.hold),
            "keep_firing_for": _spell(self.keep_firing),
        }


def parse_rules(text: str, *, file: str) -> list[Rule]:
    """Return the rules of one YAML file.

    Raises:
        ConfigurationError: the file is not YAML or a rule is wrong; names file, line, value and what is allowed.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        told = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{file}:{line}: not YAML: {error.problem}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigurationError(f"{file}:{line}: not YAML: {error.reason}") from None
    except ValueError as error:  # what looks like a date or a number and is none
        raise ConfigurationError(f"{file}: not YAML: {error}") from None
    try:
        parsed = msgspec.convert(told, _File)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{file}:{_fault(node, str(error))}") from None
    return [_check(rule, f"{file}:{_line(_find(node, f'.rules[{number}]')[1])}") for number, rule in enumerate(parsed.rules)]


def check_unique(rules: list[Rule]) -> None:
    """Make sure that no two rules have one id.

    Raises:
        ConfigurationError: names the id.
    """
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise ConfigurationError(f"rule id {rule.id} is used twice")
        seen.add(rule.id)


def _check(told: _RuleIn, where: str) -> Rule:
    if (told.above is None) == (told.below is None):
        raise ConfigurationError(f"{where}: rule {told.id} needs thresholds either above or below")
    sign, thresholds = (1, told.above) if told.above is not None else (-1, told.below or [])
    ordered = sorted(thresholds, key=lambda t: Severity(t.severity).rank)
    if not ordered:
        raise ConfigurationError(f"{where}: rule {told.id} has no threshold")
    for milder, graver in pairwise(ordered):
        if milder.severity == graver.severity or sign * (graver.limit - milder.limit) <= 0:
            raise ConfigurationError(
                f"{where}: rule {told.id}: the limit of {graver.severity} ({graver.limit}) is not beyond that of {milder.severity} ({milder.limit})"
            )
    for threshold in ordered:
        if not all(isfinite(number) for number in (threshold.limit, threshold.clear or 0)):
            raise ConfigurationError(f"{where}: rule {told.id}: limit {threshold.limit} or clear {threshold.clear} is not a finite number")
        if threshold.clear is not None and sign * (threshold.limit - threshold.clear) < 0:
            raise ConfigurationError(f"{where}: rule {told.id}: clear {threshold.clear} is beyond the limit {threshold.limit}")
    hold, keep = _duration(told.hold), _duration(told.keep_firing_for)
    return Rule(told.id, told.title, told.description, told.select, sign, tuple(ordered), hold, keep)


def _duration(text: str) -> timedelta:
    return timedelta(seconds=int(text[:-1]) * _SECONDS[text[-1]])


def _spell(duration: timedelta) -> str:
    seconds = int(duration.total_seconds())
    unit = next(unit for unit in ("d", "h", "m", "s") if seconds % _SECONDS[unit] == 0)
    return f"{seconds // _SECONDS[unit]}{unit}"


def _fault(root: yaml.Node | None, message: str) -> str:
    """Return `message` with the line that it speaks of, the value there and what is allowed."""
    what, _, path = message.partition(" - at `$")
    name, node = _find(root, path)
    if unknown := re.search("unknown field `(.*)`", what):
        key = _key(node, unknown[1]) or node
        allowed = ", ".join(_MEMBERS[name].__struct_encode_fields__) if name in _MEMBERS else ""
        return f"{_line(key)}: unknown member {unknown[1]!r}; allowed: {allowed}"
    place = f"{_line(node)}: ${path.rstrip('`')}"
    if not isinstance(node, yaml.ScalarNode):
        return f"{place}: {what}"
    return f"{place}: {node.value!r} is not {_ALLOWED[name]}" if name in _ALLOWED else f"{place}: {what}, found {node.value!r}"


def _line(node: yaml.Node | None) -> int:
    return 1 if node is None else node.start_mark.line + 1


def _find(node: yaml.Node | None, path: str) -> tuple[str, yaml.Node | None]:
    """Return the name and the node of the place that `path` names as `.a[0].b`, or those of the nearest place above it."""
    name = ""
    for key, index in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        below = _child(node, key, index)
        if below is None:
            break
        name, node = key or name, below
    return name, node


def _key(node: yaml.Node | None, name: str) -> yaml.Node | None:
    members = node.value if isinstance(node, yaml.MappingNode) else []
    return next((key for key, _ in members if key.value == name), None)


def _child(node: yaml.Node | None, key: str, index: str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode) and key:
        return next((value for name, value in node.value if name.value == key), None)
    if isinstance(node, yaml.SequenceNode) and index and int(index) < len(node.value):
        child: yaml.Node = node.value[int(index)]
        return child
    return None
