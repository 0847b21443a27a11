import json

from hypothesis import given
from hypothesis import strategies as st

from ioc.streams.figures import COLUMNS, Board, Boards, Choice
from ioc.streams.filter import Filter
from tests.support.figures import figure


def rows(board: Board, since: int) -> dict[str, object]:
    part = board.changes(since)
    assert part.number == len(part.rows)
    return {(told := dict(zip(COLUMNS, json.loads(row), strict=True)))["id"]: told["value"] for row in part.rows}


def test_what_was_read_is_told_once() -> None:
    board = Board()
    assert board.take([figure("a", 1), figure("b", 2)], 1)
    assert (rows(board, 0), board.position) == ({"a": 1, "b": 2}, 2)
    assert not board.take([figure("a", 1), figure("b", 2)], 2)
    assert rows(board, 2) == {}


def test_a_figure_that_was_computed_again_and_came_to_the_same_is_no_news() -> None:
    board = Board()
    board.take([figure("a", 1)], 1)
    assert not board.take([figure("a", 1, minute=5)], 2)


def test_a_figure_that_is_gone_is_removed_until_it_is_there_again() -> None:
    board = Board()
    board.take([figure("a", 1), figure("b", 2)], 1)
    board.take([figure("b", 2)], 2)
    assert board.changes(2).removed == ("a",)
    assert board.changes(0).removed == ()
    board.take([figure("a", 3), figure("b", 2)], 3)
    assert board.changes(2).removed == ()
    assert rows(board, 2) == {"a": 3}


def test_the_first_reading_is_news_even_of_nothing() -> None:
    assert Board().take([], 1)


def test_those_who_choose_the_same_share_a_board_as_long_as_one_looks() -> None:
    boards = Boards()
    one = boards.open(Choice.of(Filter(unit=frozenset("ba"), indicator=("y", "x"))))
    assert boards.open(Choice.of(Filter(unit=frozenset("ab"), indicator=("x", "y", "x")))) is one
    assert [(choice.units, choice.indicators) for choice, _ in boards.each()] == [(("a", "b"), ("x", "y"))]
    del one
    assert boards.each() == []


@given(st.lists(st.dictionaries(st.sampled_from("abcde"), st.integers(0, 3)), min_size=1, max_size=12), st.data())
def test_snapshot_and_changes_are_what_was_read_last(told: list[dict[str, int]], data: st.DataObject) -> None:
    board, seen, position = Board(), dict[str, object](), 0
    for number, values in enumerate(told):
        board.take([figure(name, value) for name, value in values.items()], number)
        if data.draw(st.booleans()):
            part = board.changes(position)
            for name in part.removed:
                seen.pop(name, None)
            seen |= rows(board, position)
            position = board.position
    for name in board.changes(position).removed:
        seen.pop(name, None)
    assert seen | rows(board, position) == told[-1]
