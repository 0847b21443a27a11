import json

from ioc.alerts.engine import Engine
from ioc.alerts.replay_tally import Log, Tally, difference
from ioc.alerts.standings import Transition
from ioc.domain.evidence import Reading
from tests.support.examples import at, rule, series, threshold

LADDER = rule(threshold("minor", 60), threshold("severe", 80))


def happened(*told: tuple[float, float], judged: object = LADDER) -> list[Transition]:
    """What happens to alerts when values come at seconds."""
    engine = Engine([judged])  # type: ignore[list-item]
    return list(engine.judge([Reading(at(s), at(s), series(), value) for s, value in told]).transitions)


def tally(transitions: list[Transition], begin: float = 0, end: float = 100) -> Tally:
    told = Tally(at(begin), at(end))
    for transition in transitions:
        told.add(transition)
    return told


def test_alerts_are_told_with_how_often_how_long_and_how_grave() -> None:
    report = tally(happened((10, 65), (20, 85), (30, 1), (40, 70))).report([LADDER])
    assert (report["alerts"], report["open_at_begin"], report["open_at_end"]) == (2, 0, 1)
    assert report["per_day"] == [{"day": "2026-11-22", "alerts": 2}]
    (told,) = report["rules"]
    assert (told["alerts"], told["firing_s"], told["longest_s"], told["worst"]) == (2, 80, 60, "severe")
    (subject,) = told["subjects"]
    assert [(one["fired"][17:19], one["cleared"], one["worst"]) for one in subject["times"]][1] == ("40", None, "minor")


def test_what_fired_before_the_period_is_open_at_its_beginning_unless_it_cleared() -> None:
    report = tally(happened((1, 65), (5, 1), (8, 65), (30, 1)), begin=10).report([LADDER])
    assert (report["alerts"], report["open_at_begin"], report["open_at_end"]) == (0, 1, 0)
    assert report["rules"][0]["firing_s"] == 20


def test_a_rule_that_never_fired_is_told_too() -> None:
    assert [(told["rule"], told["alerts"], told["worst"]) for told in tally([]).report([LADDER])["rules"]] == [("flood", 0, None)]


def test_two_versions_differ_by_what_is_added_removed_and_moved() -> None:
    values = ((10, 65), (20, 1), (30, 85), (40, 65), (50, 1), (60, 90), (70, 1))
    before = tally(happened(*values)).episodes()
    after = tally(happened(*values, judged=rule(threshold("minor", 70), threshold("severe", 80)))).episodes()
    told = difference(before, after)
    assert [one["fired"][17:19] for one in told["removed"]] == ["10"]
    assert [(one["before"]["cleared"][17:19], one["after"]["cleared"][17:19]) for one in told["moved"]] == [("50", "40")]
    assert (told["added"], told["same"]) == ([], 1)
    assert len(difference(after, before)["added"]) == 1


def test_the_log_numbers_the_steps_of_each_alert() -> None:
    lines: list[bytes] = []
    log = Log(lines.append)
    for transition in happened((10, 65), (20, 85), (30, 1), (40, 70)):
        log.add(transition)
    assert [(told["seq"], told["kind"]) for told in map(json.loads, lines)] == [(1, "fired"), (2, "worsened"), (3, "cleared"), (1, "fired")]
