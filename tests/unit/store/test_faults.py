"""Each error is on the list that helps, and every list says why."""

import asyncpg
import pytest

from ioc.errors import Unavailable
from ioc.store.faults import LISTS, Fault, fault_of, in_words, refusal


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (asyncpg.ConnectionDoesNotExistError("gone"), Fault.PASSING),
        (asyncpg.SerializationError("again"), Fault.PASSING),
        (asyncpg.DeadlockDetectedError("again"), Fault.PASSING),
        (asyncpg.LockNotAvailableError("locked"), Fault.PASSING),
        (asyncpg.AdminShutdownError("stop"), Fault.PASSING),
        (asyncpg.CannotConnectNowError("starting"), Fault.PASSING),
        (asyncpg.TooManyConnectionsError("full"), Fault.PASSING),
        (asyncpg.ReadOnlySQLTransactionError("standby"), Fault.PASSING),
        (asyncpg.InterfaceError("connection is closed"), Fault.PASSING),
        (ConnectionResetError(), Fault.PASSING),
        (Unavailable("not held"), Fault.PASSING),
        (asyncpg.UndefinedTableError("no table"), Fault.LASTING),
        (asyncpg.UndefinedColumnError("no column"), Fault.LASTING),
        (asyncpg.InsufficientPrivilegeError("no"), Fault.LASTING),
        (asyncpg.DiskFullError("full"), Fault.LASTING),
        (asyncpg.InvalidPasswordError("no"), Fault.LASTING),
        (asyncpg.PostgresIOError("broken"), Fault.LASTING),
        (asyncpg.QueryCanceledError("slow"), Fault.HEAVY),
        (asyncpg.OutOfMemoryError("much"), Fault.HEAVY),
        (TimeoutError(), Fault.HEAVY),
        (asyncpg.InternalServerError("tuple concurrently updated"), Fault.DOUBTFUL),
        (asyncpg.IndexCorruptedError("broken"), Fault.DOUBTFUL),
        (asyncpg.UniqueViolationError("stored at the same moment"), Fault.DOUBTFUL),
        (asyncpg.NumericValueOutOfRangeError("large"), Fault.MESSAGE),
        (asyncpg.CheckViolationError("no"), Fault.MESSAGE),
        (asyncpg.ProgramLimitExceededError("long"), Fault.MESSAGE),
        (asyncpg.exceptions._base.DataError("a text where a number goes"), Fault.MESSAGE),
        (KeyError("x"), Fault.MESSAGE),
        (RuntimeError("nobody foresaw this"), Fault.MESSAGE),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_error_is_on_the_list_that_helps(error: Exception, fault: Fault) -> None:
    assert fault_of(error) is fault


def test_lists_name_codes_or_classes_once_each_with_a_reason() -> None:
    codes = [code for listed in LISTS.values() for code in listed]
    assert sorted(set(codes)) == sorted(codes)
    assert {len(code) for code in codes} == {2, 5}
    assert all(reason for listed in LISTS.values() for reason in listed.values())
    assert Fault.MESSAGE not in LISTS  # what is on no list is the message's fault


def test_words_fit_one_line_of_the_store() -> None:
    words = in_words(asyncpg.CheckViolationError("a\nb\0c" + "x" * 999))
    assert words.startswith("CheckViolationError (23514): a b�cxx")
    assert len(words) == len(refusal(ValueError("x" * 999))) == 256
