"""Whatever the batches, the transactions that failed, the ticks, and wherever a process ended: the transitions are those of one that ran through."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ioc.alerts.engine import Judged
from ioc.domain.evidence import Reading, Readings
from tests.support.days import EACH, Scene, aggregates, composites, silences, thresholds
from tests.support.examples import at
from tests.support.judging import Day, Row, by_key

EVERY = pytest.mark.parametrize("kind", EACH)
END = 10_000
SOON = timedelta(seconds=0.5)
many = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@dataclass(frozen=True)
class Cut:
    """What happens before a piece of evidence: a batch ends, `fails` batches are judged in vain, the process ends, time goes on."""

    ends: bool
    fails: int
    restarts: bool
    ticks: float | None


cuts = st.builds(Cut, st.booleans(), st.integers(0, 2), st.booleans(), st.none() | st.floats(0, 1))


def run_through(scene: Scene) -> list[Row]:
    day = Day(scene.rules, scene.surroundings)
    for one in scene.evidence:
        day.judge([one])
    day.tick(END)
    return day.books.log


def seconds(one: Judged) -> float:
    return (one.time - at(0)).total_seconds()


def live(scene: Scene, told: Sequence[Cut]) -> Day:
    """Judge the evidence in batches, with all that goes wrong on the way."""
    day, batch = Day(scene.rules, scene.surroundings), list[Judged]()
    for number, one in enumerate(scene.evidence):
        cut = told[number % len(told)]
        if cut.ends and batch:
            for _ in range(cut.fails):
                day.fail(batch)
            day.judge(batch)
            batch = []
        if not batch:
            if cut.restarts:
                day.restart()
            if cut.ticks is not None and number:
                _tick(day, scene, number, cut)
        batch.append(one)
    day.judge(batch)
    day.tick(END)
    return day


def _tick(day: Day, scene: Scene, number: int, cut: Cut) -> None:
    """Let time go on, but never as far as what comes next: a tick says that everything until then was told."""
    before, after = seconds(scene.evidence[number - 1]), seconds(scene.evidence[number])
    if after > before:
        until = before + 0.5 + int((cut.ticks or 0) * (after - before - 1))
        for _ in range(cut.fails):
            day.fail((), until=at(until))
        day.tick(until)


@EVERY
@many
@given(data=st.data())
def test_neither_batches_nor_failures_restarts_or_ticks_can_be_seen(kind: str, data: st.DataObject) -> None:
    scene = data.draw(EACH[kind])
    told = data.draw(st.lists(cuts, min_size=1, max_size=12) | st.just([Cut(True, 1, True, 0.0)]))
    day = live(scene, told)
    assert by_key(day.books.log) == by_key(run_through(scene))
    check_order(day.books.log)
    for (_, key), row in day.books.rows.items():  # nothing is remembered of what is over but what is needed yet
        if '"condition": "normal"' in row:
            assert any(f'"{name}"' in row for name in ("fired", "due", "stood_still")), (key, row)


@many
@given(scene=composites(), told=st.lists(cuts, min_size=1, max_size=12))
def test_composites_are_the_same_where_time_goes_on_before_everything_that_is_told(scene: Scene, told: list[Cut]) -> None:
    """The order in which their members tell something is then the order of time."""
    day, calm = Day(scene.rules, scene.surroundings), Day(scene.rules, scene.surroundings)
    for number, one in enumerate(scene.evidence):
        cut, until = told[number % len(told)], at(seconds(one) - 0.5)
        if cut.restarts:
            day.restart()
        for _ in range(cut.fails):
            day.fail([one], until=until)
        day.judge([one], until=until)
        calm.judge([one], until=until)
    day.tick(END)
    calm.tick(END)
    assert by_key(day.books.log) == by_key(calm.books.log)
    assert without_values(day) == without_values(calm)
    check_order(day.books.log)


@many
@given(
    scene=thresholds() | aggregates() | silences() | composites(),
    told=st.lists(st.booleans(), min_size=1, max_size=12),
    fails=st.booleans(),
)
def test_readings_of_one_message_are_judged_together_as_one_by_one(scene: Scene, told: list[bool], fails: bool) -> None:
    together, apart = Day(scene.rules, scene.surroundings), Day(scene.rules, scene.surroundings)
    for message in messages(scene, told):
        arrived = message[-1].time
        each = [one._replace(arrived=arrived) if type(one) is Reading else one for one in message]
        whole = each
        if type(each[0]) is Reading:
            whole = [Readings(arrived, each[0].time, each[0].series, [r.time for r in each], [r.value for r in each])]  # type: ignore[union-attr]
        for day, evidence in ((together, whole), (apart, each)):
            if fails:
                day.fail(evidence, until=arrived - SOON)
            day.judge(evidence, until=arrived - SOON)
    for day in (together, apart):
        day.tick(END)
    assert together.books.log == apart.books.log
    assert together.books.rows == apart.books.rows


def messages(scene: Scene, told: Sequence[bool]) -> list[list[Judged]]:
    """Return the evidence, readings of a series that follow one another as one message where `told` says so."""
    found: list[list[Judged]] = []
    for number, one in enumerate(scene.evidence):
        last = found[-1][-1] if found else None
        joins = type(one) is type(last) is Reading and one.series is last.series and not one.is_late and one.time > last.time
        if joins and told[number % len(told)]:
            found[-1].append(one)
        else:
            found.append([one])
    return found


def without_values(day: Day) -> dict[tuple[str, str], dict[str, object]]:
    """Return the standings but for the value, which is that of when the rule had to look last: after a start every rule looks once more."""
    return {key: {name: told for name, told in json.loads(row).items() if name != "value"} for key, row in day.books.rows.items()}


def check_order(rows: list[Row]) -> None:
    """One alert is open for a rule and a subject at a time, from fired to cleared, and time never goes back; whatever needs a reason has one."""
    for steps in by_key(rows).values():
        assert [row[2] for row in steps] == sorted(row[2] for row in steps)  # type: ignore[type-var]
        is_open = None
        for row in steps:
            kind, condition, alert, started, reopens = row[1], row[3], row[7], row[8], row[11]
            assert (is_open is None) == (kind == "fired" or reopens), row
            assert is_open in (None, alert)
            assert condition in ("firing", "recovering") or kind == "cleared"
            assert started <= row[2]  # type: ignore[operator]
            assert row[12] or not (reopens or kind == "late_correction")
            is_open = None if kind == "cleared" else alert


@pytest.mark.parametrize("kind", ["thresholds", "aggregates", "silences"])
@many
@given(data=st.data())
def test_what_was_judged_once_and_comes_again_late_moves_nothing(kind: str, data: st.DataObject) -> None:
    scene = data.draw(EACH[kind])
    day = Day(scene.rules, scene.surroundings)
    day.judge(scene.evidence)
    late = [one._replace(is_late=True) for one in scene.evidence if isinstance(one, Reading)]
    assert {t.kind for t in day.judge(late)} <= {"late_correction"}


@many
@given(scene=thresholds())
def test_rules_and_series_do_not_disturb_each_other(scene: Scene) -> None:
    together = by_key(run_through(scene))
    for rule in scene.rules:
        for key in {str(one.series.key) for one in scene.evidence}:  # type: ignore[union-attr]
            own = [one for one in scene.evidence if str(one.series.key) == key]  # type: ignore[union-attr]
            alone = by_key(run_through(Scene([rule], own)))
            assert together.get(f"{rule.id} {key}") == alone.get(f"{rule.id} {key}")
