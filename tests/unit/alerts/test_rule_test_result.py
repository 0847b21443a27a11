from ioc.alerts.engine import Engine
from ioc.alerts.rule_test_result import standing_at
from ioc.domain.evidence import Reading
from tests.support.examples import at, rule, series, threshold


def test_alerts_that_stand_at_a_moment_follow_from_what_happened_until_then() -> None:
    engine = Engine([rule(threshold("minor", 60), threshold("severe", 80), keep_s=5)])
    told = [(10, 65), (20, 85), (30, 1), (40, 1), (50, 70)]
    happened = list(engine.judge([Reading(at(s), at(s), series(), value) for s, value in told]).transitions)

    def shown(second: float) -> list[tuple[str, str, float]]:
        return [(one.condition, one.severity, one.value) for one in standing_at(happened, at(second))]

    assert shown(9) == []
    assert shown(10) == shown(19) == [("firing", "minor", 65)]
    assert shown(20) == [("firing", "severe", 85)]
    assert shown(30) == [("recovering", "severe", 1)]
    assert shown(35) == shown(49) == []
    assert [one.since for one in standing_at(happened, at(60))] == [at(50)]


def test_a_note_leaves_the_value_and_tells_the_quality() -> None:
    engine = Engine([rule()])
    gauge = series(interval_s=10)
    happened = list(engine.judge([Reading(at(0), at(0), gauge, 85), Reading(at(5), at(5), gauge, 90)]).transitions)
    engine.settle()
    happened += engine.judge((), until=at(100)).transitions
    (one,) = standing_at(happened, at(100))
    assert (one.condition, one.value, one.quality) == ("firing", 85, "stale")
