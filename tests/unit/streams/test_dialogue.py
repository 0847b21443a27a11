import json
from typing import Any

import pytest

from ioc.domain.live import Changes
from ioc.streams import frame
from ioc.streams.dialogue import Closing, Dialogue
from ioc.streams.figures import Boards
from ioc.streams.scene import Scene
from tests.support.examples import NOW, alert, observation, station
from tests.support.figures import figure


class Shell:
    """Notes what is asked of it."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    def execute(self, told: frame.Command) -> None:
        self.asked.append(told)

    def replay(self, told: frame.Replay) -> None:
        self.asked.append(told)

    def hold(self, held: bool) -> None:
        self.asked.append(held)


class Talk:
    """A viewer's dialogue, spoken in JSON."""

    def __init__(self) -> None:
        self.scene, self.shell, self.at = Scene(now=lambda: NOW, told=dict), Shell(), 0.0
        self.scene.mirror.apply(Changes(stations=[station("a"), station("b")], alerts=[alert(1)]))
        self.dialogue = Dialogue(self.scene, self.shell, lambda code: frozenset({code, f"{code}-below"}))

    def say(self, kind: str, **members: Any) -> None:
        self.dialogue.take(self.dialogue.understand(json.dumps({"type": kind, **members})))

    def heard(self) -> list[dict[str, Any]]:
        """All that is due now."""
        self.at += 10
        told = []
        while (data := self.dialogue.next_frame(self.at)) is not None:
            told.append(json.loads(bytes(data)))
        return told

    def kinds(self) -> list[str]:
        return [f"{told['type']} {told.get('id', '')}".strip() for told in self.heard()]


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_alerts_go_before_answers_and_answers_before_state(talk: Talk) -> None:
    talk.say("sub", id="s", ch="state")
    talk.say("nonsense")
    talk.say("sub", id="a", ch="alerts")
    assert talk.kinds() == ["snap a", "err", "snap s"]


def test_where_there_are_no_indicators_that_is_said(talk: Talk) -> None:
    talk.say("sub", id="i", ch="indicators", filter={"unit": ["36"]})
    (told,) = talk.heard()
    assert (told["type"], told["code"], told["id"]) == ("err", "channel", "i")


def with_boards() -> tuple[Talk, Boards]:
    boards = Boards()
    scene = Scene(now=lambda: NOW, told=dict)
    scene.boards = boards
    talk = Talk()
    talk.dialogue = Dialogue(scene, talk.shell, lambda code: frozenset({code}))
    return talk, boards


def test_indicators_are_told_as_soon_as_they_are_read_and_then_as_they_change() -> None:
    talk, boards = with_boards()
    talk.say("sub", id="i", ch="indicators", filter={"unit": ["36"]}, rate_hz=10)
    assert talk.heard() == []
    ((_, board),) = boards.each()
    board.take([figure("a", 1)], 1)
    assert talk.dialogue.has_pages
    assert talk.kinds() == ["snap i"]
    board.take([figure("a", 2)], 2)
    assert talk.dialogue.rest()[0]
    assert talk.kinds() == ["d i"]
    talk.say("unsub", id="i")
    del board
    assert boards.each() == []


def test_indicators_that_cannot_be_shown_are_refused_and_forgotten() -> None:
    talk, boards = with_boards()
    talk.say("sub", id="i", ch="indicators", filter={"unit": ["99"]})
    for _, board in boards.each():
        board.fail("there is no unit '99'")
    assert talk.kinds() == ["err i"]
    assert talk.kinds() == []


@pytest.mark.parametrize("wanted", [{}, {"period": ["month"]}, {"unit": ["36"], "kind": ["bus"]}, {"indicator": ["x"], "state": "minor"}])
def test_indicators_are_chosen_by_indicator_or_unit_and_by_nothing_of_stations(wanted: dict[str, Any]) -> None:
    talk, _ = with_boards()
    talk.say("sub", id="i", ch="indicators", filter=wanted)
    (told,) = talk.heard()
    assert (told["code"], told["id"]) == ("filter", "i")


@pytest.mark.parametrize("channel", ["state", "alerts"])
def test_a_filter_of_indicators_is_refused_elsewhere(talk: Talk, channel: str) -> None:
    talk.say("sub", id="s", ch=channel, filter={"indicator": ["x"]})
    (told,) = talk.heard()
    assert (told["code"], told["id"]) == ("filter", "s")
    assert "not by indicator" in told["detail"]


