"""Templates of rules: one body, filled in once for each entry, so that rules of many places never drift apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeAlias

import msgspec

from ioc.errors import ConfigurationError

Identifier: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}\Z")]
_PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")


class TemplateIn(msgspec.Struct, forbid_unknown_fields=True):
    """A body with `$name` where a parameter goes; each of `parameters` has to be given, those of `defaults` need not."""

    id: Identifier
    parameters: list[str]
    rule: dict[str, Any]
    defaults: dict[str, Any] = {}


class TemplateUse(msgspec.Struct, forbid_unknown_fields=True):
    """The template and the entries that it is filled in with; an entry has the `id` of its rule and the parameters."""

    template: str
    each: list[dict[str, Any]]


def expand(template: TemplateIn, use: TemplateUse, where: str) -> Iterator[dict[str, Any]]:
    """Yield the rule of each entry as a file would tell it.

    Raises:
        ConfigurationError: an entry lacks a parameter or has one that the template does not know; names it.
    """
    known = {"id", *template.parameters, *template.defaults}
    for number, entry in enumerate(use.each):
        place = f"{where}: template {template.id}, entry {number + 1}"
        if unknown := sorted(entry.keys() - known):
            raise ConfigurationError(f"{place}: unknown parameter {', '.join(unknown)}; it takes {', '.join(sorted(known))}")
        if missing := sorted(known - entry.keys() - template.defaults.keys()):
            raise ConfigurationError(f"{place}: lacks {', '.join(missing)}")
        values = template.defaults | entry
        yield {"id": entry["id"], **_fill(template.rule, values, place)}


def _fill(told: Any, values: Mapping[str, Any], place: str) -> Any:
    """Return `told` with its parameters filled in: one that is all of a text keeps its type."""
    if isinstance(told, dict):
        return {name: _fill(value, values, place) for name, value in told.items()}
    if isinstance(told, list):
        return [_fill(value, values, place) for value in told]
    if not isinstance(told, str):
        return told
    if unknown := sorted({name for name in _PARAMETER.findall(told) if name not in values}):
        raise ConfigurationError(f"{place}: {told!r} names {', '.join(unknown)}, which is no parameter; it has {', '.join(sorted(values))}")
    if whole := _PARAMETER.fullmatch(told):
        return values[whole[1]]
    return _PARAMETER.sub(lambda found: str(values[found[1]]), told)
