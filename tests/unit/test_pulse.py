from datetime import timedelta

from ioc.alerts.engine import GRACE
from ioc.pulse import Pulse
from tests.support.doubles import ManualClock
from tests.support.examples import NOW


def test_time_begins_to_pass_once_everything_was_taken_and_passes_behind_the_clock() -> None:
    pulse = Pulse(clock := ManualClock(NOW))
    assert pulse.beat(is_idle=True, connection=1) is None
    assert pulse.passed(NOW) is None
    clock.advance(seconds=1)
    assert pulse.beat(is_idle=True, connection=1) is None
    clock.advance(seconds=1)
    assert pulse.beat(is_idle=True, connection=1) == clock.now() - GRACE
    assert pulse.passed(NOW + timedelta(minutes=1)) == NOW + timedelta(minutes=1) - GRACE


def test_messages_that_wait_hold_time_up() -> None:
    pulse = Pulse(clock := ManualClock(NOW))
    for is_idle in (True, False, True):
        assert pulse.beat(is_idle=is_idle, connection=1) is None
        clock.advance(seconds=1.5)
    assert pulse.beat(is_idle=False, connection=1) is None
    clock.advance(seconds=5)
    pulse.beat(is_idle=True, connection=1)
    clock.advance(seconds=2)
    assert pulse.beat(is_idle=True, connection=1) is not None
    assert pulse.beat(is_idle=False, connection=1) is None, "a batch lets time pass itself, by the arrival of its messages"
    assert pulse.passed(NOW) is not None


def test_another_connection_or_trouble_stops_time() -> None:
    pulse = Pulse(clock := ManualClock(NOW))
    for _ in range(2):
        pulse.beat(is_idle=True, connection=1)
        clock.advance(seconds=2)
    assert pulse.passed(NOW) is not None
    pulse.beat(is_idle=True, connection=2)
    assert pulse.passed(NOW) is None
    clock.advance(seconds=2)
    assert pulse.beat(is_idle=True, connection=2) is not None
    pulse.stop()
    assert pulse.passed(NOW) is None