def test_filter_of_stations_is_refused_for_alerts(talk: Talk) -> None:
    talk.say("sub", id="a", ch="alerts", filter={"kind": ["bus"]})
    (told,) = talk.heard()
    assert (told["code"], told["id"]) == ("filter", "a")


def test_pause_of_one_subscription_leaves_the_others(talk: Talk) -> None:
    talk.say("sub", id="s", ch="state")
    talk.say("sub", id="t", ch="state")
    talk.heard()
    talk.say("pause", id="s")
    talk.scene.mirror.apply(Changes(observations=[observation(1, 1, "a")]))
    assert talk.kinds() == ["d t"]
    talk.say("resume", id="s")
    assert talk.kinds() == ["d s"]
    assert talk.shell.asked == []


def test_pause_of_all_holds_a_replay_too(talk: Talk) -> None:
    talk.say("sub", id="a", ch="alerts")
    talk.heard()
    talk.say("pause")
    talk.scene.mirror.apply(Changes(alerts=[alert(1, version=2), alert(2)]))
    assert talk.kinds() == []
    talk.say("resume")
    assert talk.kinds() == ["ev a", "ev a"], "alerts that changed in a pause are told one by one"
    assert talk.shell.asked == [True, False]


def test_pause_of_what_is_not_there_is_an_error(talk: Talk) -> None:
    talk.say("pause", id="x")
    assert [told["code"] for told in talk.heard()] == ["unknown_id"]


def test_commands_and_replays_are_for_the_shell(talk: Talk) -> None:
    talk.say("cmd", id="c", idem="12345678", op="alert.ack")
    talk.say("replay")
    assert talk.shell.asked == [frame.Command("c", "12345678", "alert.ack"), frame.Replay()]


def test_viewer_that_comes_back_resumes_the_subscriptions_it_names(talk: Talk) -> None:
    mirror = talk.scene.mirror
    talk.dialogue.resume(frame.ResumeFrom(mirror.epoch, {"s": mirror.position, "a": mirror.position}))
    talk.say("sub", id="s", ch="state")
    talk.say("sub", id="a", ch="alerts")
    talk.say("sub", id="new", ch="state")
    assert talk.kinds() == ["d a", "d s", "snap new"]
    talk.say("sub", id="s", ch="state")
    assert talk.kinds() == ["snap s"], "once"


def test_viewer_that_comes_to_another_process_begins_anew(talk: Talk) -> None:
    talk.dialogue.resume(frame.ResumeFrom("another", {"s": 1, "a": 1}))
    talk.say("sub", id="s", ch="state")
    talk.say("sub", id="a", ch="alerts")
    told = talk.heard()
    assert [(one["type"], one.get("why")) for one in told] == [("reset", "epoch"), ("snap", None)] * 2


def test_another_scene_is_shown_by_all_subscriptions(talk: Talk) -> None:
    talk.say("sub", id="s", ch="state")
    talk.say("sub", id="a", ch="alerts")
    talk.heard()
    talk.dialogue.show(past := Scene(now=lambda: NOW, told=dict))
    told = talk.heard()
    assert [(one["type"], one.get("why"), one.get("epoch")) for one in told] == [
        ("reset", "replay", None),
        ("snap", None, past.mirror.epoch),
    ] * 2
    assert all(not one.get("rows") and not one.get("alerts") for one in told)


def test_answers_that_nobody_reads_end_the_session(talk: Talk) -> None:
    for _ in range(64):
        talk.say("nonsense")
    with pytest.raises(Closing) as raised:
        talk.say("nonsense")
    assert raised.value.code == frame.TOO_SLOW


@pytest.mark.parametrize("channel", ["state", "alerts"])
def test_filter_of_a_unit_means_those_below_it_too(talk: Talk, channel: str) -> None:
    units = {"x": "24", "y": "24-below", "z": "25"}
    talk.scene.mirror.apply(
        Changes(
            stations=[station(name, unit={"code": code}) for name, code in units.items()],
            alerts=[alert(10 + number, unit={"code": code}) for number, code in enumerate(units.values())],
        )
    )
    talk.say("sub", id="it", ch=channel, filter={"unit": ["24"]})
    (told,) = talk.heard()
    shown = (
        [row[told["cols"].index("unit")] for row in told["rows"]] if channel == "state" else [one["unit"]["code"] for one in told["alerts"]]
    )
    assert sorted(shown) == ["24", "24-below"]
