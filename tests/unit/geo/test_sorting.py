from datetime import UTC, date, datetime
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.errors import BadInput
from ioc.geo.collection import Collection
from ioc.geo.features import answer, read_query
from ioc.geo.layer import Feature
from tests.support.shapes import collection

KINDS: dict[str, list[Any]] = {
    "text": ["Bắc", "an", "b", None],
    "whole": [3, -1, 2**53 + 1, None],
    "number": [0.5, -2.0, None],
    "flag": [True, False, None],
    "day": [date(2025, 7, 1), date(2024, 1, 1), None],
    "when": [datetime(2025, 7, 1, 3, tzinfo=UTC), datetime(2025, 7, 1, 4, 30, 0, 5, tzinfo=UTC), None],
}
rows = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in KINDS.items()})
orders = st.lists(st.tuples(st.sampled_from([*KINDS, "id"]), st.booleans()), min_size=1, max_size=3, unique_by=lambda key: key[0])


def served_of(found: dict[int, dict[str, Any]]) -> Collection:
    # The first row is there for the types only: it is never asked for.
    typed = {name: values[0] for name, values in KINDS.items()} | {"is_real": False}
    features = [Feature(f"{number:03}", shapely.Point(0, 0), row | {"is_real": True}) for number, row in sorted(found.items())]
    return collection([*features, Feature("typed", shapely.Point(0, 0), typed)])


def pages(served: Collection, sortby: str, limit: int, cursor: str | None = None) -> list[str]:
    seen: list[str] = []
    while True:
        given = [("sortby", sortby), ("limit", str(limit)), ("is_real", "true"), *([("cursor", cursor)] if cursor else [])]
        page = answer(served, read_query(given, served))
        seen += [served.fids[ordinal] for ordinal in page.ordinals]
        cursor = page.cursor
        if cursor is None:
            return seen


def by_hand(found: dict[int, dict[str, Any]], order: list[tuple[str, bool]]) -> list[str]:
    fids = sorted(f"{number:03}" for number in found)
    for name, is_descending in reversed(order):
        value = {fid: fid if name == "id" else found[int(fid)][name] for fid in fids}
        there, lacking = [fid for fid in fids if value[fid] is not None], [fid for fid in fids if value[fid] is None]
        fids = sorted(there, key=lambda fid: value[fid], reverse=False) if not is_descending else descending(there, value)
        fids += lacking
    return fids


def descending(fids: list[str], value: dict[str, Any]) -> list[str]:
    """Equal values keep their order."""
    return sorted(fids, key=lambda fid: value[fid], reverse=True)


def words(order: list[tuple[str, bool]]) -> str:
    return ",".join(f"{'-' if is_descending else '+'}{name}" for name, is_descending in order)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.integers(0, 50), rows, max_size=12), orders, st.integers(1, 5))
def test_pages_in_an_order_miss_nothing_and_repeat_nothing(
    found: dict[int, dict[str, Any]], order: list[tuple[str, bool]], limit: int
) -> None:
    assert pages(served_of(found), words(order), limit) == by_hand(found, order)


def test_cursor_behind_a_least_value_that_is_gone_misses_none_that_lack_it() -> None:
    row = {name: values[0] for name, values in KINDS.items()}
    before = {number: row | {"flag": flag} for number, flag in enumerate((None, None, False, None, True))}
    page = answer(served_of(before), read_query([("sortby", "-flag"), ("limit", "2"), ("is_real", "true")], served_of(before)))
    after = {number: told for number, told in before.items() if number != 2}
    assert pages(served_of(after), "-flag", 5, page.cursor) == ["000", "001", "003"]


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.integers(0, 50), rows, min_size=3, max_size=10),
    st.dictionaries(st.integers(51, 90), rows, max_size=5),
    orders,
    st.data(),
)
def test_cursor_finds_its_place_when_features_came_and_went(
    before: dict[int, dict[str, Any]], came: dict[int, dict[str, Any]], order: list[tuple[str, bool]], data: st.DataObject
) -> None:
    served = served_of(before)
    first = answer(served, read_query([("sortby", words(order)), ("limit", "2"), ("is_real", "true")], served))
    seen = [served.fids[ordinal] for ordinal in first.ordinals]
    went = data.draw(st.sets(st.sampled_from(sorted(before))))
    after = {number: row for number, row in before.items() if number not in went} | came
    # What comes behind the last one seen, in an order in which that one still has its place.
    everything = by_hand(before | came, order)
    behind = [fid for fid in everything[everything.index(seen[-1]) + 1 :] if int(fid) in after]
    assert pages(served_of(after), words(order), 3, first.cursor) == behind


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ([("sortby", "colour")], "sortby colour is none of id, text"),
        ([("sortby", "")], "sortby nothing is none of"),
        ([("sortby", "+text,-text")], "names an attribute twice"),
        ([("sortby", "text"), ("cursor", "WyIxIl0")], "cursor WyIxIl0 is none of ours for this order"),
        ([("sortby", "whole"), ("cursor", "WyIxIiwieCJd")], "is none of ours for this order"),
        ([("cursor", "eA")], "cursor eA is none of ours"),
        ([("cursor", "WzFd")], "cursor WzFd is none of ours"),
        ([("cursor", "WyIxIl0"), ("offset", "5")], "offset 5 and a cursor exclude each other"),
        ([("offset", "-1")], "offset -1 is not a whole number from 0"),
    ],
)
def test_wrong_order_or_cursor_is_refused(parameters: list[tuple[str, str]], reason: str) -> None:
    served = served_of({1: dict.fromkeys(KINDS)})
    with pytest.raises(BadInput) as refused:
        read_query(parameters, served)
    assert reason in refused.value.detail


def test_offset_passes_over_features_in_their_order() -> None:
    served = served_of({number: dict.fromkeys(KINDS) | {"whole": -number} for number in range(5)})
    page = answer(served, read_query([("sortby", "whole"), ("offset", "1"), ("limit", "2"), ("is_real", "true")], served))
    assert ([served.fids[each] for each in page.ordinals], page.matched) == (["003", "002"], 5)
