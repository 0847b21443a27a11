from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ioc.domain.unit import UnitRef
from ioc.errors import NotFound
from ioc.indicators.rollup import OWN, TOTAL, UNKNOWN, Row, Tree, gather, roll_up

MERGED = date(2025, 7, 1)


@dataclass
class Share:
    unit: int
    share: float


class Units:
    """Province 1 with communes 2 and 3 until they became commune 5 (all of 2, a quarter of 3) and 6 of province 4."""

    edition = 1

    def all(self) -> Sequence[UnitRef]:
        return [ref for number in range(1, 7) if (ref := self.ref(number))]

    def ref(self, number: int) -> UnitRef | None:
        parents = {1: None, 2: 1, 3: 1, 4: None, 5: 4, 6: 4}
        if number not in parents:
            return None
        old, level = number < 4, "commune" if parents[number] else "province"
        since, until = (date(2020, 1, 1), MERGED) if old else (MERGED, None)
        return UnitRef(number, "units", f"u{number}", since, until, level, "", "", parents[number], "", "")

    def require(self, code: str, day: date | None = None) -> UnitRef:
        raise NotFound(code)

    def convert(self, number: int, day: date) -> Sequence[Share]:
        if day < MERGED:
            return [Share(number, 1.0)]
        return {2: [Share(5, 1.0)], 3: [Share(5, 0.25), Share(6, 0.75)]}.get(number, [Share(number, 1.0)])


def row(unit: int, n: int, slice_: str = "", key: str | None = None) -> Row:
    return Row(unit, f"commune\x1f{slice_}" if slice_ else "commune", None if key is None else [key], [Decimal(n)], n, None)


def test_facts_count_for_the_unit_and_those_above() -> None:
    cells = roll_up([row(2, 10, "online"), row(3, 6, "counter")], Tree(Units()), ["channel"], width=1, keyed=False)
    assert {unit: slices[TOTAL].amounts for unit, slices in cells.items()} == {2: [10], 3: [6], 1: [16]}
    assert cells[1]["channel", "online"].amounts == [10]
    assert cells[1]["level", "commune"].amounts == [16]


def test_under_the_new_units_facts_are_shared_out() -> None:
    cells = roll_up([row(2, 10), row(3, 8)], Tree(Units(), as_of=date(2025, 8, 1)), [], width=1, keyed=False)
    assert {unit: slices[TOTAL].amounts for unit, slices in cells.items()} == {5: [12], 6: [6], 4: [18]}


def test_facts_of_no_known_unit_stay_apart() -> None:
    cells = roll_up([row(UNKNOWN, 3), row(99, 4), row(2, 1)], Tree(Units()), [], width=1, keyed=False)
    assert cells[UNKNOWN][TOTAL].amounts == [7]
    assert cells[1][TOTAL].amounts == [1]


def test_keys_are_told_apart_and_put_together_above() -> None:
    cells = roll_up([row(2, 1, key="a"), row(3, 2, key="a"), row(3, 1, key="b")], Tree(Units()), [], width=1, keyed=True)
    assert cells[1][TOTAL].keys == {"a": 3, "b": 1}


def test_a_units_own_facts_are_kept_beside() -> None:
    cells = roll_up([row(1, 5), row(2, 1)], Tree(Units()), [], width=1, keyed=False, own=True)
    assert cells[1][OWN, ""].amounts == [Decimal(5)]
    assert cells[1][TOTAL].amounts == [Decimal(6)]


def test_expected_are_the_units_of_the_level_at_the_end() -> None:
    tree = Tree(Units())
    assert tree.expected("commune", date(2025, 7, 1))[1] == {2, 3}
    assert tree.expected("commune", date(2025, 8, 1))[4] == {5, 6}


@given(st.lists(st.tuples(st.sampled_from([2, 3]), st.integers(0, 9), st.sampled_from(["online", "counter"])), max_size=20))
def test_gathering_what_was_rolled_up_gives_the_same(told: list[tuple[int, int, str]]) -> None:
    tree = Tree(Units())
    rows = [row(*one) for one in told]
    above = [
        Row(unit, "\x1f".join((tree.level(one.unit), *one.slice.split("\x1f")[1:])), None, one.amounts, one.events, None)
        for one in rows
        for unit in tree.above(one.unit)
    ]
    assert gather(above, ["channel"], width=1, keyed=False) == roll_up(rows, tree, ["channel"], width=1, keyed=False)


@given(st.lists(st.tuples(st.sampled_from([2, 3]), st.integers(0, 1000)), max_size=20))
def test_nothing_is_lost_or_made_by_conversion(told: list[tuple[int, int]]) -> None:
    cells = roll_up([row(*one) for one in told], Tree(Units(), as_of=date(2025, 8, 1)), [], width=1, keyed=False)
    assert (cells[4][TOTAL].amounts[0] if told else 0) == sum(n for _, n in told)
