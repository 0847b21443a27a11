"""CQL2 text in words: names, literals, operators, and geometries whole."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, TypeAlias

from ioc.errors import BadInput

Kind: TypeAlias = Literal["name", "quoted", "text", "number", "shape", "sign", "end"]

GEOMETRIES = ("GEOMETRYCOLLECTION", "MULTILINESTRING", "MULTIPOLYGON", "MULTIPOINT", "LINESTRING", "POLYGON", "POINT")
_DEEPEST_GEOMETRY = 16
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<text>'(?:''|\\.|[^'\\])*')
    | (?P<quoted>"(?:""|[^"])+")
    | (?P<shape>(?:{})\s*(?:Z\s*)?(?=\())
    | (?P<name>[^\W\d][\w.:]*|[:_][\w.:]*)
    | (?P<sign><>|<=|>=|[=<>+\-*/%^(),])
    | (?P<end>\Z)
    )""".format("|".join(GEOMETRIES)),
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
# Requirement /req/cql2-text/escaping of OGC 21-065r2.
_ESCAPES = {
    "''": "'",
    r"\'": "'",
    r"\a": "\a",
    r"\b": "\b",
    r"\t": "\t",
    r"\n": "\n",
    r"\v": "\v",
    r"\f": "\f",
    r"\r": "\r",
}
_ESCAPED = re.compile(r"''|\\.", re.DOTALL)


class Token(NamedTuple):
    """A word of a filter: what it is, what it says, and where it begins (from 1)."""

    kind: Kind
    text: str
    place: int

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else f"{self.text} at character {self.place}"


def tokens(text: str) -> list[Token]:
    """Return the words of `text`, the last of kind `end`; BadInput where something is no word.

    Of texts and quoted names the quotes are gone, and what a text has escaped is there but for backslashes, which mean something in a
    pattern (`plain_text`). A geometry is one word, from its name to its last bracket.
    """
    found: list[Token] = []
    place = 0
    while not found or found[-1].kind != "end":
        match = _TOKEN.match(text, place)
        if match is None:
            at = place + len(text[place:]) - len(text[place:].lstrip())
            what = "a quotation that does not end" if text[at] in "'\"" else f"{text[at]!r}, which begins no word"
            raise BadInput(f"the filter has {what}, at character {at + 1}")
        kind: Kind = match.lastgroup  # type: ignore[assignment]
        word, start = match[kind], match.start(kind)
        place = match.end()
        if kind == "shape":
            place = _closing_bracket(text, place)
            word = text[start:place]
        found.append(Token(kind, _unquoted(word, kind), start + 1))
    return found


def plain_text(text: str) -> str:
    """Return a text that is no pattern: two backslashes are one."""
    return text.replace("\\\\", "\\")


def _unquoted(word: str, kind: Kind) -> str:
    if kind == "text":
        return _ESCAPED.sub(lambda found: _ESCAPES.get(found[0], found[0]), word[1:-1])
    return word[1:-1].replace('""', '"') if kind == "quoted" else word


def _closing_bracket(text: str, opening: int) -> int:
    """Return the place behind the bracket that closes the one at `opening`."""
    depth = 0
    for place in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth > _DEEPEST_GEOMETRY:
            raise BadInput(f"the filter has a geometry nested more than {_DEEPEST_GEOMETRY} deep, at character {place + 1}")
        if depth == 0:
            return place + 1
    raise BadInput(f"the filter has a geometry whose brackets do not close, at character {opening + 1}")
