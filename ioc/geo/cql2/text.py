"""CQL2 text into the tree: operators by how tightly they bind, everything else by its first word."""

from __future__ import annotations

import math
from collections.abc import Callable

from ioc.errors import BadInput
from ioc.geo.cql2 import literals
from ioc.geo.cql2.functions import FUNCTIONS
from ioc.geo.cql2.lexer import Token, plain_text, tokens
from ioc.geo.cql2.nodes import Call, Items, Literal, Node, Property

DEEPEST = 64
_COMPARISON, _SUM, _PRODUCT, _POWER = 4, 5, 6, 7
_BINDS = {
    "OR": 1,
    "AND": 2,
    **dict.fromkeys(("=", "<>", "<", ">", "<=", ">=", "LIKE", "BETWEEN", "IN", "IS", "NOT"), _COMPARISON),
    "+": _SUM,
    "-": _SUM,
    **dict.fromkeys(("*", "/", "%", "DIV"), _PRODUCT),
    "^": _POWER,
}
_RESERVED = {"AND", "OR", "NOT", "LIKE", "BETWEEN", "IN", "IS", "NULL", "DIV"}
_INT64 = 2**63
_NOT = 3


def read_text(text: str) -> Node:
    """Return the tree of the filter `text`; BadInput says which word is not understood, and where it is."""
    reader = _Reader(tokens(text))
    node = reader.expression(0)
    if reader.present.kind != "end":
        raise BadInput(f"the filter has {reader.present} where it should end or go on with an operator")
    return node


