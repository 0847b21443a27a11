from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest

from ioc.domain.figure import Result
from ioc.indicators.catalogue import load_plan
from ioc.indicators.compute import Period, compute, read_off
from ioc.indicators.plan import Plan
from ioc.indicators.rollup import TOTAL, Cell
from ioc.indicators.system import Expected
from tests.unit.indicators.support import SDI, SMALL

ONE_UNIT = 7


def computed(
    plan: Plan, name: str, amounts: Mapping[int, Sequence[int]], keys: Mapping[int, dict[str, int]] | None = None
) -> Result | None:
    cells = {group: {ONE_UNIT: {TOTAL: Cell([Decimal(n) for n in some], events=Decimal(1))}} for group, some in amounts.items()}
    for group, told in (keys or {}).items():
        cells[group] = {ONE_UNIT: {TOTAL: Cell([], {key: Decimal(n) for key, n in told.items()}, Decimal(1))}}
    wanted = {name, *plan.indicators[name].indicators()}
    order = [plan.indicators[one] for one in plan.order if one in wanted]
    return next(iter(compute(order, Period(cells), publish={name})), None)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan(SMALL)


def place(plan: Plan, name: str, nth: int = 0) -> tuple[int, int]:
    ref = plan.indicators[name].refs()[nth]
    return ref.group, ref.measure


def test_a_share_of_nothing_has_no_value(plan: Plan) -> None:
    group, _ = place(plan, "online-rate")
    found = computed(plan, "online-rate", {group: [0] * len(plan.groups[group].measures)})
    assert found is not None
    assert found.value is None
    assert (found.part, found.of) == (Decimal(0), Decimal(0))


@pytest.mark.parametrize(
    ("keys", "wanted"), [({"1": 1, "2": 1, "9": 1}, 2), ({"1": 1, "2": 1, "9": 1, "10": 1}, 2), ({"9": 3, "10": 4}, 10), ({"5": 0}, None)]
)
def test_a_percentile_is_the_nearest_rank(plan: Plan, keys: dict[str, int], wanted: int | None) -> None:
    group, _ = place(plan, "fee-p50")
    found = computed(plan, "fee-p50", {}, {group: keys})
    assert found is not None
    assert found.value == wanted


def test_keys_that_were_taken_back_count_no_more(plan: Plan) -> None:
    group, _ = place(plan, "applicants")
    found = computed(plan, "applicants", {}, {group: {"a": 2, "b": 0, "c": 1}})
    assert found is not None
    assert found.value == 2


def test_an_index_that_lacks_a_part_has_no_value_but_says_so(plan: Plan) -> None:
    group, _ = place(plan, "online-rate")
    found = computed(plan, "score", {group: [1] * len(plan.groups[group].measures)})
    assert found is not None
    assert found.value is None
    assert (found.part, found.of) == (Decimal(1), Decimal(2))


def test_an_index_is_as_complete_as_the_part_that_lacks_most(plan: Plan) -> None:
    online, on_time, score = (plan.indicators[name] for name in ("online-rate", "on-time", "score"))
    groups = {one.id: one.refs()[0].group for one in (online, on_time)}
    cells = {group: {ONE_UNIT: {TOTAL: Cell([Decimal(1)] * 9, events=Decimal(1))}} for group in groups.values()}
    known = Period(cells, {"commune": {ONE_UNIT: {1, 2, 3, 4}}}, {groups["online-rate"]: {1, 2, 3, 9}, groups["on-time"]: {1}})
    expecting = [replace(one, entry=msgspec.structs.replace(one.entry, expected=Expected(level="commune"))) for one in (online, on_time)]
    for parts, share in (([online, on_time], (None, None)), ([expecting[0], on_time], (3, 4)), (expecting, (1, 4))):
        found = compute([*parts, score], known, publish={"score"})
        assert [(one.reported, one.expected) for one in found] == [share]
    known = Period({groups["online-rate"]: cells[groups["online-rate"]]}, known.expected, {groups["online-rate"]: {1, 2, 3, 4}})
    found = compute([*expecting, score], known, publish={"score"})
    assert [(one.reported, one.expected) for one in found] == [(0, 4)], "nobody has sent anything of the other part"


@pytest.mark.parametrize(("pm25", "pm10", "wanted"), [(12, 20, 24), (50, 20, 100), (20, 150, 100), (300, 0, 350), (900, 0, 500)])
def test_vn_aqi_is_the_worst_of_the_sub_indices(pm25: int, pm10: int, wanted: int) -> None:
    plan = load_plan(SDI)
    amounts: dict[int, list[int]] = {}
    for name, mean in (("pm25-mean", pm25), ("pm10-mean", pm10)):
        total, count = plan.indicators[name].refs()
        some = amounts.setdefault(total.group, [0] * len(plan.groups[total.group].measures))
        some[total.measure], some[count.measure] = mean * 4, 4
    found = computed(plan, "vn-aqi", amounts)
    assert found is not None
    assert found.value == wanted


def test_vn_aqi_has_no_value_while_a_pollutant_is_missing() -> None:
    plan = load_plan(SDI)
    total, count = plan.indicators["pm10-mean"].refs()
    amounts = [0] * len(plan.groups[total.group].measures)
    amounts[total.measure], amounts[count.measure] = 40, 1
    found = computed(plan, "vn-aqi", {total.group: amounts})
    assert found is not None
    assert (found.value, found.part, found.of) == (None, Decimal(1), Decimal(2))


def test_points_are_joined_by_lines_and_the_ends_hold_beyond() -> None:
    points = [(Decimal(0), Decimal(0)), (Decimal(10), Decimal(100)), (Decimal(20), Decimal(120))]
    assert [read_off(points, Decimal(x)) for x in (-1, 5, 10, 15, 99)] == [0, 50, 100, 110, 120]
