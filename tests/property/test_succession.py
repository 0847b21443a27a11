"""Whatever became of units, nothing of a figure is lost or invented on its way."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.geo.succession import Link, Step, Succession, settle, share_out
from tests.support.shapes import unit

DAYS = [date(2020 + era, 1, 1) for era in range(3)]
PER_ERA = 4
LAST = DAYS[-1]

splits = st.lists(
    st.lists(st.tuples(st.integers(0, PER_ERA - 1), st.floats(0.01, 1)), min_size=1, max_size=3, unique_by=lambda part: part[0]),
    min_size=PER_ERA * 2,
    max_size=PER_ERA * 2,
)


def number(era: int, index: int) -> int:
    return 1 + era * PER_ERA + index


def built(parts: list[list[tuple[int, float]]]) -> Succession:
    """A succession of three eras of four units, each unit divided as drawn."""
    ends = [*DAYS[1:], None]
    units = {
        number(e, i): unit(number(e, i), f"{i}", None, valid_from=DAYS[e], valid_to=ends[e])[0] for e in range(3) for i in range(PER_ERA)
    }
    known = {(ref.code, ref.valid_from): ref.valid_to for ref in units.values()}
    steps = []
    for position, drawn in enumerate(parts):
        era, index = divmod(position, PER_ERA)
        total = math.fsum(weight for _, weight in drawn)
        steps += [Step((f"{index}", DAYS[era]), (f"{new}", DAYS[era + 1]), weight / total) for new, weight in drawn]
    settled, problems = settle(steps, known)
    assert problems == []
    ids = {(ref.code, ref.valid_from): ref.id for ref in units.values()}
    links = [Link(ids[s.old], ids[s.new], s.share or 0, s.share_of_new or 0, s.kind or "part") for s in settled]
    return Succession(links, unit_of=units.get)


@given(parts=splits)
def test_shares_of_every_unit_add_up_to_one(parts: list[list[tuple[int, float]]]) -> None:
    succession = built(parts)
    for era in range(3):
        for index in range(PER_ERA):
            portions = succession.convert(number(era, index), LAST)
            assert math.fsum(portion.share for portion in portions) == pytest.approx(1)


@given(parts=splits, values=st.lists(st.integers(0, 10**9), min_size=PER_ERA, max_size=PER_ERA))
def test_totals_are_kept_and_exact_figures_are_whole(parts: list[list[tuple[int, float]]], values: list[int]) -> None:
    figures = {number(0, index): value for index, value in enumerate(values)}
    shared, lost = share_out(figures, built(parts), LAST)
    assert lost == {}
    assert math.fsum(figure.value for figure in shared.values()) == pytest.approx(sum(values))
    for figure in shared.values():
        if figure.exact:
            assert figure.value == pytest.approx(sum(figures[origin] for origin in figure.origins))


@given(parts=splits)
def test_way_back_is_known_where_there_is_one_and_adds_up(parts: list[list[tuple[int, float]]]) -> None:
    succession = built(parts)
    reached = {portion.unit for index in range(PER_ERA) for portion in succession.convert(number(0, index), LAST)}
    for unit_number in reached:
        assert 0 < math.fsum(portion.share for portion in succession.convert(unit_number, DAYS[0])) <= 1 + 1e-9
