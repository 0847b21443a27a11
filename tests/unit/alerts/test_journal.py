from hypothesis import given
from hypothesis import strategies as st

from ioc.alerts.journal import Journal

changes = st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 3)))


@given(before=changes, batch=changes)
def test_batch_that_is_taken_back_leaves_no_trace(before: list[tuple[str, int | None]], batch: list[tuple[str, int | None]]) -> None:
    journal, told = Journal(), dict[str, int]()
    for some in (before, batch):
        journal.settle()
        kept = dict(told)
        for key, value in some:
            if value is None:
                journal.drop(told, key)
            else:
                journal.put(told, key, value)
    journal.take_back()
    assert told == kept


def test_what_is_settled_stays_and_batches_are_counted() -> None:
    journal, told, undone = Journal(), dict[str, int](), list[int]()
    journal.put(told, "a", 1)
    journal.did(lambda: undone.append(1))
    journal.settle()
    journal.take_back()
    assert (told, undone, journal.batch) == ({"a": 1}, [], 2)


def test_newest_change_is_undone_first() -> None:
    journal, undone = Journal(), list[int]()
    for number in range(3):
        journal.did(lambda number=number: undone.append(number))  # type: ignore[misc]
    journal.take_back()
    assert undone == [2, 1, 0]
