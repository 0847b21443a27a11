"""CSV as spreadsheets write it."""

from __future__ import annotations

import pytest

from ioc.ingest.spreadsheet import separator_of, with_point


@pytest.mark.parametrize(("header", "separator"), [("a,b", ","), ("a;b;c,d", ";"), ("a\tb", "\t"), ("", ","), ("a", ",")])
def test_separator_is_what_the_header_has_most_of(header: str, separator: str) -> None:
    assert separator_of(header) == separator


@pytest.mark.parametrize(("cell", "number"), [("4,25", "4.25"), ("-0,5", "-0.5"), (" 12,0 ", " 12.0 "), ("4.25", "4.25"), ("7", "7")])
def test_decimal_comma_becomes_a_point_between_semicolons(cell: str, number: str) -> None:
    assert with_point(cell, ";") == number


@pytest.mark.parametrize("cell", ["1.234,5", "1,234,567", "a,b", ",5", "5,", ""])
def test_what_is_no_plain_number_is_left_alone(cell: str) -> None:
    assert with_point(cell, ";") == cell


@pytest.mark.parametrize("separator", [",", "\t"])
def test_elsewhere_a_comma_may_part_thousands(separator: str) -> None:
    assert with_point("1,234", separator) == "1,234"
