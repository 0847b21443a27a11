"""How a sender is told what is wrong: in the words of JSON, with the value as it was sent."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from ioc.ingest.topics import shown

_BEGINNING = 40
_MISSING = re.compile(r"Object missing required field `(?P<name>[^`]+)`(?: - at `\$\.?(?P<path>[^`]*)`)?")
_MISFIT = re.compile(r"Expected `(?P<wanted>[^`]+)`, got `(?P<got>[^`]+)`(?: - at `\$\.?(?P<path>[^`]*)`)?")
_KINDS = {
    "float": "a number",
    "int": "a number",
    "str": "a text",
    "bool": "true or false",
    "object": "an object",
    "array": "an array",
    "null": "null",
}


def as_sent(told: Any) -> str:
    """Return a value as its sender wrote it, in short: a text in quotes, what has members without them, anything else as JSON has it."""
    if isinstance(told, str):
        return shown(told)
    if isinstance(told, list | dict):  # may be large, and may be looked at once for each item
        return "[…]" if isinstance(told, list) else "{…}"
    return {None: "null", True: "true", False: "false"}[told] if told is None or isinstance(told, bool) else shown(str(told)).strip("'")


def not_json(error: Exception, payload: bytes) -> str:
    """Return why `payload` cannot be read as JSON, with its beginning."""
    why = str(error).removeprefix("JSON is malformed: ")
    return f"not JSON: {why}: {shown(payload[: 4 * _BEGINNING].decode(errors='replace'), _BEGINNING)}"


def misfit(error: msgspec.ValidationError, told: Any) -> str:
    """Return which member of `told` is missing, or is of another kind than it must be."""
    said = str(error)
    if found := _MISSING.fullmatch(said):
        where = f" in {found['path']}" if found["path"] else ""
        return f"{found['name']} is missing{where}"
    if found := _MISFIT.fullmatch(said):
        wanted = _kind(found["wanted"].removesuffix(" | null"))
        path = found["path"]
        if not path:
            return f"{as_sent(told)} is {_kind(found['got'])}, not {wanted}"
        value = f" {as_sent(told[path])}" if isinstance(told, dict) and path in told else ""
        where = path.replace("[...]", ".*")  # the library does not say which member
        return f"{where}{value} is {_kind(found['got'])}, not {wanted}"
    return said


def _kind(word: str) -> str:
    return _KINDS.get(word, word)
