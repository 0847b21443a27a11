from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ioc.alerts.handover import SECTIONS, Chapter, hand_over
from ioc.domain.alert_story import Standing, Step, after
from ioc.domain.clock import rfc3339
from tests.support.examples import alert, at


def step(
    kind: str, seconds: float, severity: str = "moderate", *, recorded: float | None = None, actor: str = "engine", **more: Any
) -> Step:
    return Step(kind, at(seconds), at(seconds if recorded is None else recorded), severity, actor, **more)


def told(*steps: Step, begin: float = 100, end: float = 200) -> dict[str, list[dict[str, Any]]]:
    return hand_over([Chapter(alert(1), steps)], at(begin), at(end))


def sections(*steps: Step, begin: float = 100, end: float = 200) -> set[str]:
    return {name for name, entries in told(*steps, begin=begin, end=end).items() if entries}


FIRED = step("fired", 10)
SHELVED = step("shelved", 120, actor="lan", detail={"until": rfc3339(at(900))})


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([FIRED], {"open"}),
        ([step("fired", 100)], {"opened", "open"}),
        ([step("fired", 200)], set()),
        ([step("fired", 90, recorded=150)], {"opened", "open"}),
        ([FIRED, step("cleared", 50)], {"open"}),
        ([FIRED, step("cleared", 150)], {"open", "cleared", "cleared_unseen"}),
        ([FIRED, step("cleared", 150), step("relapsed", 160)], {"open", "cleared"}),
        ([FIRED, step("cleared", 150), step("acknowledged", 160, actor="lan")], {"cleared", "acknowledged"}),
        ([FIRED, step("cleared", 150), step("acknowledged", 260, actor="lan")], {"open", "cleared", "cleared_unseen"}),
        ([FIRED, step("acknowledged", 50, actor="lan"), step("cleared", 60)], set()),
        ([FIRED, step("acknowledged", 50, actor="lan"), step("cleared", 250)], {"open"}),
        ([FIRED, step("acknowledged", 110, actor="lan"), step("worsened", 150, "severe")], {"acknowledged", "worsened", "open"}),
        ([FIRED, SHELVED], {"shelved"}),
        ([FIRED, SHELVED, step("unshelved", 150)], {"open"}),
        ([FIRED, SHELVED, step("worsened", 150, "extreme")], {"worsened", "open"}),
        ([FIRED, step("closed", 150, actor="lan", detail={"reason": "resolved"})], {"closed"}),
        ([FIRED, step("closed", 50, actor="lan"), step("worsened", 150)], {"worsened", "open"}),
        ([FIRED, step("closed", 50, actor="lan"), step("reopened", 150, actor="lan")], {"reopened", "open"}),
        ([FIRED, step("closed", 50, actor="lan"), step("recovering", 60), step("relapsed", 150)], set()),
        ([FIRED, step("closed", 50, actor="lan"), step("cleared", 60), step("relapsed", 150)], {"open"}),
        ([FIRED, step("commented", 150, actor="lan", note="một")], {"comments", "open"}),
        ([FIRED, step("assigned", 150, actor="lan", detail={"assignee": "minh"})], {"assigned", "open"}),
        # The engine's batch began before the operator's command that it waited for: known no sooner than that.
        ([FIRED, step("acknowledged", 210, actor="lan"), step("eased", 190, "minor")], {"open"}),
    ],
)
def test_a_shift_tells_what_was_recorded_in_it_and_what_stood_at_its_end(steps: list[Step], expected: set[str]) -> None:
    assert sections(*steps) == expected


def test_what_stands_says_how_bad_since_when_and_whose() -> None:
    assigned = step("assigned", 20, actor="lan", detail={"assignee": "minh"})
    silenced = step("silenced", 30, detail={"silence": "s1"})
    (entry,) = told(FIRED, assigned, silenced, step("worsened", 150, "extreme"), step("recovering", 160, "extreme"))["open"]
    assert (entry["severity"], entry["condition"], entry["assignee"], entry["acknowledged_by"]) == ("extreme", "recovering", "minh", None)
    assert (entry["age_s"], entry["silenced_by"]) == (200, ["s1"])


def test_what_stands_is_told_from_the_gravest_and_what_is_shelved_by_when_it_comes_back() -> None:
    later = step("shelved", 130, actor="lan", detail={"until": rfc3339(at(500))})
    chapters = [
        Chapter(alert(1), [step("fired", 10, "minor")]),
        Chapter(alert(2), [step("fired", 10, "extreme")]),
        Chapter(alert(3), [FIRED, SHELVED]),
        Chapter(alert(4), [FIRED, later]),
    ]
    found = hand_over(chapters, at(100), at(200))
    assert [entry["severity"] for entry in found["open"]] == ["extreme", "minor"]
    assert [entry["shelved_until"] for entry in found["shelved"]] == [rfc3339(at(500)), rfc3339(at(900))]


def test_shifts_that_follow_one_another_tell_each_transition_once() -> None:
    steps = [
        step("fired", 0),
        *(step(kind, 10 * n) for n, kind in enumerate(["worsened", "cleared", "relapsed", "worsened", "cleared"], 1)),
    ]
    shifts = [told(*steps, begin=begin, end=begin + 10) for begin in range(0, 100, 10)]
    happened = [entry["time"] for shift in shifts for name in SECTIONS[:-3] if name != "cleared_unseen" for entry in shift[name]]
    assert sorted(happened) == [rfc3339(one.time) for one in steps if one.kind != "relapsed"]


def test_nothing_of_the_operator_changes_the_condition() -> None:
    stands = Standing(condition="recovering", severity="moderate", cleared_at=None)
    for kind in ("acknowledged", "unacknowledged", "assigned", "commented", "unshelved", "closed", "reopened", "silenced", "unsilenced"):
        assert after(stands, step(kind, 1, actor="lan")).condition == "recovering"
    assert after(stands, step("cleared", 1)).cleared_at == at(1)
    assert after(stands, SHELVED).shelved_until == at(900)
    assert at(900) - at(0) == timedelta(seconds=900)


def test_an_alert_on_a_target_says_of_which_figure_it_is() -> None:
    context = {"title": {"vi": "Hồ sơ đúng hạn"}, "period": "2026-10", "figure": 78.0, "at_least": 95.0}
    chapters = [Chapter(alert(1, kind="target", context=context), [FIRED]), Chapter(alert(2), [FIRED])]
    found = hand_over(chapters, at(100), at(200))["open"]
    assert [entry["figure"] for entry in found] == [{"title": {"vi": "Hồ sơ đúng hạn"}, "period": "2026-10"}, None]
