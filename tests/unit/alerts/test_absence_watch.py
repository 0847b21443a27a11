from ioc.alerts.conditions import Absence
from ioc.domain.evidence import Status
from tests.support.examples import GAUGE, at, rule, series, threshold
from tests.support.judging import Day, reading, short, status

ONE, OTHER = (series(n, GAUGE._replace(station=f"g{n}"), interval_s=60) for n in (1, 2))
LOST = rule(threshold("minor", 180), threshold("severe", 600), rule_id="lost", condition=Absence())
DEAD = rule(threshold("minor", 300), threshold("severe", 900), rule_id="dead", condition=Absence(of="source", offline=True))


def test_station_is_silent_while_its_source_is_heard() -> None:
    day = Day([LOST])
    transitions = day.judge([reading(0, 1, ONE), *(reading(60 * n, 1, OTHER) for n in range(12)), reading(720, 1, ONE)])
    assert short(transitions) == [("fired", 180), ("worsened", 600), ("cleared", 720)]
    assert {t.subject.key for t in transitions} == {"hydro/g1"}


def test_clock_of_a_source_stands_still_while_it_is_silent_as_a_whole() -> None:
    day = Day([LOST])
    assert day.judge([reading(0, 1, ONE), reading(0, 1, OTHER), reading(7200, 1, OTHER)]) == []
    day.restart()
    assert short(day.judge([reading(7200 + 60 * n, 1, OTHER) for n in range(1, 4)])) == [("fired", 7290)]


def test_silence_is_told_by_multiples_of_the_interval() -> None:
    often = rule(threshold("minor", 2.5), condition=Absence(unit="intervals"))
    untold = series(3, GAUGE._replace(station="g3"))
    told = [reading(0, 1, ONE), reading(0, 1, untold), *(reading(60 * n, 1, OTHER) for n in range(4))]
    assert short(Day([often]).judge(told)) == [("fired", 150)]


def test_source_is_silent_by_the_clock_and_each_level_is_told_once_however_it_is_found_out() -> None:
    ticked, asleep = Day([DEAD]), Day([DEAD])
    for day in (ticked, asleep):
        day.judge([reading(0, 1, ONE)])
    assert short(ticked.tick(1000)) == [("fired", 300), ("worsened", 900)]
    assert short(ticked.judge([reading(1200, 1, ONE)])) == [("cleared", 1200)]
    assert short(asleep.judge([reading(1200, 1, ONE)])) == [("fired", 300), ("worsened", 900), ("cleared", 1200)]


def test_last_will_makes_a_source_silent_at_once_and_the_next_word_ends_it() -> None:
    day = Day([DEAD])
    assert short(day.judge([reading(0, 1, ONE), status(10, online=False), status(20, online=True)])) == [("fired", 10), ("cleared", 20)]


def test_word_of_before_the_silence_does_not_end_it() -> None:
    day = Day([LOST])
    day.judge([reading(100, 1, ONE), *(reading(60 * n, 1, OTHER) for n in range(2, 8))])
    other_property = series(9, GAUGE._replace(station="g1", property="rain"), interval_s=60)
    assert day.judge([reading(50, 1, other_property)]) == []


def test_what_is_no_news_of_a_silent_source_moves_nothing_and_what_is_ends_its_silence() -> None:
    day = Day([DEAD])
    day.judge([reading(0, 1, ONE), reading(100, 1, OTHER)])
    day.tick(1000)
    hearing = day.engine.absence.is_calm
    assert hearing(ONE.description, at(100), at(1000))
    assert not hearing(ONE.description, at(101), at(1000))
    assert day.judge([reading(100, 1, ONE)]) == []
    assert short(day.judge([reading(101, 1, ONE)])) == [("cleared", 1000)]
    assert hearing(ONE.description, at(102), at(1000))


def test_relapse_into_silence_while_recovering() -> None:
    dead = rule(threshold("minor", 300), keep_s=3600, condition=Absence(of="source"))
    assert short(Day([dead]).judge([reading(0, 1, ONE), reading(600, 1, ONE), reading(1200, 1, ONE)])) == [
        ("fired", 300),
        ("recovering", 600),
        ("relapsed", 900),
        ("recovering", 1200),
    ]


def test_source_and_station_of_a_batch_that_was_not_committed_are_waited_for_by_nobody() -> None:
    day = Day([LOST, DEAD])
    day.judge([reading(0, 1, OTHER)])
    stranger = series(4, GAUGE._replace(source="strangers"), interval_s=60)
    day.fail([reading(1, 1, ONE), reading(1, 1, stranger)])
    assert day.judge([reading(60 * n, 1, OTHER) for n in range(1, 6)]) == []
    day.tick(360)
    assert short(day.judge([reading(360, 1, stranger)])) == []


def test_source_that_stops_on_purpose_is_no_outage_until_it_was_heard_and_falls_silent() -> None:
    for restarts in (False, True):
        day = Day([DEAD, LOST])
        stopped = Status(at(60), at(60), "hydro", online=False, is_planned=True)
        assert day.judge([reading(0, 1, ONE), reading(0, 1, OTHER), stopped]) == []
        if restarts:
            day.restart()
        # Hours later nothing has happened, and nothing is told of the time between when it comes back.
        assert day.judge([reading(7200, 1, ONE), reading(7200, 1, OTHER)]) == []
        if restarts:
            day.restart()
        assert short(day.judge([reading(7800, 1, ONE)])) == [("fired", 7500), ("cleared", 7800)]


def test_the_last_will_of_a_source_that_stopped_and_its_word_said_again_tell_nothing() -> None:
    day = Day([DEAD])
    stopped = [Status(at(second), at(second), "hydro", online=False, is_planned=True) for second in (60, 7200)]
    will = Status(at(61), at(61), "hydro", online=False)
    assert day.judge([reading(0, 1, ONE), stopped[0], will, stopped[1]]) == []
    assert day.tick(8000) == []
    assert day.judge([reading(8100, 1, ONE)]) == []


def test_what_was_not_silent_for_long_enough_when_it_stopped_is_not_told_later() -> None:
    day = Day([rule(threshold("minor", 300), hold_s=600, rule_id="dead", condition=Absence(of="source", offline=True))])
    assert day.judge([reading(0, 1, ONE), Status(at(400), at(400), "hydro", online=False, is_planned=True)]) == []
    assert day.tick(2000) == []


def test_what_fell_silent_before_it_said_that_it_stops_is_told() -> None:
    day = Day([DEAD])
    stopped = Status(at(600), at(600), "hydro", online=False, is_planned=True)
    assert short(day.judge([reading(0, 1, ONE), stopped])) == [("fired", 300)]
    assert short(day.judge([reading(700, 1, ONE)])) == [("cleared", 700)]
