import re

import pytest

from ioc import errors
from ioc.errors import (
    STATUS,
    BadInput,
    ConfigurationError,
    Conflict,
    Forbidden,
    IocError,
    NotFound,
    NotYet,
    TooLarge,
    Unauthorized,
    Unavailable,
    status_of,
    title_of,
)

CLASSES = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, IocError)]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (BadInput, 400),
        (Unauthorized, 401),
        (Forbidden, 403),
        (NotFound, 404),
        (NotYet, 503),
        (Conflict, 409),
        (TooLarge, 413),
        (ConfigurationError, 500),
        (Unavailable, 503),
        (IocError, 500),
    ],
)
def test_status_of_every_class(kind: type[IocError], status: int) -> None:
    assert status_of(kind("level 5 is over 4")) == status


@pytest.mark.parametrize(
    ("status", "title"), [(400, "Bad Request"), (404, "Not Found"), (413, "Content Too Large"), (503, "Service Unavailable")]
)
def test_title_is_what_the_standard_calls_the_status(status: int, title: str) -> None:
    assert title_of(status) == title


def test_table_above_names_every_class() -> None:
    assert {*STATUS, IocError} == set(CLASSES)


def test_status_of_a_kind_that_is_not_in_the_table_is_that_of_the_nearest_above() -> None:
    class Gone(NotFound):
        pass

    assert status_of(Gone("it was here")) == 404


@pytest.mark.parametrize("kind", CLASSES)
def test_message_is_the_detail(kind: type[IocError]) -> None:
    error = kind("level 5 is over 4")
    assert (str(error), error.detail) == ("level 5 is over 4", "level 5 is over 4")


def test_conflict_tells_how_the_thing_stands_now() -> None:
    assert Conflict("version 2 is not 1", {"version": 2}).present == {"version": 2}
    assert Conflict("gone").present is None


def test_tree_at_the_top_is_the_tree_of_the_classes() -> None:
    told = re.findall(r"^([│├└─ ]*)(\w+)", errors.__doc__ or "", re.MULTILINE)
    depths = {name: len(indent) // 4 for indent, name in told if name in {kind.__name__ for kind in CLASSES}}
    assert depths == {kind.__name__: len(kind.__mro__) - len(IocError.__mro__) for kind in CLASSES}
