"""What a rule says, and how its YAML is read; a mistake is reported with its file, line, value and what is allowed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise
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
_DURATION = re.compile(r"(\d+)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
Duration = Annotated[str, msgspec.Meta(pattern=r"^\d+[smhd]$")]
Identifier = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]


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
    """A severity and its limit; once it holds, it does so until the value is back beyond `clear` (none: beyond `limit`)."""

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
    try:
        parsed = msgspec.convert(told, _File)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{file}:{_line(node, str(error))}: {error}") from None
    return [_check(rule, f"{file}:{_line(node, f'$.rules[{number}]')}") for number, rule in enumerate(parsed.rules)]


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
        if threshold.clear is not None and sign * (threshold.limit - threshold.clear) < 0:
            raise ConfigurationError(f"{where}: rule {told.id}: clear {threshold.clear} is beyond the limit {threshold.limit}")
    hold, keep = _duration(told.hold), _duration(told.keep_firing_for)
    return Rule(told.id, told.title, told.description, told.select, sign, tuple(ordered), hold, keep)


def _duration(text: str) -> timedelta:
    match = _DURATION.fullmatch(text)
    assert match is not None
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


def _spell(duration: timedelta) -> str:
    seconds = int(duration.total_seconds())
    unit = next(unit for unit in ("d", "h", "m", "s") if seconds % _SECONDS[unit] == 0)
    return f"{seconds // _SECONDS[unit]}{unit}"


def _line(node: yaml.Node | None, message: str) -> int:
    """Return the line of the place that `message` names as `$.a[0].b`, or of the nearest place above it."""
    path = re.search(r"\$((?:\.[\w]+|\[\d+\])*)", message)
    for step in re.findall(r"\.(\w+)|\[(\d+)\]", path[1] if path else ""):
        below = _child(node, step[0], step[1])
        if below is None:
            break
        node = below
    return 1 if node is None else node.start_mark.line + 1


def _child(node: yaml.Node | None, key: str, index: str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode) and key:
        return next((value for name, value in node.value if name.value == key), None)
    if isinstance(node, yaml.SequenceNode) and index and int(index) < len(node.value):
        child: yaml.Node = node.value[int(index)]
        return child
    return None
