"""Rule files and their tests as JSON Schemas, for editors that complete and check while one writes."""

from __future__ import annotations

from typing import Any

import msgspec

from ioc.alerts.rule_check import RuleIn
from ioc.alerts.rule_file import ALLOWED, RuleFile
from ioc.alerts.rule_template import TemplateIn, TemplateUse
from ioc.alerts.rule_test_file import RuleTestFile

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def rule_file_schema() -> dict[str, Any]:
    """Return the schema of a rule file: its rules are written out or uses of templates; a template's body may be anything until it is filled in."""
    _, parts = msgspec.json.schema_components([RuleIn, TemplateIn, TemplateUse], ref_template="#/$defs/{name}")
    told = {
        "$schema": _DIALECT,
        "title": "Rules of ioc",
        "description": _first_line(RuleFile),
        "type": "object",
        "properties": {
            "rules": {"type": "array", "items": {"anyOf": [{"$ref": "#/$defs/RuleIn"}, {"$ref": "#/$defs/TemplateUse"}]}},
            "templates": {"type": "array", "items": {"$ref": "#/$defs/TemplateIn"}},
        },
        "required": ["rules"],
        "additionalProperties": False,
        "$defs": parts,
    }
    for part in parts.values():
        for name, member in part.get("properties", {}).items():
            if name in ALLOWED:
                member["description"] = ALLOWED[name]
    return {name: _portable(value) for name, value in told.items()}


def rule_test_schema() -> dict[str, Any]:
    """Return the schema of a file with tests of rules."""
    (root,), parts = msgspec.json.schema_components([RuleTestFile], ref_template="#/$defs/{name}")
    told = {"$schema": _DIALECT, "title": "Tests of rules of ioc", **root, "$defs": parts}
    return {name: _portable(value) for name, value in told.items()}


def _first_line(kind: type[msgspec.Struct]) -> str:
    return (kind.__doc__ or "").strip().splitlines()[0]


def _portable(told: Any) -> Any:
    """Return a schema whose patterns other languages understand: the end of a text is `$` there, and Python has another word for it."""
    if isinstance(told, dict):
        return {name: value.replace("\\Z", "$") if name == "pattern" else _portable(value) for name, value in told.items()}
    return [_portable(one) for one in told] if isinstance(told, list) else told
