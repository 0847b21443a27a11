"""What can go wrong, grouped by what the caller can do about it.

IocError
├── BadInput            the caller sent something wrong: mend it and send again
│   ├── Unauthorized    who is asking is not known
│   ├── Forbidden       who is asking may not do this
│   ├── NotFound        no such thing
│   │   └── NotYet      it is being made: ask again later
│   ├── TooLarge        more was sent than is taken at once
│   └── Conflict        the thing has changed since the caller looked
├── ConfigurationError  a setting, rule or catalogue is wrong: the administrator mends it
└── Unavailable         a service that we need is away: try again later
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any


class IocError(Exception):
    """Any error of ours; `detail` is a sentence that names the value and the limit."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class BadInput(IocError):
    """The caller sent something that cannot be accepted."""


class Unauthorized(BadInput):
    """Who is asking is not known."""


class Forbidden(BadInput):
    """Who is asking may not do this."""


class NotFound(BadInput):
    """There is no such thing."""


class NotYet(NotFound):
    """There is no such thing yet, but it is being made; `retry_after_s` is when to ask again."""

    def __init__(self, detail: str, retry_after_s: int = 10) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class TooLarge(BadInput):
    """The caller sent more than is taken at once."""


class Conflict(BadInput):
    """The thing has changed since the caller looked; `present` is how it stands now."""

    def __init__(self, detail: str, present: dict[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.present = present


class ConfigurationError(IocError):
    """A setting, a rule file or a catalogue is wrong."""


class Unavailable(IocError):
    """A service that we need does not answer."""


STATUS: dict[type[IocError], int] = {
    Unauthorized: 401,
    Forbidden: 403,
    NotFound: 404,
    NotYet: 503,
    Conflict: 409,
    TooLarge: 413,
    BadInput: 400,
    ConfigurationError: 500,
    Unavailable: 503,
}

# Older versions of Python have the words of older standards.
_RENAMED = {413: "Content Too Large", 422: "Unprocessable Content"}


def status_of(error: IocError) -> int:
    """Return the HTTP status of `error`: that of its class or of the nearest class above it."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def title_of(status: int) -> str:
    """Return the title of a problem: the words of RFC 9110 for its status, as RFC 9457 asks for (section 4.2.1)."""
    return _RENAMED.get(status) or HTTPStatus(status).phrase
