from typing import Any

import msgspec
import pytest

from ioc.errors import BadInput
from ioc.geo.cql2.nodes import Node
from ioc.geo.cql2.parse import LONGEST, MOST_TERMS, parse


def same(text: str, document: Any) -> tuple[Node, Node]:
    return parse(text, "cql2-text"), parse(msgspec.json.encode(document).decode(), "cql2-json")


def op(name: str, *args: Any) -> dict[str, Any]:
    return {"op": name, "args": list(args)}


def prop(name: str) -> dict[str, str]:
    return {"property": name}


A1, B2, C3 = (op("=", prop(name), number) for name, number in (("a", 1), ("b", 2), ("c", 3)))


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("a = 1", A1),
        ("a = 1 AND b = 2 OR c = 3", op("or", op("and", A1, B2), C3)),
        ("a = 1 OR b = 2 AND c = 3", op("or", A1, op("and", B2, C3))),
        ("a = 1 and b = 2 and c = 3", op("and", A1, B2, C3)),
        ("NOT a = 1 AND b = 2", op("and", op("not", A1), B2)),
        ("NOT (a = 1 AND b = 2)", op("not", op("and", A1, B2))),
        ("a NOT LIKE 'x''y%'", op("not", op("like", prop("a"), "x'y%"))),
        ("a LIKE 'it\\'s'", op("like", prop("a"), "it's")),
        ("a NOT BETWEEN 1 AND 2 AND b = 2", op("and", op("not", op("between", prop("a"), 1, 2)), B2)),
        ("a NOT IN (1, 2.5)", op("not", op("in", prop("a"), [1, 2.5]))),
        ("a IS NULL OR b IS NOT NULL", op("or", op("isNull", prop("a")), op("not", op("isNull", prop("b"))))),
        ("casei(a) IN (CASEI('X'), CASEI('Y'))", op("in", op("casei", prop("a")), [op("casei", "X"), op("casei", "Y")])),
        ("CASEI(ACCENTI(a)) LIKE 'x%'", op("like", op("casei", op("accenti", prop("a"))), "x%")),
        ("a - b - c = -2", op("=", op("-", op("-", prop("a"), prop("b")), prop("c")), -2)),
        ("a + b * c ^ 2 = 1e2", op("=", op("+", prop("a"), op("*", prop("b"), op("^", prop("c"), 2))), 1e2)),
        ("a / b div c % 2 > .5", op(">", op("%", op("div", op("/", prop("a"), prop("b")), prop("c")), 2), 0.5)),
        ("(a + b) * -c <> 0", op("<>", op("*", op("+", prop("a"), prop("b")), op("*", -1, prop("c"))), 0)),
        ("9007199254740993 = a", op("=", 9007199254740993, prop("a"))),
        ("\"tên đường\" = 'Lê Lợi' AND tên >= 'a'", op("and", op("=", prop("tên đường"), "Lê Lợi"), op(">=", prop("tên"), "a"))),
        ('"a""b" <= TRUE', op("<=", prop('a"b'), True)),
        ("boolean OR NOT FALSE", op("or", prop("boolean"), op("not", False))),
        ("date > DATE('2025-07-01')", op(">", prop("date"), {"date": "2025-07-01"})),
        ("t = TIMESTAMP('2025-07-01T00:00:00.5Z')", op("=", prop("t"), {"timestamp": "2025-07-01T00:00:00.5Z"})),
        (
            "T_DURING(INTERVAL(start, '..'), INTERVAL('2025-07-01', '2025-07-02'))",
            op("t_during", {"interval": [prop("start"), ".."]}, {"interval": ["2025-07-01", "2025-07-02"]}),
        ),
        ("A_CONTAINS(tags, ('a', 'b'))", op("a_contains", prop("tags"), ["a", "b"])),
        ("A_EQUALS(tags, ())", op("a_equals", prop("tags"), [])),
        ('S_DWITHIN(geometry, "p", 10)', op("s_dwithin", prop("geometry"), prop("p"), 10)),
    ],
)
def test_text_and_json_say_the_same(text: str, document: Any) -> None:
    first, second = same(text, document)
    assert first == second


