"""Comparisons, LIKE, BETWEEN, IN, IS NULL, logic, CASEI and ACCENTI, in text and JSON, against what each feature says in Python."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any

import pytest

from tests.support.cql2_town import NOON, Example, always, check, instant, known, op, p


def plain(text: str) -> str:
    letters = unicodedata.normalize("NFD", text.translate(str.maketrans("đĐøØ", "dDoO")))
    return unicodedata.normalize("NFC", "".join(each for each in letters if not unicodedata.combining(each)))


def comparisons() -> list[Example]:
    import operator as o

    signs = {"=": o.eq, "<>": o.ne, "<": o.lt, "<=": o.le, ">": o.gt, ">=": o.ge}
    values: list[tuple[str, str, Any, Any]] = [
        ("name", "'bac giang'", "bac giang", "bac giang"),
        ("n", "5", 5, 5),
        ("x", "1.5", 1.5, 1.5),
        ("n", "2.5", 2.5, 2.5),
        ("flag", "true", True, True),
        ("day", "DATE('2025-07-01')", {"date": "2025-07-01"}, date(2025, 7, 1)),
        ("at", "TIMESTAMP('2025-07-01T06:00:00Z')", {"timestamp": "2025-07-01T06:00:00Z"}, instant("2025-07-01T06:00:00")),
    ]
    found = []
    for sign, holds in signs.items():
        for name, text, told, value in values:
            found.append(Example(f"{name} {sign} {text}", op(sign, p(name), told), known(name)(lambda a, h=holds, v=value: h(a, v))))
            found.append(Example(f"{text}{sign}{name}", op(sign, told, p(name)), known(name)(lambda a, h=holds, v=value: h(v, a))))
        for left, right in (("n", "m"), ("name", "alias"), ("day", "until"), ("at", "ended"), ("x", "n")):
            found.append(Example(f"{left} {sign} {right}", op(sign, p(left), p(right)), known(left, right)(holds)))
        found.append(Example(f"'foo' {sign} 'foo'", op(sign, "foo", "foo"), always(holds(1, 1))))
        found.append(Example(f"1 {sign} 2", op(sign, 1, 2), always(holds(1, 2))))
    return found


def ci(text: Any) -> Any:
    return op("casei", text)


def ai(text: Any) -> Any:
    return op("accenti", text)


def accents() -> list[Example]:
    return [
        Example("CASEI(name) = CASEI('ĐƯỜNG LÊ LỢI')", op("=", ci(p("name")), ci("ĐƯỜNG LÊ LỢI")),
                known("name")(lambda s: s.casefold() == "đường lê lợi")),
        Example("casei(name) = casei('STRASSE')", op("=", ci(p("name")), ci("STRASSE")), known("name")(lambda s: s == "Straße")),
        Example("casei('Straße') = casei(alias)", op("=", ci("Straße"), ci(p("alias"))), known("alias")(lambda s: s == "STRASSE")),
        Example("CASEI(name) = CASEI(alias)", op("=", ci(p("name")), ci(p("alias"))),
                known("name", "alias")(lambda a, b: a.casefold() == b.casefold())),
        Example("ACCENTI(name) = accenti('Kobenhavn')", op("=", ai(p("name")), ai("Kobenhavn")), known("name")(lambda s: s == "København")),
        Example("ACCENTI(alias) = ACCENTI('København')", op("=", ai(p("alias")), ai("København")), known("alias")(lambda s: s == "Kobenhavn")),
        Example("ACCENTI(name) = alias", op("=", ai(p("name")), p("alias")), known("name", "alias")(lambda a, b: plain(a) == b)),
        Example("ACCENTI(name) <> ACCENTI(alias)", op("<>", ai(p("name")), ai(p("alias"))),
                known("name", "alias")(lambda a, b: plain(a) != plain(b))),
        Example("ACCENTI(CASEI(name)) = accenti(casei('KØBENHAVN'))", op("=", ai(ci(p("name"))), ai(ci("KØBENHAVN"))),
                known("name")(lambda s: s == "København")),
        Example("CASEI(ACCENTI(name)) LIKE casei(accenti('ĐUONG%'))", op("like", ci(ai(p("name"))), ci(ai("ĐUONG%"))),
                known("name")(lambda s: plain(s).casefold().startswith("duong"))),
        Example("ACCENTI(CASEI(name)) LIKE accenti(casei('kØ%'))", op("like", ai(ci(p("name"))), ai(ci("kØ%"))),
                known("name")(lambda s: plain(s).casefold().startswith("ko"))),
        Example("CASEI(name) LIKE CASEI('O''B%')", op("like", ci(p("name")), ci("O'B%")), known("name")(lambda s: s == "O'Brien")),
        Example("ACCENTI(CASEI(name)) IN (accenti(casei('Kobenhavn')), accenti(casei('BẮC GIANG')), accenti(casei('foo')))",
                op("in", ai(ci(p("name"))), [ai(ci("Kobenhavn")), ai(ci("BẮC GIANG")), ai(ci("foo"))]),
                known("name")(lambda s: plain(s).casefold() in {"kobenhavn", "bac giang"})),
        Example("casei(name) NOT IN (casei('STRASSE'), casei(alias))", op("not", op("in", ci(p("name")), [ci("STRASSE"), ci(p("alias"))])),
                lambda r: None if r["name"] is None else False if r["name"] == "Straße" else None if r["alias"] is None
                else r["name"].casefold() != r["alias"].casefold()),
        Example("CASEI(\"tên\") = 'tám'", op("=", ci(p("tên")), "tám"), lambda r: r["tên"] == "tám"),
    ]  # fmt: skip


def like(name: str, written: str, pattern: str, wanted: str) -> Example:
    return Example(f"{name} LIKE '{written}'", op("like", p(name), pattern), known(name)(lambda s: re.fullmatch(wanted, s, re.DOTALL)))


def patterns() -> list[Example]:
    return [
        like("name", "%", "%", ".*"),
        like("name", "a_b", "a_b", "a.b"),
        like("name", r"a\_b", r"a\_b", "a_b"),
        like("name", r"%\%%", r"%\%%", ".*%.*"),
        like("name", r"50\% o__", r"50\% o__", "50% o.."),
        like("name", r"a\%b\\c", r"a\%b\\c", r"a%b\\c"),
        like("name", r"a%\\c", r"a%\\c", r"a.*\\c"),
        like("name", "O''B%", "O'B%", "O'B.*"),
        like("name", r"O\'B%", "O'B%", "O'B.*"),
        like("name", "", "", ""),
        like("name", "_", "_", "."),
        like("name", r"line\nbreak\tT%", "line\nbreak\tT%", "line\nbreak\tT.*"),
        like("name", "%lê%", "%lê%", ".*lê.*"),
        like("name", "K_benhavn", "K_benhavn", "K.benhavn"),
        like("name", "a.b", "a.b", r"a\.b"),
        like("tên", "m__i%", "m__i%", "m..i.*"),
        Example("name NOT LIKE 'đ%'", op("not", op("like", p("name"), "đ%")), known("name")(lambda s: not s.startswith("đ"))),
        Example("NOT name LIKE '%b%'", op("not", op("like", p("name"), "%b%")), known("name")(lambda s: "b" not in s)),
        Example("'København' LIKE 'K_benhavn'", op("like", "København", "K_benhavn"), lambda _: True),
        Example("'København' NOT LIKE 'K_benhavn'", op("not", op("like", "København", "K_benhavn")), lambda _: False),
        Example("name = 'O''Brien'", op("=", p("name"), "O'Brien"), lambda r: r["name"] == "O'Brien"),
        Example(r"name = 'O\'Brien'", op("=", p("name"), "O'Brien"), lambda r: r["name"] == "O'Brien"),
        Example(r"name = 'a%b\\c'", op("=", p("name"), "a%b\\c"), lambda r: r["name"] == "a%b\\c"),
        Example(r"name = 'line\nbreak\tTab'", op("=", p("name"), "line\nbreak\tTab"), lambda r: r["id"] == "i"),
        Example(
            r"name <> 'x\\' AND alias = 'x'", op("and", op("<>", p("name"), "x\\"), op("=", p("alias"), "x")), lambda r: r["id"] == "j"
        ),
    ]


def ranges() -> list[Example]:
    return [
        Example("n BETWEEN 1 AND 5", op("between", p("n"), 1, 5), known("n")(lambda n: 1 <= n <= 5)),
        Example("n NOT BETWEEN 1 AND 5", op("not", op("between", p("n"), 1, 5)), known("n")(lambda n: not 1 <= n <= 5)),
        Example("n BETWEEN 5 AND 1", op("between", p("n"), 5, 1), lambda _: False),
        Example("n BETWEEN m - 1 AND m + 1", op("between", p("n"), op("-", p("m"), 1), op("+", p("m"), 1)),
                known("n", "m")(lambda n, m: m - 1 <= n <= m + 1)),
        Example("n + m BETWEEN 2 * 3 AND 100 / 5", op("between", op("+", p("n"), p("m")), op("*", 2, 3), op("/", 100, 5)),
                known("n", "m")(lambda n, m: 6 <= n + m <= 20)),
        Example("3 BETWEEN m AND n", op("between", 3, p("m"), p("n")),
                lambda r: None if r["n"] is None or r["m"] is None else r["m"] <= 3 <= r["n"]),
        Example("x between -0.5 and .5", op("between", p("x"), -0.5, 0.5), known("x")(lambda x: -0.5 <= x <= 0.5)),
        Example("day BETWEEN DATE('2025-07-01') AND DATE('2025-07-02')",
                op("between", p("day"), {"date": "2025-07-01"}, {"date": "2025-07-02"}),
                known("day")(lambda d: date(2025, 7, 1) <= d <= date(2025, 7, 2))),
        Example("at BETWEEN TIMESTAMP('2025-07-01T06:00:00Z') AND TIMESTAMP('2025-07-01T12:00:00.000Z')",
                op("between", p("at"), {"timestamp": "2025-07-01T06:00:00Z"}, {"timestamp": "2025-07-01T12:00:00.000Z"}),
                known("at")(lambda t: instant("2025-07-01T06:00:00") <= t <= NOON)),
        Example("name BETWEEN 'a' AND 'b'", op("between", p("name"), "a", "b"), known("name")(lambda s: "a" <= s <= "b")),
        Example("n IN (1, 2, 3)", op("in", p("n"), [1, 2, 3]), known("n")(lambda n: n in {1, 2, 3})),
        Example("n NOT IN (1, 2, 3)", op("not", op("in", p("n"), [1, 2, 3])), known("n")(lambda n: n not in {1, 2, 3})),
        Example("n IN (m, 2 * 5, m + 1)", op("in", p("n"), [p("m"), op("*", 2, 5), op("+", p("m"), 1)]),
                lambda r: None if r["n"] is None else r["n"] == 10 or (None if r["m"] is None else r["n"] in {r["m"], r["m"] + 1})),
        Example("5 IN (n, m)", op("in", 5, [p("n"), p("m")]), lambda r: 5 in {r["n"], r["m"]}),
        Example("name IN ('a_b', 'O''Brien', 'đường lê lợi')", op("in", p("name"), ["a_b", "O'Brien", "đường lê lợi"]),
                lambda r: r["name"] in {"a_b", "O'Brien", "đường lê lợi"}),
        Example("flag IN (true)", op("in", p("flag"), [True]), lambda r: r["flag"] is True),
        Example("flag IN (true, false)", op("in", p("flag"), [True, False]), lambda r: r["flag"] is not None),
        Example("day IN (DATE('2025-07-01'), DATE('2024-02-29'))", op("in", p("day"), [{"date": "2025-07-01"}, {"date": "2024-02-29"}]),
                lambda r: r["day"] in {date(2025, 7, 1), date(2024, 2, 29)}),
        Example("at IN (TIMESTAMP('2025-07-01T12:00:00Z'))", op("in", p("at"), [{"timestamp": "2025-07-01T12:00:00Z"}]),
                lambda r: r["at"] == NOON),
        Example("x IN (1.5, 2, 100)", op("in", p("x"), [1.5, 2, 100]), lambda r: r["x"] in {1.5, 2.0, 100.0}),
    ]  # fmt: skip


def null(name: str) -> Example:
    return Example(f"{name} IS NULL", op("isNull", p(name)), lambda row: row[name] is None)


def not_null(name: str) -> Example:
    return Example(f"{name} is not null", op("not", op("isNull", p(name))), lambda row: row[name] is not None)


def logic() -> list[Example]:
    n_is_1, m_over_3, flag = op("=", p("n"), 1), op(">", p("m"), 3), op("=", p("flag"), True)
    names = ("name", "n", "x", "flag", "day", "at", "tags", "geometry")
    return [
        *(null(name) for name in names),
        *(not_null(name) for name in names),
        Example("true", True, lambda _: True),
        Example("FALSE", False, lambda _: False),
        Example("NOT flag = true", op("not", flag), lambda r: r["flag"] is False),
        Example("NOT (flag = true OR n = 1)", op("not", op("or", flag, n_is_1)), lambda r: r["flag"] is False and r["n"] not in {None, 1}),
        Example("NOT (flag = true AND m > 3)", op("not", op("and", flag, m_over_3)),
                lambda r: r["flag"] is False or (r["m"] is not None and r["m"] <= 3)),
        Example("flag = true OR m > 3", op("or", flag, m_over_3), lambda r: r["flag"] is True or (r["m"] or 0) > 3),
        Example("flag = true AND m > 3", op("and", flag, m_over_3), lambda r: r["flag"] is True and (r["m"] or 0) > 3),
        Example("n = 1 OR flag = true AND m > 3", op("or", n_is_1, op("and", flag, m_over_3)),
                lambda r: r["n"] == 1 or (r["flag"] is True and (r["m"] or 0) > 3)),
        Example("(n = 1 OR flag = true) AND m > 3", op("and", op("or", n_is_1, flag), m_over_3),
                lambda r: (r["n"] == 1 or r["flag"] is True) and (r["m"] or 0) > 3),
        Example("NOT n = 1 AND m > 3", op("and", op("not", n_is_1), m_over_3), lambda r: r["n"] not in {None, 1} and (r["m"] or 0) > 3),
        Example("not (n = 1 and m > 3) or flag is null", op("or", op("not", op("and", n_is_1, m_over_3)), op("isNull", p("flag"))),
                lambda r: r["flag"] is None or (r["n"] is not None and r["n"] != 1) or (r["m"] is not None and r["m"] <= 3)),
        Example("n <> n", op("<>", p("n"), p("n")), lambda _: False),
        Example("n = n", op("=", p("n"), p("n")), lambda r: r["n"] is not None),
        Example("n = n OR NOT n = n", op("or", op("=", p("n"), p("n")), op("not", op("=", p("n"), p("n")))), lambda r: r["n"] is not None),
        Example("(n = 1) IS NULL", op("isNull", n_is_1), lambda r: r["n"] is None),
        Example("n / m IS NULL", op("isNull", op("/", p("n"), p("m"))), lambda r: r["n"] is None or not r["m"]),
        Example("casei(alias) IS NULL", op("isNull", op("casei", p("alias"))), lambda r: r["alias"] is None),
        Example("POINT(1 1) IS NULL", op("isNull", {"type": "Point", "coordinates": [1, 1]}), lambda _: False),
        Example("INTERVAL('2025-01-01','..') IS NOT NULL", op("not", op("isNull", {"interval": ["2025-01-01", ".."]})), lambda _: True),
        Example("\"tên\" = 'một' OR tên = 'hai'", op("or", op("=", p("tên"), "một"), op("=", p("tên"), "hai")), lambda r: r["id"] in "ab"),
        Example("\"name\"='a_b'and\"n\"=-4", op("and", op("=", p("name"), "a_b"), op("=", p("n"), -4)), lambda r: r["id"] == "d"),
        Example("flag = false AND n > +5 AND m IS NOT NULL", op("and", op("=", p("flag"), False), op(">", p("n"), 5),
                op("not", op("isNull", p("m")))), lambda r: r["flag"] is False and (r["n"] or 0) > 5 and r["m"] is not None),
    ]  # fmt: skip


@pytest.mark.parametrize("example", [*comparisons(), *accents(), *patterns(), *ranges(), *logic()], ids=lambda each: each.text)
def test_filter_in_both_forms_finds_what_it_holds_of(example: Example) -> None:
    check(example)
