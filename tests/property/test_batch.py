"""A batch keeps every message in order, is never over its size, and never older than its age."""

from hypothesis import given
from hypothesis import strategies as st

from ioc.ingest.batch import Batch, Message
from tests.support.examples import NOW

Arrivals = list[tuple[float, int]]
arrivals = st.lists(st.tuples(st.floats(0, 5), st.integers(0, 200)), min_size=1, max_size=60)


def collect(told: Arrivals, *, size: int, age_s: float, max_bytes: int) -> list[tuple[float, float, list[Message]]]:
    """Collect messages as the pipeline does; return for each batch when it began, when it was closed, and its messages."""
    batches = []
    batch, began, clock = Batch(size=size, age_s=age_s, max_bytes=max_bytes), 0.0, 0.0
    for number, (pause, length) in enumerate(told):
        wait = batch.waits_s(at=clock)
        if wait is not None and wait <= pause:
            batches.append((began, clock + wait, batch.messages))
            batch = Batch(size=size, age_s=age_s, max_bytes=max_bytes)
        clock += pause
        began = began if batch.messages else clock
        batch.add(Message("t", b"x" * length, NOW, mid=number), at=clock)
        if batch.waits_s(at=clock) == 0:
            batches.append((began, clock, batch.messages))
            batch = Batch(size=size, age_s=age_s, max_bytes=max_bytes)
    return [*batches, (began, clock, batch.messages)] if batch.messages else batches


@given(told=arrivals, size=st.integers(1, 10), age_s=st.floats(0, 3), max_bytes=st.integers(1, 500))
def test_nothing_is_lost_and_no_limit_is_passed(told: Arrivals, size: int, age_s: float, max_bytes: int) -> None:
    batches = collect(told, size=size, age_s=age_s, max_bytes=max_bytes)
    assert [message.mid for *_, messages in batches for message in messages] == list(range(len(told)))
    for began, closed, messages in batches:
        assert 1 <= len(messages) <= size
        assert closed - began <= age_s + 1e-9
        assert sum(len(m.payload) for m in messages[:-1]) < max_bytes  # the one that fills it is the last
