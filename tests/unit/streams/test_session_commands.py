"""Commands over a session: who may, once, and in which order what follows is told."""

import asyncio
from typing import Any

import pytest

from ioc.access.roles import Role
from ioc.domain.live import Changes
from ioc.errors import BadInput, Conflict, IocError, NotFound, Unavailable
from tests.support.centre import Centre
from tests.support.doubles import FakeSocket
from tests.support.examples import alert


class Orders:
    """Carries out commands by changing an alert, as the desk does: first the mirror, then the answer."""

    def __init__(self) -> None:
        self.done: list[tuple[str, dict[str, Any], int | None, str, str]] = []
        self.fails: IocError | None = None
        self.centre: Centre | None = None
        self.waits = asyncio.Event()
        self.waits.set()

    async def execute(self, op: str, args: dict[str, Any], *, if_version: int | None, idem: str, actor: str) -> dict[str, Any]:
        await self.waits.wait()
        if self.fails:
            raise self.fails
        self.done.append((op, args, if_version, idem, actor))
        assert self.centre
        self.centre.mirror.apply(Changes(alerts=[alert(1, version=2, acknowledged=True)]))
        return {"version": 2}


@pytest.fixture
async def orders() -> Orders:
    return Orders()


@pytest.fixture
async def socket(orders: Orders) -> Any:
    centre = orders.centre = Centre(commands=orders)
    centre.mirror.apply(Changes(alerts=[alert(1)]))
    yield await centre.welcome(id="a", ch="alerts")
    await centre.stop()


def command(socket: FakeSocket, number: str = "c1", op: str = "alert.ack", **more: Any) -> None:
    socket.say(type="cmd", id=number, idem="a key of its own", op=op, args={"id": "x"}, **more)


async def test_result_comes_after_the_event_of_what_it_changed(socket: FakeSocket, orders: Orders) -> None:
    command(socket, if_version=1)
    assert [(await socket.next())["type"], (await socket.next())["type"]] == ["ev", "res"]
    assert socket.frames[-1] == {"type": "res", "id": "c1", "ok": True, "result": {"version": 2}}
    assert orders.done == [("alert.ack", {"id": "x"}, 1, "a key of its own", "an operator")]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Conflict("it is at version 3", {"version": 3}), "conflict"),
        (NotFound("there is no alert x"), "not_found"),
        (BadInput("args: id is missing"), "bad_input"),
        (Unavailable("the database does not answer"), "unavailable"),
    ],
)
async def test_command_that_fails_says_why(socket: FakeSocket, orders: Orders, error: IocError, code: str) -> None:
    orders.fails = error
    command(socket)
    told = await socket.next("res")
    assert (told["ok"], told["code"], told["detail"]) == (False, code, error.detail)
    assert told.get("present") == ({"version": 3} if code == "conflict" else None)


async def test_viewer_may_not_command_and_its_role_is_looked_at_while_the_stream_is_open(
    socket: FakeSocket, orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert orders.centre
    monkeypatch.setattr("ioc.streams.session._ADMIT_EVERY_S", 0.001)
    (session,) = orders.centre.hub._sessions
    session._admit_s = session.due_s = 0
    orders.centre.role = Role.VIEWER
    before = len(orders.centre.tokens)
    while len(orders.centre.tokens) < before + 3:
        await asyncio.sleep(0.001)
    command(socket)
    told = await socket.next("res")
    assert (told["code"], told["detail"]) == ("forbidden", "an operator is viewer and may not alert.ack")
    assert orders.done == []


async def test_unknown_command_is_for_administrators(socket: FakeSocket) -> None:
    command(socket, op="sing")
    assert (await socket.next("res"))["code"] == "forbidden"


async def test_no_more_than_eight_commands_at_once(socket: FakeSocket, orders: Orders) -> None:
    orders.waits.clear()
    for number in range(9):
        command(socket, f"c{number}")
    told = await socket.next("err")
    assert (told["code"], told["id"]) == ("too_many", "c8")
    orders.waits.set()
    assert {(await socket.next("res"))["id"] for _ in range(8)} == {f"c{number}" for number in range(8)}


async def test_command_goes_on_when_its_viewer_has_left(socket: FakeSocket, orders: Orders) -> None:
    """What was begun is done; the answer is lost with the connection, and the same key tells it later."""
    assert orders.centre
    orders.waits.clear()
    command(socket)
    await asyncio.sleep(0.01)
    socket.hang_up()
    await orders.centre.ended()
    orders.waits.set()
    while not orders.done:
        await asyncio.sleep(0.001)
    assert orders.centre.mirror.alerts[alert(1).id].version == 2
