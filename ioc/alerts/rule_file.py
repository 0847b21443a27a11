"""Rule files: YAML in, rules out; what is wrong is told with the file, the line, the value there and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import yaml

from ioc.alerts.conditions import KINDS
from ioc.alerts.rule import AreaChoice, Rule, Selector, Severity, Text
from ioc.alerts.rule_check import RuleIn, ThresholdIn, checked
from ioc.alerts.rule_template import TemplateIn, TemplateUse, expand
from ioc.domain.yaml_place import PlainLoader, fault, find, line, read_yaml
from ioc.errors import ConfigurationError

_DURATION_WORDS = "1 to 6 digits and s, m, h or d, such as 30s"
ALLOWED: Mapping[str, str] = {
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
"""What members may be, in words, by their name."""


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
    node, told = read_yaml(text, file)
    try:
        parsed = msgspec.convert(told, RuleFile)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{file}:{fault(node, str(error), {'': RuleFile, 'templates': TemplateIn}, ALLOWED)}") from None
    templates = {template.id: (number, template) for number, template in enumerate(parsed.templates)}
    rules: list[Rule] = []
    for number, one in enumerate(parsed.rules):
        place = find(node, f".rules[{number}]")[1]
        if "template" not in one:
            rules.append(_rule(one, place, f"{file}:{line(place)}", file))
            continue
        use = _use(one, place, file)
        if use.template not in templates:
            known = ", ".join(sorted(templates)) or "none"
            raise ConfigurationError(f"{file}:{line(place)}: there is no template {use.template!r}; this file has: {known}")
        at, template = templates[use.template]
        body = find(node, f".templates[{at}].rule")[1]
        for entry, filled in enumerate(expand(template, use, f"{file}:{line(place)}")):
            where = f"{file}:{line(find(place, f'.each[{entry}]')[1])}"
            rules.append(_rule(filled, body, where, file, template.id))
    return rules


def parse_rule(document: Mapping[str, Any], *, origin: str) -> Rule:
    """Return the rule that a document tells as a file would, without a template; `origin` is named in errors in place of file and line.

    Raises:
        ConfigurationError: it is wrong; names the member, the value and what is allowed.
    """
    text = yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True)
    return _rule(dict(document), yaml.compose(text, Loader=PlainLoader), origin, None)


def _rule(told: dict[str, Any], node: yaml.Node | None, where: str, file: str | None, template: str | None = None) -> Rule:
    """Return one rule; its faults are told at their place below `node`, which is in `file`, or at `where` for a document without one."""
    try:
        parsed = msgspec.convert(told, RuleIn)
    except msgspec.ValidationError as error:
        told_at = fault(node, str(error), _MEMBERS, ALLOWED)
        place = f"{file}:{told_at}" if file else f"{where}: {told_at.partition(': ')[2]}"
        of = f" (template {template}, filled in at {where})" if template else ""
        raise ConfigurationError(f"{place}{of}") from None
    return checked(parsed, where, template)


def _use(told: dict[str, Any], node: yaml.Node | None, file: str) -> TemplateUse:
    try:
        return msgspec.convert(told, TemplateUse)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{file}:{fault(node, str(error), {'': TemplateUse}, ALLOWED)}") from None