class _Reader:
    """Words from left to right."""

    def __init__(self, words: list[Token]) -> None:
        self._words = words
        self._place = 0
        self._depth = 0
        self._in_pattern = False
        self._wants_array = False

    @property
    def present(self) -> Token:
        return self._words[self._place]

    def expression(self, above: int) -> Node:
        """Return what comes next, as far as its operators bind more tightly than `above`."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise BadInput(f"the filter is nested more than {DEEPEST} deep, at character {self.present.place}")
        left = self._operand()
        while (binds := _BINDS.get(self._operator(), 0)) > above:
            left = self._apply(left, binds)
            if binds in {_COMPARISON, _POWER} and _BINDS.get(self._operator(), 0) == binds:
                raise BadInput(f"the filter has {self.present} behind another such operator: use brackets")
        self._depth -= 1
        return left

    def _operator(self) -> str:
        return self.present.text.upper() if self.present.kind in {"name", "sign"} else ""

    def _apply(self, left: Node, binds: int) -> Node:
        op = self._take().text.upper()
        if op in {"AND", "OR"}:
            right = self.expression(binds)
            # A chain is one call, so that its length makes no depth.
            before = left.args if isinstance(left, Call) and left.op == op.lower() else (left,)
            return Call(op.lower(), (*before, right))
        if op == "NOT":
            return Call("not", (self._predicate(left, self._take_word("LIKE", "BETWEEN", "IN")),))
        if op in {"LIKE", "BETWEEN", "IN", "IS"}:
            return self._predicate(left, op)
        return Call(op.lower(), (left, self.expression(binds)))

    def _predicate(self, left: Node, op: str) -> Node:
        if op == "LIKE":
            self._in_pattern = True
            pattern = self.expression(_COMPARISON)
            self._in_pattern = False
            return Call("like", (left, pattern))
        if op == "BETWEEN":
            low = self.expression(_COMPARISON)
            self._take_word("AND")
            return Call("between", (left, low, self.expression(_COMPARISON)))
        if op == "IN":
            self._take_sign("(")
            return Call("in", (left, Items(self._list())))
        is_not = self._operator() == "NOT"
        if is_not:
            self._take()
        self._take_word("NULL")
        test = Call("isnull", (left,))
        return Call("not", (test,)) if is_not else test

    def _operand(self) -> Node:
        word = self._take()
        wants_array, self._wants_array = self._wants_array, False
        if word.kind == "text":
            return Literal(word.text if self._in_pattern else plain_text(word.text))
        if word.kind == "number":
            return Literal(_number(word.text))
        if word.kind == "shape":
            return literals.from_wkt(word.text)
        if word.kind == "quoted":
            return Property(word.text)
        if word.kind == "name":
            return self._named(word)
        if word.text == "(":
            inside = self._list()
            return inside[0] if len(inside) == 1 and not wants_array else Items(inside)
        if word.text == "+" and self.present.kind == "number":
            return self._operand()
        if word.text == "-" and self.present.text not in {"-", "+"}:
            value = self._operand()
            if isinstance(value, Literal) and isinstance(value.value, int | float):
                return Literal(-value.value)
            return Call("*", (Literal(-1), value))
        raise BadInput(f"the filter has {word} where a value or a condition is wanted")

    def _named(self, word: Token) -> Node:
        upper = word.text.upper()
        if self.present.text == "(" and self.present.kind == "sign" and upper not in _RESERVED:
            return self._function(upper, word)
        if upper == "NOT":
            return Call("not", (self.expression(_NOT),))
        if upper in {"TRUE", "FALSE"}:
            return Literal(upper == "TRUE")
        if upper in _RESERVED:
            raise BadInput(f"the filter has {word} where a value or a condition is wanted")
        return Property(word.text)

    def _function(self, name: str, word: Token) -> Node:
        self._take_sign("(")
        if make := _MAKERS.get(name):
            return make(self._list())
        if name.lower() not in FUNCTIONS:
            raise BadInput(f"the filter has the function {word}: known are {', '.join(sorted({*FUNCTIONS, *map(str.lower, _MAKERS)}))}")
        return Call(name.lower(), self._list(of_arrays=name.startswith("A_")))

    def _list(self, *, of_arrays: bool = False) -> tuple[Node, ...]:
        """Return what stands between commas up to the closing bracket; `of_arrays`: one value in brackets is an array there."""
        found: list[Node] = []
        if self.present.text == ")" and self.present.kind == "sign":
            self._take()
            return ()
        while True:
            self._wants_array = of_arrays
            found.append(self.expression(0))
            word = self._take()
            if word.kind == "sign" and word.text == ")":
                return tuple(found)
            if word.kind != "sign" or word.text != ",":
                raise BadInput(f"the filter has {word} where a comma or a closing bracket is wanted")

    def _take(self) -> Token:
        word = self.present
        if word.kind != "end":
            self._place += 1
        return word

    def _take_word(self, *wanted: str) -> str:
        word = self._take()
        if word.kind != "name" or word.text.upper() not in wanted:
            raise BadInput(f"the filter has {word} where {' or '.join(wanted)} is wanted")
        return word.text.upper()

    def _take_sign(self, wanted: str) -> None:
        word = self._take()
        if word.kind != "sign" or word.text != wanted:
            raise BadInput(f"the filter has {word} where {wanted} is wanted")


def _number(text: str) -> int | float:
    if text.isdigit() and int(text) < _INT64:
        return int(text)
    if not math.isfinite(float(text)):
        raise BadInput(f"the filter has the number {text}, which is too large")
    return float(text)


def _only(args: tuple[Node, ...], name: str) -> object:
    if len(args) != 1 or not isinstance(args[0], Literal):
        raise BadInput(f"the filter has a {name} that is not of one text such as {name}('2025-07-01…')")
    return args[0].value


def _make_interval(args: tuple[Node, ...]) -> Node:
    bounds = [arg.value if isinstance(arg, Literal) and isinstance(arg.value, str) else arg for arg in args]
    for each in bounds:
        if not isinstance(each, str | Property | Literal):
            raise BadInput(f"the filter has an interval with {each}, which is no time")
    return literals.interval(bounds)  # type: ignore[arg-type]


_MAKERS: dict[str, Callable[[tuple[Node, ...]], Node]] = {
    "DATE": lambda args: literals.day(_only(args, "DATE")),
    "TIMESTAMP": lambda args: literals.instant(_only(args, "TIMESTAMP")),
    "INTERVAL": _make_interval,
    "BBOX": lambda args: literals.box([arg.value if isinstance(arg, Literal) else None for arg in args]),
}
