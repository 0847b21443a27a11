import json
from datetime import timedelta

from ioc.ingest.feedback import MAX_KEPT, Feedback, FeedbackLimiter
from ioc.ingest.outcome import Reason
from tests.support.examples import NOW, at

TOPIC = "ioc/v1/hydro/obs/dap-cau"


def offer(
    limiter: FeedbackLimiter, seconds: float, detail: str = "d", source: str = "hydro", reason: Reason = Reason.VALUE
) -> Feedback | None:
    return limiter.offer(source, TOPIC, reason, detail, at(seconds))


def of(seconds: float, count: int, detail: str = "d", reason: Reason = Reason.VALUE) -> Feedback:
    return Feedback("hydro", at(seconds), TOPIC, reason, detail, count)


def test_first_is_told_at_once() -> None:
    assert offer(FeedbackLimiter(), 0) == of(0, 1)


def test_others_of_the_second_wait_and_are_counted() -> None:
    limiter = FeedbackLimiter()
    offer(limiter, 0)
    assert [offer(limiter, 0.1, "a"), offer(limiter, 0.999, "b")] == [None, None]
    assert limiter.due(at(0.999)) == []
    assert limiter.due(at(1)) == [of(1, 2, "b")]
    assert limiter.due(at(2)) == []


def test_next_one_after_a_second_tells_of_those_that_waited() -> None:
    limiter = FeedbackLimiter()
    offer(limiter, 0)
    offer(limiter, 0.5)
    assert offer(limiter, 1, "c") == of(1, 2, "c")
    assert limiter.due(at(2)) == []


def test_what_is_due_counts_as_told() -> None:
    limiter = FeedbackLimiter()
    offer(limiter, 0)
    offer(limiter, 0.5)
    limiter.due(at(1))
    assert offer(limiter, 1.5) is None


def test_sources_and_reasons_do_not_wait_for_each_other() -> None:
    limiter = FeedbackLimiter()
    assert offer(limiter, 0) is not None
    assert offer(limiter, 0, reason=Reason.TIME) == of(0, 1, reason=Reason.TIME)
    assert offer(limiter, 0, source="buses") is not None


def test_every_rejection_is_in_one_count() -> None:
    limiter, told = FeedbackLimiter(), 0
    for tenth in range(500):
        found = offer(limiter, tenth / 10)
        told += found.count if found else 0
        told += sum(one.count for one in limiter.due(at(tenth / 10 + 0.05))) if tenth % 7 == 0 else 0
    told += sum(one.count for one in limiter.due(at(60)))
    assert told == 500


def test_source_without_a_name_is_not_told() -> None:
    assert offer(FeedbackLimiter(), 0, source="-") is None


def test_made_up_sources_do_not_fill_the_memory_for_long() -> None:
    limiter = FeedbackLimiter()
    assert sum(offer(limiter, 0, source=f"s{number}") is not None for number in range(MAX_KEPT + 5)) == MAX_KEPT
    assert limiter.due(at(1)) == []
    assert offer(limiter, 1, source="new") is not None


def test_clock_that_is_put_back_does_not_silence() -> None:
    limiter = FeedbackLimiter()
    offer(limiter, 0)
    assert limiter.offer("hydro", TOPIC, Reason.VALUE, "d", NOW - timedelta(hours=1)) is not None


def test_message_is_json_on_the_topic_of_the_source() -> None:
    feedback = of(0, 3, "value 'x' is not a number")
    assert feedback.to_topic == "ioc/v1/hydro/feedback"
    assert json.loads(feedback.payload()) == {
        "at": "2026-11-22T05:00:00Z",
        "topic": TOPIC,
        "reason": "value",
        "detail": "value 'x' is not a number",
        "count": 3,
    }
