import json
from typing import Any

from ioc.streams import frame
from ioc.streams.figure_subscription import FigureSubscription
from ioc.streams.figures import Board
from tests.support.examples import NOW
from tests.support.figures import figure


class Viewer:
    """A subscription of a board and what its viewer has by now."""

    def __init__(self) -> None:
        self.board, self.at = Board(), 0.0
        self.subscription = FigureSubscription("i", self.board, epoch="e", now=lambda: NOW, rate_hz=2)
        self.has: dict[str, Any] = {}
        self.seq = 0

    def frames(self, after: float = 1.0) -> list[dict[str, Any]]:
        self.at += after
        told = []
        while (data := self.subscription.next_frame(self.at)) is not None:
            told.append(json.loads(bytes(data)))
            if self.subscription.is_over:
                break
            self._take(told[-1])
        return told

    def _take(self, told: dict[str, Any]) -> None:
        if told["type"] == "reset" or (told["type"] == "snap" and told["page"] == 0):
            self.has.clear()
        if told["type"] == "reset":
            return
        if told["type"] == "d":
            assert told["prev"] == self.seq
        self.seq = told["seq"]
        for row in told["rows"]:
            one = dict(zip(told["cols"], row, strict=True))
            self.has[one["id"]] = one["value"]
        for name in told["rm"]:
            self.has.pop(name, None)


def test_nothing_is_told_before_figures_were_read() -> None:
    viewer = Viewer()
    assert (viewer.frames(), viewer.subscription.is_urgent) == ([], False)
    viewer.board.take([], 1)
    assert viewer.subscription.is_urgent
    (told,) = viewer.frames()
    assert (told["type"], told["last"], told["rows"]) == ("snap", True, [])


def test_changes_follow_the_snapshot_conflated_and_no_faster_than_asked() -> None:
    viewer = Viewer()
    viewer.board.take([figure("a", 1), figure("b", 1)], 1)
    viewer.frames()
    for value in (2, 3):
        viewer.board.take([figure("a", value), figure("b", 1)], value)
    (told,) = viewer.frames()
    assert (told["type"], len(told["rows"]), viewer.has) == ("d", 1, {"a": 3, "b": 1})
    viewer.board.take([figure("a", 4)], 4)
    assert viewer.subscription.is_behind
    assert viewer.frames(0.1) == []
    viewer.frames(0.5)
    assert viewer.has == {"a": 4}
    assert not viewer.subscription.is_behind


def test_a_snapshot_comes_in_pages() -> None:
    viewer = Viewer()
    viewer.board.take([figure(f"{n}", n) for n in range(frame.PAGE_ROWS + 1)], 1)
    told = viewer.frames()
    assert [(one["page"], one["last"], len(one["rows"])) for one in told] == [(0, False, frame.PAGE_ROWS), (1, True, 1)]


def test_a_pause_keeps_what_changed_for_later() -> None:
    viewer = Viewer()
    viewer.board.take([figure("a", 1)], 1)
    viewer.frames()
    viewer.subscription.is_paused = True
    viewer.board.take([figure("a", 2)], 2)
    assert viewer.frames() == []
    viewer.subscription.is_paused = False
    viewer.frames()
    assert viewer.has == {"a": 2}


def test_who_comes_back_is_told_all() -> None:
    viewer = Viewer()
    viewer.board.take([figure("a", 1)], 1)
    viewer.subscription.reset("horizon")
    assert [one["type"] for one in viewer.frames()] == ["reset", "snap"]


def test_a_choice_that_cannot_be_shown_is_refused_once() -> None:
    viewer = Viewer()
    viewer.board.fail("there is no unit '99'")
    (told,) = viewer.frames()
    assert (told["type"], told["code"], told["id"], told["detail"]) == ("err", "filter", "i", "there is no unit '99'")
    assert viewer.subscription.is_over
