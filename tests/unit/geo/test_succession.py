from __future__ import annotations

from datetime import date

import pytest

from ioc.geo.succession import Link, Portion, Step, Succession, UnitKey, settle, share_out
from tests.support.shapes import unit

T0, T1, T2 = date(2023, 1, 1), date(2024, 9, 1), date(2025, 7, 1)
BEFORE, BETWEEN, AFTER = date(2023, 5, 1), date(2024, 12, 1), date(2025, 7, 1)


def step(old: str, new: str, share: float | None = None, of_new: float | None = None, **more: str) -> Step:
    return Step((old, T1), (new, T2), share, of_new, **more)  # type: ignore[arg-type]


KNOWN: dict[UnitKey, date | None] = {(code, T1): T2 for code in "abc"} | {(code, T2): None for code in "xyz"}


def test_shares_that_are_told_are_kept_and_scaled_to_one() -> None:
    steps, problems = settle([step("a", "x", 0.499, 1.0), step("a", "y", 0.5, 1.0), step("b", "z")], KNOWN)
    assert problems == []
    assert sum(s.share or 0 for s in steps if s.old[0] == "a") == pytest.approx(1, abs=1e-12)
    assert [s.kind for s in steps] == ["part", "part", "whole"]


def test_new_unit_is_made_of_what_was_given_where_the_file_does_not_say() -> None:
    steps, _ = settle([step("a", "x", 0.5), step("a", "y", 0.5), step("b", "x"), step("c", "y", 1.0, 0.9)], KNOWN)
    assert {(s.old[0], s.new[0]): s.share_of_new for s in steps} == {
        ("a", "x"): pytest.approx(1 / 3),
        ("b", "x"): pytest.approx(2 / 3),
        ("a", "y"): pytest.approx(1 / 3),
        ("c", "y"): pytest.approx(2 / 3),
    }


def test_rest_is_divided_among_the_silent() -> None:
    steps, problems = settle([step("a", "x", 0.4), step("a", "y"), step("a", "z")], KNOWN)
    assert problems == []
    assert [s.share for s in steps] == pytest.approx([0.4, 0.3, 0.3])


@pytest.mark.parametrize(
    "steps",
    [[step("a", "x", 0.9)], [step("a", "x", 1.0), step("a", "y", 1.0)], [step("a", "x", 1.0), step("a", "y")]],
)
def test_shares_that_do_not_add_up_are_reported(steps: list[Step]) -> None:
    _, problems = settle(steps, KNOWN)
    assert len(problems) == 1
    assert "the shares of a of 2024-09-01 add up to" in problems[0]


UNITS = [
    unit(1, "p", None, valid_from=T0, valid_to=T2, level="province")[0],
    unit(2, "d", None, valid_from=T0, valid_to=T2, level="district", parent_id=1)[0],
    unit(3, "a", None, valid_from=T0, valid_to=T1)[0],
    unit(4, "b", None, valid_from=T0, valid_to=T1)[0],
    unit(5, "ab", None, valid_from=T1, valid_to=T2)[0],
    unit(6, "P", None, valid_from=T2, level="province")[0],
    unit(7, "x", None, valid_from=T2)[0],
    unit(8, "y", None, valid_from=T2)[0],
]
LINKS = [
    Link(3, 5, 1.0, 0.25, "whole"),
    Link(4, 5, 1.0, 0.75, "whole"),
    Link(5, 7, 0.6, 1.0, "part"),
    Link(5, 8, 0.4, 1.0, "part"),
    Link(1, 6, 1.0, 1.0, "whole"),
]


def succession(links: list[Link] = LINKS) -> Succession:
    return Succession(links, unit_of={ref.id: ref for ref in UNITS}.get)


def test_unit_of_the_day_is_itself() -> None:
    assert succession().convert(5, BETWEEN) == [Portion(5, 1.0, exact=True)]


def test_whole_merges_are_exact_and_parts_are_estimates() -> None:
    assert succession().convert(3, BETWEEN) == [Portion(5, 1.0, exact=True)]
    assert succession().convert(5, AFTER) == [Portion(7, 0.6, exact=False), Portion(8, 0.4, exact=False)]


def test_ways_of_several_steps_multiply() -> None:
    assert succession().convert(3, AFTER) == [Portion(7, 0.6, exact=False), Portion(8, 0.4, exact=False)]
    assert succession().convert(7, BEFORE) == [Portion(4, 0.75, exact=False), Portion(3, 0.25, exact=False)]


def test_back_from_a_part_is_exact_since_all_of_it_came_from_one() -> None:
    assert succession().convert(7, BETWEEN) == [Portion(5, 1.0, exact=True)]


def test_unit_without_successor_goes_the_way_of_the_one_above() -> None:
    assert succession().convert(2, AFTER) == [Portion(6, 1.0, exact=True, via=1)]
    assert succession().reached_from_below([2, 3], AFTER) == {7, 8}


@pytest.mark.parametrize(("number", "day"), [(99, AFTER), (1, date(2020, 1, 1)), (6, date(2020, 1, 1))])
def test_what_nobody_knows_goes_nowhere(number: int, day: date) -> None:
    assert succession().convert(number, day) == []


def test_links_against_time_never_turn_round() -> None:
    assert succession([Link(7, 3, 1.0, 1.0, "whole"), Link(3, 7, 1.0, 1.0, "whole")]).convert(3, BETWEEN) == []


def test_two_ways_to_one_unit_are_one_portion() -> None:
    links = [Link(3, 5, 0.5, 1.0, "part"), Link(3, 4, 0.5, 1.0, "part"), Link(5, 7, 1.0, 1.0, "whole")]
    assert succession(links).convert(3, AFTER) == [Portion(7, 0.5, exact=False)]


def test_figures_are_shared_out_and_what_belongs_nowhere_is_told() -> None:
    shared, lost = share_out({3: 10, 4: 30, 99: 5}, succession(), AFTER)
    assert {unit: (figure.value, figure.exact, figure.origins) for unit, figure in shared.items()} == {
        7: (24.0, False, (3, 4)),
        8: (16.0, False, (3, 4)),
    }
    assert lost == {99: 5}


def test_links_are_seen_from_both_ends() -> None:
    found = succession()
    assert [link.old for link in found.predecessors(5)] == [3, 4]
    assert [link.new for link in found.successors(5)] == [7, 8]
    assert (found.successors(99), found.predecessors(99)) == ((), ())
