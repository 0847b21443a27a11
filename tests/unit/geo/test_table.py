from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from ioc.geo.table import JSON_TYPE, TableBuilder, empty_table, plain_rows, table_of


@pytest.mark.parametrize(
    ("portions", "column"),
    [
        ([['{"a":1}'], ['{"a":2}', "{}"]], [1, 2, None]),
        ([['{"a":1}'], ['{"a":2.5}']], [1.0, 2.5]),
        ([['{"a":1}'], ['{"a":"x"}']], ["1", '"x"']),
        ([['{"a":1}'], ['{"a":true}']], ["1", "true"]),
        ([['{"a":1}'], ['{"a":123456789012345678901}']], ["1", "123456789012345678901"]),
        ([['{"a":null}'], ['{"a":"x"}']], [None, "x"]),
        ([['{"b":1}'], ['{"a":{"c":[1]}}']], [None, '{"c":[1]}']),
        ([['{"a":["x"]}'], ['{"a":[]}'], ['{"a":null}']], [["x"], [], None]),
        ([['{"a":[1]}'], ['{"a":[1.5]}']], [[1.0], [1.5]]),
        ([['{"a":"2025-07-01"}'], ['{"a":"2025-07-02"}']], [date(2025, 7, 1), date(2025, 7, 2)]),
        ([['{"a":"2025-07-01"}'], ['{"a":"soon"}']], ["2025-07-01", "soon"]),
        ([['{"a":"2025-04-31"}']], ["2025-04-31"]),
        ([['{"a":"2025-07-01T07:00:00+07:00"}', '{"a":null}']], [datetime(2025, 7, 1, tzinfo=UTC), None]),
        ([['{"a":"2025-07-01T07:00:00"}']], ["2025-07-01T07:00:00"]),
        ([['{"a":null}']], [None]),
    ],
)
def test_column_has_the_one_type_that_holds_all_values(portions: list[list[str]], column: list[object]) -> None:
    builder = TableBuilder()
    for portion in portions:
        builder.add_json(portion)
    found = builder.finish()["a"].to_pylist()
    assert found == column
    assert [type(each) for each in found] == [type(each) for each in column]


def test_what_is_not_a_number_is_missing() -> None:
    assert table_of([{"a": float("nan")}, {"a": 1.0}])["a"].to_pylist() == [None, 1.0]


def test_column_without_values_can_be_asked_about() -> None:
    assert table_of([{"a": None}]).schema.field("a").type == pa.string()


def test_json_is_written_as_it_was_read() -> None:
    table = table_of([{"a": {"x": [1, None]}}, {"a": 5}])
    assert table.schema.field("a").type == JSON_TYPE
    assert [bytes(row["a"]) for row in plain_rows(table)] == [b'{"x":[1,null]}', b"5"]


def test_rows_without_attributes_are_counted() -> None:
    assert (len(empty_table(3)), len(table_of([{}, {}]))) == (3, 2)
