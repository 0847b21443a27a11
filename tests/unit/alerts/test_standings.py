from dataclasses import replace

from ioc.alerts.conditions import Geofence
from ioc.alerts.machine import Condition, Kind
from ioc.alerts.standings import EMPTY, FLAPS, Standings, Subject
from tests.support.examples import at, rule, threshold
from tests.support.judging import short

FLOOD = rule(threshold("minor", 10), hold_s=60, keep_s=60)
AREA = rule(threshold("minor", 0), rule_id="area", condition=Geofence("zones", "enter"))
SUBJECT = Subject("hydro/g1/level", "hydro", "g1", "level")


def test_what_was_due_comes_before_the_value_if_the_data_was_fresh_then() -> None:
    for fresh_until, expected in (
        (None, [("fired", 60), ("recovering", 100)]),
        (at(60), [("fired", 60), ("recovering", 100)]),
        (at(59), []),
    ):
        standings = Standings()
        standings.move(FLOOD, SUBJECT, at(0), 12)
        standings.move(FLOOD, SUBJECT, at(100), 5, fresh_until=fresh_until, last=13)
        assert short(standings.transitions) == expected
        assert not expected or standings.transitions[0].value == 13, "it fires with the last value before"


def test_time_of_a_subject_never_goes_back() -> None:
    standings = Standings()
    standings.move(rule(threshold("minor", 10)), SUBJECT, at(100), 12)
    standings.move(rule(threshold("minor", 10)), SUBJECT, at(50), 5)
    assert short(standings.transitions) == [("fired", 100), ("cleared", 100)]


def test_waits_and_transitions_are_told_to_whoever_follows() -> None:
    told, waits = list[Kind](), list[object]()
    standings = Standings(on_transition=lambda t: told.append(t.kind), on_wait=lambda _rule, _subject, when: waits.append(when))
    standings.move(FLOOD, SUBJECT, at(0), 12)
    standings.elapse(FLOOD, SUBJECT)
    standings.move(FLOOD, SUBJECT, at(70), 5)
    assert (told, waits) == ([Kind.FIRED, Kind.RECOVERING], [at(60), at(130)])


def test_batch_that_is_taken_back_leaves_no_trace() -> None:
    standings = Standings()
    standings.move(FLOOD, SUBJECT, at(0), 12)
    standings.settle()
    before = list(standings.each())
    standings.elapse(FLOOD, SUBJECT)
    standings.drop(FLOOD, SUBJECT, at(61), "gone")
    assert standings.changed() == {("flood", SUBJECT.key): EMPTY}
    standings.take_back()
    assert (list(standings.each()), standings.changed(), standings.transitions) == (before, {}, [])


def test_what_belongs_to_an_alert_is_told_when_it_clears_and_forgotten() -> None:
    standings = Standings()
    for second, value, name in ((0, 1.0, "park"), (10, 0.0, "park")):
        standings.move(AREA, SUBJECT, at(second), value, context={"area": name})
    assert [t.context for t in standings.transitions] == [{"area": "park"}] * 2
    assert standings.at("area", SUBJECT.key).context == {}


def test_value_without_news_leaves_nothing() -> None:
    standings = Standings()
    standings.move(AREA, SUBJECT, at(0), 0.0, context={"area": "park"})
    assert (len(standings), standings.changed()) == (0, {})


def test_alert_that_fires_often_goes_on_as_one_and_is_forgotten_later() -> None:
    standings, often = Standings(), rule(threshold("minor", 10))
    for number in range(FLAPS):
        standings.move(often, SUBJECT, at(120 * number), 12)
        standings.move(often, SUBJECT, at(120 * number + 60), 5)
    again = standings.transitions[2 * FLAPS - 2]
    assert (again.kind, again.flapping, again.reopens, again.reason) == (Kind.RELAPSED, True, True, "fired 4 times within 30 minutes")
    assert again.alert_id == standings.transitions[2 * FLAPS - 3].alert_id
    standings.prune(at(120 * FLAPS - 120))
    assert len(standings) == 1, "not while it is of use"
    standings.prune(at(3600))
    assert len(standings) == 0


def test_notes_leave_the_condition_and_say_whether_data_is_stale() -> None:
    standings, often = Standings(), rule(threshold("minor", 10))
    standings.move(often, SUBJECT, at(0), 12)
    for kind in (Kind.STALE, Kind.FRESH):
        standings.note(often, SUBJECT, at(10), kind, value=13)
    assert [(t.kind, t.condition, t.stale, t.value) for t in standings.transitions[1:]] == [
        (Kind.STALE, Condition.FIRING, True, 13),
        (Kind.FRESH, Condition.FIRING, False, 13),
    ]


def test_forgetting_what_an_earlier_run_left_is_a_change() -> None:
    standings = Standings()
    standings.move(FLOOD, SUBJECT, at(0), 12)
    left, other = standings.at("flood", SUBJECT.key), Standings()
    other.forget("flood", SUBJECT.key, replace(left, value=1))
    assert (len(other), other.changed()) == (0, {("flood", SUBJECT.key): EMPTY})
