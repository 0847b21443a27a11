"""What an error of the database means for the batch that met it: the named lists of SQLSTATEs by which ingest and replay decide.

The codes are those of PostgreSQL's appendix A (errcodes). What is on no list here is taken for the fault of one message: the batch is
halved until it is found.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import asyncpg

from ioc.errors import IocError

STORE_TROUBLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, TimeoutError)
"""All that can come of a database that is away, busy or broken; asyncpg has no common base for its own kinds of error."""


class Fault(Enum):
    """Whose fault an error is, and so what helps."""

    PASSING = "passing"
    """The store's own trouble, which goes by itself: the same batch is tried again for as long as it takes."""
    LASTING = "lasting"
    """The store's own trouble, which somebody has to mend: tried again as well, and named; no message can be blamed for it."""
    HEAVY = "heavy"
    """Too much at once, or the store is too busy for it: tried again, then by halves; a single message is tried again for ever."""
    DOUBTFUL = "doubtful"
    """A failure inside the database, passing or of these rows alone: tried again, then by halves, at last into quarantine."""
    MESSAGE = "message"
    """What one message causes: found by halves and kept in quarantine."""


_PASSING: Mapping[str, str] = {
    "08": "class connection exception: the connection was cut or could not be made",
    "25006": "read-only transaction: a standby that is being promoted",
    "40001": "serialization failure: another transaction was quicker",
    "40003": "statement completion unknown: the connection broke in between",
    "40P01": "deadlock: another transaction was let through",
    "53": "class insufficient resources: connections, memory or space are used up for now",
    "55000": "object not in prerequisite state: the database lets nobody in for now",
    "55006": "object in use: somebody alters it",
    "55P03": "lock not available: somebody holds it for now",
    "57P01": "admin shutdown: the server or this connection is being ended",
    "57P02": "crash shutdown: another backend crashed, the server starts anew",
    "57P03": "cannot connect now: the server is starting or recovering",
    "57P05": "idle session timeout: the next connection will do",
    "25P03": "idle in transaction timeout: we stood still in the middle, the transaction was undone",
}
_LASTING: Mapping[str, str] = {
    "28": "class invalid authorization: the user or its password was changed",
    "3D000": "database does not exist",
    "3F000": "schema does not exist",
    "42": "class access rule violation or syntax error: a table or column is missing (42P01, 42703) or not permitted (42501)",
    "53100": "disk full",
    "57P04": "database dropped",
    "58": "class system error: the server cannot read or write its files",
}
_HEAVY: Mapping[str, str] = {
    "25P04": "transaction timeout: it took longer than the server allows",
    "53200": "out of memory, which half as many rows may fit into",
    "57014": "query cancelled: it took longer than the statement timeout allows",
}
_DOUBTFUL: Mapping[str, str] = {
    "23505": "unique violation: another process stored the same at the same moment, which the next try sees",
    "XX": "class internal error: passing (a chunk dropped meanwhile) or a broken block or index that only some rows touch",
}
LISTS: Mapping[Fault, Mapping[str, str]] = {
    Fault.PASSING: _PASSING,
    Fault.LASTING: _LASTING,
    Fault.HEAVY: _HEAVY,
    Fault.DOUBTFUL: _DOUBTFUL,
}
"""Each list: SQLSTATE or class (its first two characters) → why it is there. A whole code goes before its class."""
_BY_CODE = {code: fault for fault, codes in LISTS.items() for code in codes}


def fault_of(error: BaseException) -> Fault:
    """Return whose fault `error` is, whatever raised it: the server, its driver, the network, or our own code on strange content."""
    if isinstance(error, asyncpg.PostgresError):
        code = error.sqlstate or ""
        return _BY_CODE.get(code) or _BY_CODE.get(code[:2]) or Fault.MESSAGE
    if isinstance(error, TimeoutError):
        return Fault.HEAVY  # the driver gave up waiting, as the server does with 57014
    if isinstance(error, ValueError):
        return Fault.MESSAGE  # asyncpg's DataError among them: a value that has no place in its column
    if isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError | OSError | IocError):
        return Fault.PASSING  # the connection is gone or was closed under our hands, or what we need is away
    return Fault.MESSAGE


def in_words(error: BaseException) -> str:
    """Return `error` in one line, with its SQLSTATE where it has one, fit for logs, `/readyz` and the quarantine."""
    code = getattr(error, "sqlstate", None)
    told = " ".join(str(error).split())
    return f"{type(error).__name__}{f' ({code})' if code else ''}: {told}"[:256].replace("\0", "�")


def refusal(error: BaseException) -> str:
    """Return what the quarantine says of a message that the store cannot keep."""
    return f"the store cannot keep it: {in_words(error)}"[:256]