@pytest.mark.parametrize(
    ("text", "geojson"),
    [
        ("POINT(1 2)", {"type": "Point", "coordinates": [1, 2]}),
        ("point Z (1 2 3)", {"type": "Point", "coordinates": [1, 2, 3]}),
        ("LINESTRING(0 0, 1 1)", {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}),
        ("POLYGON((0 0,1 0,1 1,0 0))", {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}),
        ("MULTIPOINT((1 2),(3 4))", {"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]}),
        ("MULTILINESTRING((0 0,1 1))", {"type": "MultiLineString", "coordinates": [[[0, 0], [1, 1]]]}),
        ("MULTIPOLYGON(((0 0,1 0,1 1,0 0)))", {"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [1, 1], [0, 0]]]]}),
        (
            "GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1 1))",
            {
                "type": "GeometryCollection",
                "geometries": [{"type": "Point", "coordinates": [1, 2]}, {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}],
            },
        ),
        ("BBOX(1,2,3,4)", {"bbox": [1, 2, 3, 4]}),
        ("BBOX(1,2,0,3,4,9)", {"bbox": [1, 2, 3, 4]}),
        (
            "BBOX(170,-1,-170,1)",
            {
                "type": "MultiPolygon",
                "coordinates": [
                    [[[170, -1], [180, -1], [180, 1], [170, 1], [170, -1]]],
                    [[[-180, -1], [-170, -1], [-170, 1], [-180, 1], [-180, -1]]],
                ],
            },
        ),
    ],
)
def test_geometries_of_text_and_json_are_the_same(text: str, geojson: Any) -> None:
    first, second = same(f"S_INTERSECTS(geometry, {text})", op("s_intersects", prop("geometry"), geojson))
    assert first.args[1].geometry.equals(second.args[1].geometry)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the filter has the end where a value or a condition is wanted"),
        ("a =", "the filter has the end where a value"),
        ("a = 1 b", "the filter has b at character 7 where it should end"),
        ("a = = 1", "the filter has = at character 5"),
        ("a = 'x", "a quotation that does not end, at character 5"),
        ("a ! 1", "'!', which begins no word, at character 3"),
        ("a = b = c", "= at character 7 behind another such operator: use brackets"),
        ("a ^ b ^ c = 1", "^ at character 7 behind another such operator"),
        ("(a = 1", "the filter has the end where a comma or a closing bracket"),
        ("a BETWEEN 1 OR 2", "OR at character 13 where AND is wanted"),
        ("a NOT 1", "1 at character 7 where LIKE or BETWEEN or IN is wanted"),
        ("a IN 1", "1 at character 6 where ( is wanted"),
        ("a IS 1", "1 at character 6 where NULL is wanted"),
        ("- - a = 1", "the filter has - at character 1 where"),
        ("area(a) = 1", "the function area at character 1: known are a_containedby"),
        ("a = 1e999", "the number 1e999, which is too large"),
        ("d = DATE('2025-02-30')", "the date '2025-02-30', which is no day such as"),
        ("d = DATE(1)", "the date 1, which is no day"),
        ("d = DATE(a)", "a DATE that is not of one text"),
        ("d = TIMESTAMP('2025-07-01')", "the timestamp '2025-07-01', which is no instant such as"),
        ("T_AFTER(d, INTERVAL('2025-07-02','2025-07-01'))", "begins at 2025-07-02 and ends before, at 2025-07-01"),
        ("T_AFTER(d, INTERVAL('2025-07-02'))", "an interval of 1 bounds, not 2"),
        ("T_AFTER(d)", "t_after with 1 arguments, not with 2"),
        ("S_INTERSECTS(g, POINT(1))", "a geometry POINT(1) that cannot be read"),
        ("S_INTERSECTS(g, POINT(1 2)", "the end where a comma or a closing bracket"),
        ("S_INTERSECTS(g, POLYGON((0 0,1 0,1 1)))", "a geometry POLYGON((0 0,1 0,1 1)) that cannot be read"),
        ("S_INTERSECTS(g, POLYGON((0 0,1 1,1 0,0 1,0 0)))", "that is not valid: Self-intersection"),
        ("S_INTERSECTS(g, POINT(1 2", "a geometry whose brackets do not close, at character"),
        ("S_INTERSECTS(g, BBOX(1,2,3))", "a BBOX of 3 values, not of 4 numbers"),
        ("S_INTERSECTS(g, BBOX(1,4,3,2))", "a BBOX whose lower side 4 is above its upper side 2"),
        ("a = 'x\ufffd'", "the filter is not UTF-8"),
        ("a = '" + "x" * LONGEST + "'", f"characters, more than {LONGEST}"),
        ("(" * 500 + "a = 1" + ")" * 500, "nested more than 64 deep, at character 65"),
        ("NOT " * 500 + "a = 1", "nested more than 64 deep"),
        ("1" + " + 1" * 500 + " = a", "nested more than 64 deep"),
        (" OR ".join(["a"] * MOST_TERMS), "the filter has 1001 terms, more than 1000"),
        (f"S_INTERSECTS(g, MULTIPOINT({','.join(['1 1'] * 2000)}))", "geometries of 2000 vertices, more than 1500"),
        ("S_INTERSECTS(g, " + "GEOMETRYCOLLECTION(" * 300 + "POINT(1 2)" + ")" * 301, "a geometry nested more than 16 deep"),
    ],
)
def test_wrong_text_is_refused_with_value_and_place(text: str, words: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse(text, "cql2-text")
    assert words in refused.value.detail


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the filter is not JSON"),
        ("{", "the filter is not JSON"),
        ("null", "the filter has null where"),
        ("{}", "an object with nothing: none of op, property"),
        ('{"op":"=","args":[null,1]}', "the filter has null where"),
        ('{"op":"=","args":[1]}', "= with 1 arguments, not with 2"),
        ('{"op":"and","args":[true]}', "and with 1 arguments, not with 2 or more"),
        ('{"op":"="}', "the operator = without a list of args"),
        ('{"op":"drop","args":[]}', "the operator 'drop': known are and, or, not"),
        ('{"op":["="],"args":[]}', "the operator ['=']: known are"),
        ('{"op":"=","args":[{"date":"x"},1]}', "the date 'x', which is no day"),
        ('{"op":"=","args":[{"timestamp":5},1]}', "the timestamp 5, which is no instant"),
        ('{"op":"t_after","args":[{"interval":["..",3]},1]}', "an interval with 3, which is no time"),
        ('{"op":"s_within","args":[{"type":"Circle"},1]}', "the type 'Circle', which is none of"),
        ('{"op":"s_within","args":[{"type":"Point","coordinates":["x",1]},1]}', "a Point whose coordinates are not those of one"),
        ('{"op":"s_within","args":[{"type":"Polygon","coordinates":[[1,2]]},1]}', "a Polygon whose coordinates"),
        ('{"op":"s_within","args":[{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0]]]},1]}', "that cannot be read"),
        ('{"op":"s_within","args":[{"bbox":[1,2,3]},1]}', "a BBOX of 3 values"),
        ('{"op":"=","args":[1e999,1]}', "the filter is not JSON"),
        ('{"op":"=","args":[123456789012345678901,1]}', "the number 123456789012345678901, which is too large"),
        ('{"op":"not","args":[' * 100 + "true" + "]}" * 100, "nested more than 64 deep"),
        ("[" * 4000 + "]" * 4000, "nested more than 64 deep"),
        ('{"a":' * 1300 + "1" + "}" * 1300, "nested more than 64 deep"),
    ],
)
def test_wrong_json_is_refused(text: str, words: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse(text, "cql2-json")
    assert words in refused.value.detail


def test_chain_of_conditions_makes_no_depth() -> None:
    assert len(parse(" AND ".join(["a = 1"] * 300), "cql2-text").args) == 300  # type: ignore[union-attr]


def test_text_is_composed_as_layers_are() -> None:
    assert parse("te\u0302n = 'Ba\u0306\u0301c'", "cql2-text") == parse("tên = 'Bắc'", "cql2-text")
