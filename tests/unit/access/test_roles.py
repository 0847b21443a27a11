import pytest

from ioc.access.roles import NEEDED, OPEN, PUBLIC, Role, role_for


@pytest.mark.parametrize("role", Role)
def test_role_may_do_what_the_ones_before_it_may(role: Role) -> None:
    order = [Role.VIEWER, Role.PLANNER, Role.OPERATOR, Role.ADMINISTRATOR]
    assert [needed for needed in order if role.includes(needed)] == order[: order.index(role) + 1]


@pytest.mark.parametrize("door", ["GET /nowhere", "PUT /v1/alerts", "DELETE /healthz", "POST /ogc", "get /healthz", "", "GET /healthz/"])
def test_door_that_is_not_in_the_table_needs_the_highest_role(door: str) -> None:
    assert role_for(door) is Role.ADMINISTRATOR


@pytest.mark.parametrize("door", sorted(OPEN))
def test_open_door_needs_no_role(door: str) -> None:
    assert role_for(door) is None


def test_no_door_is_open_or_public_and_needs_a_role() -> None:
    assert not (OPEN | PUBLIC) & NEEDED.keys()
    assert not OPEN & PUBLIC


QUESTIONS = {"POST /v1/units/convert"}
"""What is too long for an address and so comes as a body; it changes nothing."""


@pytest.mark.parametrize(
    "door", [door for door in [*OPEN, *PUBLIC, *NEEDED] if not door.startswith(("GET ", "WS ")) and door not in QUESTIONS]
)
def test_whoever_changes_something_is_more_than_a_viewer(door: str) -> None:
    needed = role_for(door)
    assert needed is not None
    assert needed is not Role.VIEWER


def test_what_arrived_raw_is_not_for_viewers() -> None:
    assert role_for("GET /v1/quarantine") is Role.OPERATOR
