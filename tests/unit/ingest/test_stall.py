"""A stuck window is noticed, a quiet one left alone."""

from __future__ import annotations

from itertools import pairwise

from ioc.ingest.stall import StallWatch


class Broker:
    """What the watch is told, second by second."""

    def __init__(self) -> None:
        self.watch = StallWatch()
        self.at = 1000.0
        self.connection, self.delivered, self.unacknowledged, self.in_hand = 1, 0, 0, 0

    def look(self) -> str | None:
        return self.watch.look(
            connection=self.connection, delivered=self.delivered, unacknowledged=self.unacknowledged, in_hand=self.in_hand, at=self.at
        )

    def wait(self, seconds: int) -> list[float]:
        """Look every second; connect anew when told so, after which nothing comes; return when that was."""
        forced = []
        for _ in range(seconds):
            self.at += 1
            if self.look():
                forced.append(self.at)
                self.connection += 1
        return forced


def test_messages_that_nobody_has_in_hand_are_fetched_again_after_ten_seconds() -> None:
    broker = Broker()
    broker.delivered, broker.unacknowledged = 5, 2
    broker.look()
    assert broker.wait(9) == []
    broker.at += 1
    assert broker.look() == "2 messages are unacknowledged and not in hand"


def test_messages_in_hand_are_waited_for_as_long_as_the_store_needs() -> None:
    broker = Broker()
    broker.delivered, broker.unacknowledged, broker.in_hand = 500, 500, 500
    assert broker.wait(3600) == []


def test_reconnects_that_help_nothing_come_at_pauses_that_double() -> None:
    broker = Broker()
    broker.delivered, broker.unacknowledged = 5, 2
    times = broker.wait(20_000)
    pauses = [round(after - before) for before, after in pairwise(times)]
    assert pauses[:5] == [21, 41, 81, 161, 321]
    assert max(pauses) <= 3601


def test_silence_after_a_windows_worth_is_tried_once() -> None:
    broker = Broker()
    broker.delivered = 20
    broker.look()
    assert broker.wait(59) == []
    broker.at += 1
    assert broker.look() == "nothing was delivered for 60 s"
    broker.connection, broker.delivered = 2, 0
    assert broker.wait(86_400) == []


def test_silence_after_fewer_messages_than_any_window_holds_is_no_fault() -> None:
    broker = Broker()
    broker.delivered = 19
    assert broker.wait(86_400) == []


def test_messages_now_and_then_are_no_silence() -> None:
    broker = Broker()
    for _ in range(100):
        broker.delivered += 1
        assert broker.wait(50) == []
