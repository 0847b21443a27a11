from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ioc.indicators.ranking import Standing, rank


def standing(unit: int, value: float | None, of: int | None = 100) -> Standing:
    return Standing(unit, None if value is None else Decimal(repr(value)), None if of is None else Decimal(of))


def test_equal_figures_share_a_place_and_the_next_is_skipped() -> None:
    places = rank([standing(1, 90), standing(2, 95), standing(3, 90), standing(4, 80)], higher_is_better=True, minimum=30)
    assert [(p.standing.unit, p.rank, p.tied) for p in places] == [(2, 1, False), (1, 2, True), (3, 2, True), (4, 4, False)]


def test_lower_may_be_better() -> None:
    places = rank([standing(1, 5), standing(2, 3)], higher_is_better=False, minimum=0)
    assert [p.standing.unit for p in places] == [2, 1]


def test_a_share_of_few_cases_is_shown_without_a_rank() -> None:
    places = rank([standing(1, 100, 3), standing(2, 80, 300), standing(3, None)], higher_is_better=True, minimum=30)
    assert [(p.standing.unit, p.rank, p.few) for p in places] == [(2, 1, False), (1, None, True), (3, None, False)]


def test_a_count_is_no_share_and_always_ranked() -> None:
    assert rank([standing(1, 2, None)], higher_is_better=True, minimum=30)[0].rank == 1


@given(st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 5)), st.integers(0, 60)), max_size=30))
def test_every_unit_has_one_place_and_ranks_follow_the_figures(told: list[tuple[int | None, int]]) -> None:
    places = rank([standing(n, value, of) for n, (value, of) in enumerate(told)], higher_is_better=True, minimum=30)
    assert sorted(p.standing.unit for p in places) == list(range(len(told)))
    ranked = [p for p in places if p.rank is not None]
    for place in ranked:
        better = sum(other.standing.value > place.standing.value for other in ranked)  # type: ignore[operator]
        assert place.rank == better + 1
        assert place.tied == (sum(other.standing.value == place.standing.value for other in ranked) > 1)
