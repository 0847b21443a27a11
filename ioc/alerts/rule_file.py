"""Rule files: YAML in, rules out; what is wrong is told with the file, the line, the value there and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec
import yaml

from ioc.alerts.conditions import KINDS
from ioc.alerts.rule import AreaChoice, Rule, Selector, Severity, Text
from ioc.alerts.rule_check import RuleIn, ThresholdIn, checked
from ioc.alerts.rule_template import TemplateIn, TemplateUse, expand
from ioc.errors import ConfigurationError

_DURATION_WORDS = "1 to 6 digits and s, m, h or d, such as 30s"
_ALLOWED: Mapping[str, str] = {
    "id": "1 to 64 small letters, digits or '-' beginning with a letter or digit",
    "severity": f"one of {', '.join(Severity)}",
    "for": _DURATION_WORDS,
    "keep_firing_for": _DURATION_WORDS,
    "over": _DURATION_WORDS,
    "per": _DURATION_WORDS,
    "within": f"{_DURATION_WORDS}; a deadline may also say working days or hours, such as 3wd or 16wh",
    "limit": "a number, or a duration such as 15m where the condition is about time",
    "clear": "a number",
    "function": "one of avg, min, max, sum, count, p95",
    "on": "one of enter, leave, inside, speeding",
    "scope": "one of station, unit, source, everywhere",
    "of": "one of station, source",
}


class _Loader(yaml.SafeLoader):
    """Safe YAML in which only true and false are truth values, as in YAML 1.2: `on: enter` is a member named on."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in told if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
        for first, told in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class RuleFile(msgspec.Struct, forbid_unknown_fields=True):
    """A whole file; `rules` are those written out and the uses of templates."""

    rules: list[dict[str, Any]]
    templates: list[TemplateIn] = []


_MEMBERS: Mapping[str, type[msgspec.Struct]] = {
    "": RuleIn,
    "title": Text,
    "description": Text,
    "select": Selector,
    "area": AreaChoice,
    "above": ThresholdIn,
    "below": ThresholdIn,
    **KINDS,
}


def parse_rules(text: str, *, file: str) -> list[Rule]:
    """Return the rules of one YAML file, those of its templates included.

    Raises:
        ConfigurationError: the file is not YAML or a rule is wrong; names file, line, value and what is allowed.
    """
    node, told = _read(text, file)
    try:
        parsed = msgspec.convert(told, RuleFile)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{file}:{_fault(node, str(error), {'': RuleFile, 'templates': TemplateIn})}") from None
    templates = {template.id: (number, template) for number, template in enumerate(parsed.templates)}
    rules: list[Rule] = []
    for number, one in enumerate(parsed.rules):
        place = _find(node, f".rules[{number}]")[1]
        if "template" not in one:
            rules.append(_rule(one, place, f"{file}:{_line(place)}", file))
            continue
        use = _use(one, place, file)
        if use.template not in templates:
            known = ", ".join(sorted(templates)) or "none"
            raise ConfigurationError(f"{file}:{_line(place)}: there is no template {use.template!r}; this file has: {known}")
        at, template = templates[use.template]
        body = _find(node, f".templates[{at}].rule")[1]
        for entry, filled in enumerate(expand(template, use, f"{file}:{_line(place)}")):
            where = f"{file}:{_line(_find(place, f'.each[{entry}]')[1])}"
            rules.append(_rule(filled, body, where, file, template.id))
    return rules


def parse_rule(document: Mapping[str, Any], *, origin: str) -> Rule:
    """Return the rule that a document tells as a file would, without a template; `origin` is named in errors in place of file and line.

    Raises:
        ConfigurationError: it is wrong; names the member, the value and what is allowed.
    """
    text = yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True)
    return _rule(dict(document), yaml.compose(text, Loader=_Loader), origin, None)


def _read(text: str, file: str) -> tuple[yaml.Node | None, Any]:
    try:
        return yaml.compose(text, Loader=_Loader), yaml.load(text, Loader=_Loader)  # noqa: S506 — it is a safe one
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{file}:{line}: not YAML: {error.problem}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigurationError(f"{file}:{line}: not YAML: {error.reason}") from None
    except (ValueError, RecursionError) as error:  # what looks like a date or a number and is none
        raise ConfigurationError(f"{file}: not YAML: {error}") from None


def _rule(told: dict[str, Any], node: yaml.Node | None, where: str, file: str | None, template: str | None = None) -> Rule:
    """Return one rule; its faults are told at their place below `node`, which is in `file`, or at `where` for a document without one."""
    try:
        parsed = msgspec.convert(told, RuleIn)
    except msgspec.ValidationError as error:
        fault = _fault(node, str(error), _MEMBERS)
        place = f"{file}:{fault}" if file else f"{where}: {fault.partition(': ')[2]}"
        of = f" (template {template}, filled in at {where})" if template else ""
        raise ConfigurationError(f"{place}{of}") from None
    return checked(parsed, where, template)


def _use(told: dict[str, Any], node: yaml.Node | None, file: str) -> TemplateUse:
    try:
        return msgspec.convert(told, TemplateUse)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{file}:{_fault(node, str(error), {'': TemplateUse})}") from None


def _fault(root: yaml.Node | None, message: str, members: Mapping[str, type[msgspec.Struct]]) -> str:
    """Return `message` with the line that it speaks of, the value there and what is allowed."""
    what, _, path = message.partition(" - at `$")
    name, node = _find(root, path)
    if unknown := re.search("unknown field `(.*)`", what):
        key = _key(node, unknown[1]) or node
        allowed = ", ".join(members[name].__struct_encode_fields__) if name in members else ""
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
