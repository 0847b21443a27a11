"""A restart cannot be seen: whatever the batches and wherever a process ended, the transitions are those of one that ran through."""

from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ioc.alerts.engine import Engine, Sample, Standing, Transition
from ioc.alerts.rule import Rule
from tests.support.doubles import Series
from tests.support.examples import GAUGE, at, series
from tests.support.timelines import rules, samples

SUBJECTS = [series(1, interval_s=1), series(2, GAUGE._replace(station="luc-nam"))]
several_rules = st.tuples(*(rules(rule_id=f"rule-{number}") for number in range(3))).map(list)


@st.composite
def days(draw: st.DrawFn) -> list[Sample]:
    """Samples of both series, in order of time."""
    told = [(second, subject, value) for subject in SUBJECTS for second, value in draw(samples(draw(st.sampled_from([1, -1])), most=15))]
    return [(subject, at(second), value) for second, subject, value in sorted(told, key=lambda one: (one[0], one[1].id))]


class Database:
    """What a commit keeps: the standings that differ, and the newest time of each series, from which `judged_at` is told."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, int], Standing] = {}
        self.newest: dict[int, datetime] = {}

    def commit(self, kept: dict[tuple[str, int], Standing], batch: list[Sample]) -> None:
        self.rows |= kept
        self.newest |= {subject.id: time for subject, time, _ in batch}

    def standings(self) -> list[tuple[str, int, Standing]]:
        return [
            (rule, number, replace(standing, state=replace(standing.state, judged_at=self.newest[number])))
            for (rule, number), standing in self.rows.items()
        ]


def told(transitions: list[Transition]) -> list[tuple[object, ...]]:
    return [
        (t.alert_id, t.rule.id, t.subject.id, t.kind, t.condition, t.severity, t.limit, t.value, t.time, t.started_at) for t in transitions
    ]


def run_through(judged: list[Rule], day: list[Sample]) -> list[Transition]:
    engine, transitions = Engine(judged), []
    for sample in day:
        verdict = engine.judge([sample])
        engine.settle(verdict)
        transitions += verdict.transitions
    return transitions


@given(judged=several_rules, day=days(), cuts=st.sets(st.integers(0, 30)), restarts=st.sets(st.integers(0, 30)))
def test_neither_batches_nor_restarts_can_be_seen(judged: list[Rule], day: list[Sample], cuts: set[int], restarts: set[int]) -> None:
    database, engine, transitions = Database(), Engine(judged), []
    edges = sorted({0, len(day), *(cut for cut in cuts | restarts if cut < len(day))})
    for begin, end in pairwise(edges):
        if begin in restarts:
            engine = Engine(judged)
            engine.restore(database.standings())
        verdict = engine.judge(day[begin:end])
        assert told(engine.judge(day[begin:end]).transitions) == told(verdict.transitions), "a batch rolled back is judged again"
        database.commit(verdict.kept, day[begin:end])
        engine.settle(verdict)
        transitions += verdict.transitions
    assert told(transitions) == told(run_through(judged, day))


@given(judged=several_rules, day=days())
def test_restart_before_every_sample_cannot_be_seen(judged: list[Rule], day: list[Sample]) -> None:
    database, transitions = Database(), []
    for sample in day:
        engine = Engine(judged)
        engine.restore(database.standings())
        verdict = engine.judge([sample])
        database.commit(verdict.kept, [sample])
        transitions += verdict.transitions
    assert told(transitions) == told(run_through(judged, day))


@given(judged=several_rules, day=days())
def test_every_transition_of_an_alert_belongs_to_one_rule_and_one_series(judged: list[Rule], day: list[Sample]) -> None:
    owners: dict[object, tuple[str, int]] = {}
    for transition in run_through(judged, day):
        owner = transition.rule.id, transition.subject.id
        assert owners.setdefault(transition.alert_id, owner) == owner


@given(judged=several_rules, day=days())
def test_rules_and_series_do_not_disturb_each_other(judged: list[Rule], day: list[Sample]) -> None:
    together = told(run_through(judged, day))
    for rule in judged:
        for subject in SUBJECTS:
            own: list[Sample] = [sample for sample in day if isinstance(sample[0], Series) and sample[0].id == subject.id]
            alone = told(run_through([rule], own))
            assert [one for one in together if (one[1], one[2]) == (rule.id, subject.id)] == alone
