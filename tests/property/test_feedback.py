"""Whatever happens when: every rejection is in exactly one count, and nobody is told more than once a second of the same reason."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ioc.ingest.feedback import INTERVAL, Feedback, FeedbackLimiter
from ioc.ingest.outcome import Reason
from tests.support.examples import NOW

sources, reasons = st.sampled_from(["a", "b"]), st.sampled_from([Reason.VALUE, Reason.TIME])
steps = st.lists(st.tuples(st.integers(0, 1500), st.none() | st.tuples(sources, reasons)), max_size=60)


@given(steps=steps)
def test_counts_are_whole_and_messages_are_rare(steps: list[tuple[int, tuple[str, Reason] | None]]) -> None:
    limiter, now, told = FeedbackLimiter(), NOW, list[Feedback]()
    for pause_ms, offered in steps:
        now += timedelta(milliseconds=pause_ms)
        if offered is None:
            told += limiter.due(now)
        elif found := limiter.offer(offered[0], f"ioc/v1/{offered[0]}/obs/x", offered[1], "d", now):
            told.append(found)
    told += limiter.due(now + INTERVAL)
    for key in {offered for _, offered in steps if offered}:
        own = [one for one in told if (one.source, one.reason) == key]
        assert sum(one.count for one in own) == sum(offered == key for _, offered in steps)
        times: list[datetime] = [one.at for one in own]
        assert all(later - earlier >= INTERVAL for earlier, later in pairwise(times))
    assert len(told) == len({(one.source, one.reason, one.at) for one in told})
