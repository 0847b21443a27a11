from datetime import UTC, datetime

from ioc.ingest.outcome import Outcome, Reason, Tally

MINUTE = datetime(2026, 11, 22, 5, 7, tzinfo=UTC)


def test_reasons_and_outcomes_are_the_closed_lists_of_the_contract() -> None:
    reasons = "topic payload time future too_old value range unknown_station unknown_type schema size rate"
    assert [str(reason) for reason in Reason] == reasons.split()
    assert [str(outcome) for outcome in Outcome] == ["stored", "duplicate", "late", "quarantined", "refused"]


def test_received_is_the_sum_of_the_outcomes() -> None:
    tally = Tally()
    for n, outcome in enumerate(Outcome, start=1):
        tally.add("hydro", MINUTE, outcome, n)
    assert tally.rows() == [("hydro", MINUTE, 15, 1, 2, 3, 4, 5)]


def test_books_are_kept_by_source_and_minute_of_arrival() -> None:
    tally = Tally()
    tally.add("b", MINUTE.replace(second=59, microsecond=999999), Outcome.STORED)
    tally.add("b", MINUTE.replace(minute=8), Outcome.STORED)
    tally.add("a", MINUTE, Outcome.LATE)
    tally.add("b", MINUTE, Outcome.REFUSED)
    assert tally.rows() == [
        ("a", MINUTE, 1, 0, 0, 1, 0, 0),
        ("b", MINUTE, 2, 1, 0, 0, 0, 1),
        ("b", MINUTE.replace(minute=8), 1, 1, 0, 0, 0, 0),
    ]
    assert tally.total(Outcome.STORED) == 2
