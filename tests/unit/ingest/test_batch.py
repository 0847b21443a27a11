from ioc.ingest.batch import Batch, Message
from tests.support.examples import NOW


def message(size: int = 1) -> Message:
    return Message("ioc/v1/s/status", b"x" * size, NOW)


def test_empty_batch_is_never_due() -> None:
    batch = Batch(size=1, age_s=0)
    assert batch.waits_s(at=1e9) is None
    assert not batch.is_full()


def test_batch_is_due_when_its_first_message_is_of_age() -> None:
    batch = Batch(size=10, age_s=0.5)
    batch.add(message(), at=100.0)
    batch.add(message(), at=100.4)
    assert batch.waits_s(at=100.25) == 0.25
    assert batch.waits_s(at=100.5) == 0
    assert batch.waits_s(at=200.0) == 0


def test_batch_is_due_at_once_when_it_is_full() -> None:
    batch = Batch(size=2, age_s=60)
    batch.add(message(), at=0)
    assert batch.waits_s(at=0) == 60
    batch.add(message(), at=0)
    assert batch.is_full()
    assert batch.waits_s(at=0) == 0


def test_few_large_messages_fill_a_batch() -> None:
    batch = Batch(size=1000, age_s=60, max_bytes=100)
    batch.add(message(99), at=0)
    assert not batch.is_full()
    batch.add(message(1), at=0)
    assert batch.is_full()
    assert batch.waits_s(at=0) == 0
