from ioc.alerts.conditions import Cluster
from ioc.alerts.rule import Rule
from tests.support.examples import at, rule, threshold
from tests.support.judging import Day, occurrence, run, short


def reports(levels: int = 2, keep_s: float = 0, **where: str) -> Rule:
    told = [threshold("minor", 2), threshold("severe", 4)][:levels]
    return rule(*told, keep_s=keep_s, rule_id="many", condition=Cluster("report", 500, "1m", dict(where)))


def report(second: float, number: int, *, east: float = 0, **told: str) -> object:
    return occurrence(second, "report", f"r{number}", lon=105.9 + east / 104_000, lat=21.0, **told)


def test_cluster_grows_and_dissolves_event_by_event() -> None:
    transitions = run([reports()], [report(n, n, east=100 * n) for n in range(5)], 1000)  # type: ignore[misc]
    assert short(transitions) == [("fired", 2), ("worsened", 4), ("eased", 60), ("cleared", 62)]
    assert len({t.alert_id for t in transitions}) == 1
    assert transitions[1].context["events"] == [f"desk/r{n}" for n in range(5)]
    assert transitions[1].subject.key == "cluster/desk/r0"


def test_events_far_away_long_ago_or_of_another_kind_do_not_count() -> None:
    assert run([reports()], [report(0, 0), report(1, 1), report(2, 2, east=600)]) == []  # type: ignore[list-item]
    assert run([reports()], [report(0, 0), report(1, 1), report(60, 2)]) == []  # type: ignore[list-item]
    assert run([reports(topic="water")], [report(n, n, topic="light") for n in range(4)]) == []  # type: ignore[misc]
    assert run([reports()], [occurrence(n, "report", f"r{n}") for n in range(4)]) == [], "without a place"


def test_two_clusters_are_two_alerts() -> None:
    told = [report(n, n, east=5000 * (n % 2)) for n in range(6)]
    assert {t.subject.key for t in run([reports()], told)} == {"cluster/desk/r0", "cluster/desk/r1"}  # type: ignore[arg-type]


def test_cluster_that_time_has_cleared_takes_in_no_more() -> None:
    day = Day([reports(keep_s=10)])
    day.judge([report(n, n) for n in range(3)])  # type: ignore[misc]
    assert short(day.tick(75)) == [("recovering", 60), ("cleared", 70)]
    assert day.books.standings()[0][2].context == {}
    assert short(day.judge([report(80 + n, 10 + n) for n in range(3)])) == [("fired", 82)]  # type: ignore[misc]


def test_cluster_that_time_has_cleared_takes_in_no_more_though_nobody_has_told_so_yet() -> None:
    for ticks in (False, True):
        day = Day([reports(keep_s=10)])
        day.judge([report(0, 0), report(50, 1), report(51, 2)])  # type: ignore[list-item]
        if ticks:
            day.tick(70.5)
        day.judge([report(71, 3)])  # type: ignore[list-item]
        day.tick(1000)
        assert [row[:3] for row in day.books.log if row[1] == "fired"] == [
            ("many cluster/desk/r0", "fired", 51),
            ("many cluster/desk/r1", "fired", 71),
        ]


def test_cluster_dissolves_after_a_restart_too() -> None:
    day = Day([reports()])
    day.judge([report(n, n) for n in range(3)])  # type: ignore[misc]
    day.restart()
    assert day.engine.next_due() == at(60)
    assert short(day.tick(100)) == [("cleared", 60)]
