"""Array functions and arithmetic, in text and JSON, against what each feature says in Python."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ioc.errors import BadInput
from tests.support.cql2_town import Example, check, found, known, op, p

_ARRAYS = {
    "A_CONTAINS": ("a_contains", frozenset.issuperset),
    "A_CONTAINEDBY": ("a_containedBy", frozenset.issubset),
    "A_EQUALS": ("a_equals", frozenset.__eq__),
    "A_OVERLAPS": ("a_overlaps", lambda a, b: bool(a & b)),
}


def arrays() -> list[Example]:
    found = []
    for name, (told, holds) in _ARRAYS.items():

        def beside(column: str, text: str, values: list[Any], name: str = name, told: str = told, holds: Any = holds) -> list[Example]:
            wanted = frozenset(values)
            return [
                Example(f"{name}({column},{text})", op(told, p(column), values), known(column)(lambda a: holds(frozenset(a), wanted))),
                Example(f"{name}({text}, {column})", op(told, values, p(column)), known(column)(lambda a: holds(wanted, frozenset(a)))),
            ]

        found += beside("tags", "('school','public')", ["school", "public"])
        found += beside("tags", "('public', 'school', 'school')", ["public", "school", "school"])
        found += beside("tags", "('park')", ["park"])
        found += beside("tags", "('đẹp', 'O''Brien')", ["đẹp", "O'Brien"])
        found += beside("tags", "()", [])
        found += beside("nums", "(1, 2)", [1, 2])
        found += beside("nums", "(2.0, 1)", [2.0, 1])
        found += beside("nums", "(-1, 8)", [-1, 8])
        found += [
            Example(f"{name}(tags, tags)", op(told, p("tags"), p("tags")), known("tags")(lambda a, h=holds: h(frozenset(a), frozenset(a)))),
            Example(f"{name}(nums, (n, m))", op(told, p("nums"), [p("n"), p("m")]),
                    known("nums", "n", "m")(lambda a, n, m, h=holds: h(frozenset(a), frozenset({n, m})))),
            Example(f"{name}(nums, (n))", op(told, p("nums"), [p("n")]), known("nums", "n")(lambda a, n, h=holds: h(frozenset(a), {n}))),
            Example(f"{name}((n + 0, 2), nums)", op(told, [op("+", p("n"), 0), 2], p("nums")),
                    known("nums", "n")(lambda a, n, h=holds: h(frozenset({n, 2}), frozenset(a)))),
            Example(f"{name}(tags, (CASEI('PARK')))", op(told, p("tags"), [op("casei", "PARK")]),
                    known("tags")(lambda a, h=holds: h(frozenset(a), frozenset({"park"})))),
            Example(f"NOT {name}(tags, ('park'))", op("not", op(told, p("tags"), ["park"])),
                    known("tags")(lambda a, h=holds: not h(frozenset(a), frozenset({"park"})))),
            Example(f"{name}(('a', 'b'), ('b', 'a'))", op(told, ["a", "b"], ["b", "a"]), lambda _: True),
        ]  # fmt: skip
    return found


def arithmetic() -> list[Example]:
    def f(sign: str, *args: Any) -> Any:
        return op(sign, *args)

    n, m, x = p("n"), p("m"), p("x")
    return [
        Example("n + m = 5", f("=", f("+", n, m), 5), known("n", "m")(lambda n, m: n + m == 5)),
        Example("n - m > 0", f(">", f("-", n, m), 0), known("n", "m")(lambda n, m: n > m)),
        Example("n-m>-1", f(">", f("-", n, m), -1), known("n", "m")(lambda n, m: n - m > -1)),
        Example("n * m = 12", f("=", f("*", n, m), 12), known("n", "m")(lambda n, m: n * m == 12)),
        Example("n / m >= 2", f(">=", f("/", n, m), 2), known("n", "m")(lambda n, m: m != 0 and n / m >= 2)),
        Example(
            "NOT n / m >= 2", f("not", f(">=", f("/", n, m), 2)), lambda r: None if r["n"] is None or not r["m"] else r["n"] / r["m"] < 2
        ),
        Example("n / 2 = 2.5", f("=", f("/", n, 2), 2.5), known("n")(lambda n: n / 2 == 2.5)),
        Example("n % 3 = 1", f("=", f("%", n, 3), 1), known("n")(lambda n: math.fmod(n, 3) == 1)),
        Example("n % 3 = -1", f("=", f("%", n, 3), -1), known("n")(lambda n: math.fmod(n, 3) == -1)),
        Example("n div 3 = 2", f("=", f("div", n, 3), 2), known("n")(lambda n: math.trunc(n / 3) == 2)),
        Example("n DIV 3 = -1", f("=", f("div", n, 3), -1), known("n")(lambda n: math.trunc(n / 3) == -1)),
        Example("n ^ 2 = 16", f("=", f("^", n, 2), 16), known("n")(lambda n: n * n == 16)),
        Example("x ^ 2 < 1", f("<", f("^", x, 2), 1), known("x")(lambda x: x * x < 1)),
        Example("2 ^ n > 100", f(">", f("^", 2, n), 100), known("n")(lambda n: 2**n > 100)),
        Example("9 ^ 0.5 = m", f("=", f("^", 9, 0.5), m), known("m")(lambda m: m == 3)),
        Example("n = 1 + 2 * 3", f("=", n, f("+", 1, f("*", 2, 3))), known("n")(lambda n: n == 7)),
        Example("n = (1 + 2) * 3", f("=", n, f("*", f("+", 1, 2), 3)), known("n")(lambda n: n == 9)),
        Example("n = 12 - 3 - 2", f("=", n, f("-", f("-", 12, 3), 2)), known("n")(lambda n: n == 7)),
        Example("n = 24 / 4 / 2", f("=", n, f("/", f("/", 24, 4), 2)), known("n")(lambda n: n == 3)),
        Example("n = 2 * 2 ^ 2", f("=", n, f("*", 2, f("^", 2, 2))), known("n")(lambda n: n == 8)),
        Example("n>=10-2*2^0", f(">=", n, f("-", 10, f("*", 2, f("^", 2, 0)))), known("n")(lambda n: n >= 8)),
        Example("n>10-21 div 10", f(">", n, f("-", 10, f("div", 21, 10))), known("n")(lambda n: n > 8)),
        Example("n>10-5%2", f(">", n, f("-", 10, f("%", 5, 2))), known("n")(lambda n: n > 9)),
        Example("1e1 = n", f("=", 10.0, n), known("n")(lambda n: n == 10)),
        Example("x > 1.E2", f(">", x, 100.0), known("x")(lambda x: x > 100)),
        Example("x <= 2.5e-1", f("<=", x, 0.25), known("x")(lambda x: x <= 0.25)),
        Example("x = 1E+6", f("=", x, 1e6), known("x")(lambda x: x == 1e6)),
        Example("n * -1 > 0", f(">", f("*", n, -1), 0), known("n")(lambda n: n < 0)),
        Example("n IN (1 + 1, 2 * 5, 2 ^ 3)", f("in", n, [f("+", 1, 1), f("*", 2, 5), f("^", 2, 3)]), lambda r: r["n"] in {2, 10, 8}),
        Example("(n + m) * x > x", f(">", f("*", f("+", n, m), x), x), known("n", "m", "x")(lambda n, m, x: (n + m) * x > x)),
        Example("n / 0 = 1", f("=", f("/", n, 0), 1), lambda _: None),
        Example("n / 0 = 1 OR true", f("or", f("=", f("/", n, 0), 1), True), lambda _: True),
    ]


@pytest.mark.parametrize("example", [*arrays(), *arithmetic()], ids=lambda each: each.text)
def test_filter_in_both_forms_finds_what_it_holds_of(example: Example) -> None:
    check(example)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("A_CONTAINS(tags, (1, 2))", "tags is an array of string"),
        ("A_CONTAINS(tags, (n))", "n is an integer"),
        ("A_EQUALS(tags, nums)", "tags is an array of string"),
        ("A_EQUALS(name, ('a'))", "name"),
        ("A_EQUALS(tags, (none))", "none"),
        ("A_EQUALS(tags, (tags, 'a'))", "tags"),
        ("n + name = 1", "name is a string"),
        ("2 ^ 3 ^ 2 = n", "use brackets"),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(BadInput, match=named):
        found(text)
