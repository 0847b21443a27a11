from types import SimpleNamespace

import pytest
from starlette.requests import HTTPConnection

from ioc.access.door import Door
from ioc.access.keys import hash_key
from ioc.access.roles import Caller, Role
from ioc.errors import Forbidden, Unauthorized, Unavailable
from tests.support.doubles import KeyCabinet, Stopwatch

LOCAL = {"host": "127.0.0.1:8080"}
READ, WRITE, OPEN, PUBLIC = "GET /v1/alerts", "POST /v1/alerts/{alert_id}/acknowledge", "GET /healthz", "GET /ogc/collections"


def connection(door: str = READ, **headers: str) -> HTTPConnection:
    method, path = door.split(" ")
    told = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return HTTPConnection({"type": "http", "method": method, "headers": told, "route": SimpleNamespace(path=path)})


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


@pytest.fixture
def cabinet() -> KeyCabinet:
    return KeyCabinet({hash_key(f"key-{role}"): (f"the {role}", role) for role in Role})


@pytest.fixture
def stopwatch(monkeypatch: pytest.MonkeyPatch) -> Stopwatch:
    monkeypatch.setattr("ioc.access.door.monotonic", clock := Stopwatch())
    return clock


@pytest.fixture
def door(cabinet: KeyCabinet) -> Door:
    """A door that others can reach."""
    return Door(lookup=cabinet.find, is_loopback=False)


@pytest.fixture
def local_door(cabinet: KeyCabinet) -> Door:
    return Door(lookup=cabinet.find, is_loopback=True)


async def test_holder_of_a_key_passes_with_the_role_of_the_key(door: Door) -> None:
    asking = connection(**bearer("key-viewer"))
    assert await door.check(asking) == Caller("the viewer", Role.VIEWER)
    assert asking.state.caller.name == "the viewer"


@pytest.mark.parametrize("role", Role)
async def test_role_has_to_be_enough(door: Door, role: Role) -> None:
    asking = connection(WRITE, **bearer(f"key-{role}"))
    if role.includes(Role.OPERATOR):
        assert await door.check(asking) == Caller(f"the {role}", role)
    else:
        with pytest.raises(Forbidden, match=f"needs the role operator; the {role} is {role}"):
            await door.check(asking)


async def test_unknown_door_needs_an_administrator(door: Door) -> None:
    with pytest.raises(Forbidden):
        await door.check(connection("GET /v1/new", **bearer("key-operator")))
    assert await door.check(connection("GET /v1/new", **bearer("key-administrator")))


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic a2V5LXZpZXdlcg==", "key-viewer", "Bearerkey-viewer", "Bearer é"]
)
async def test_without_a_key_in_force_nobody_passes(door: Door, authorization: str) -> None:
    for host in ("example.org", "127.0.0.1"):
        with pytest.raises(Unauthorized):
            await door.check(connection(authorization=authorization, host=host))


@pytest.mark.parametrize("spelling", ["bearer key-viewer", "BEARER key-viewer", "Bearer  key-viewer "])
async def test_word_bearer_may_be_spelled_as_one_likes(door: Door, spelling: str) -> None:
    assert await door.check(connection(authorization=spelling))


async def test_open_door_asks_nobody(door: Door, cabinet: KeyCabinet) -> None:
    assert await door.check(connection(OPEN, **bearer("wrong"))) is None
    assert cabinet.asked == 0


async def test_head_passes_where_get_does(door: Door) -> None:
    assert await door.check(connection("HEAD /healthz")) is None
    assert await door.check(connection("HEAD /v1/alerts", **bearer("key-viewer")))


async def test_public_door_admits_everybody_and_knows_a_viewer(door: Door) -> None:
    assert await door.check(connection(PUBLIC)) is None
    assert await door.check(connection(PUBLIC, **bearer("wrong"))) is None
    assert await door.check(connection(PUBLIC, **bearer("key-viewer"))) == Caller("the viewer", Role.VIEWER)


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "127.0.0.1:8080"},
        {"host": "127.0.0.1"},
        {"host": "localhost:8080"},
        {"host": "LOCALHOST"},
        {"host": "[::1]:8080"},
        {"host": "127.0.0.1:8080", "origin": "http://127.0.0.1:8080"},
        {"host": "localhost:8080", "origin": "http://localhost:8080"},
    ],
)
async def test_caller_on_loopback_without_a_key_is_the_operator_of_the_demo(local_door: Door, headers: dict[str, str]) -> None:
    assert await local_door.check(connection(WRITE, **headers)) == Caller("demo", Role.OPERATOR)
    assert await local_door.admit(connection(**headers), None) == Caller("demo", Role.OPERATOR)


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "ioc.example.org"},
        {"host": "127.0.0.1.example.org"},
        {"host": "localhost.example.org:8080"},
        {"host": "example.org", "origin": "http://127.0.0.1"},
        {"host": "127.0.0.1:8080", "origin": "http://example.org"},
        {"host": "127.0.0.1:8080", "origin": "http://127.0.0.1.example.org"},
        {"host": "127.0.0.1:8080", "origin": "http://127.0.0.1@example.org"},
        {"host": "127.0.0.1:8080", "origin": "null"},
        {"host": "127.0.0.1:8080", "origin": ""},
        {"host": "127.0.0.1:8080", "origin": "http://["},
        {"host": "127.0.0.1@example.org"},
        {"host": "["},
        {"host": ""},
        {"host": "0.0.0.0"},
        {},
    ],
)
async def test_page_from_elsewhere_does_not_act_as_the_operator(local_door: Door, headers: dict[str, str]) -> None:
    """A browser on this machine can be led here by any page that it shows, also through a host name that points to 127.0.0.1."""
    with pytest.raises(Unauthorized):
        await local_door.check(connection(WRITE, **headers))
    with pytest.raises(Unauthorized):
        await local_door.admit(connection(**headers), None)
    assert await local_door.role_of(connection(**headers)) is None


async def test_demo_operator_is_no_administrator(local_door: Door) -> None:
    with pytest.raises(Forbidden):
        await local_door.check(connection("POST /v1/new", **LOCAL))


async def test_wrong_key_is_not_forgiven_on_loopback(local_door: Door) -> None:
    with pytest.raises(Unauthorized, match="this key is not in force"):
        await local_door.check(connection(**LOCAL, **bearer("wrong")))


async def test_socket_is_opened_with_a_token_or_a_header(door: Door) -> None:
    assert (await door.admit(connection(), "key-planner")).role == "planner"
    assert (await door.admit(connection(**bearer("key-viewer")), None)).role == "viewer"
    assert (await door.admit(connection(**bearer("key-viewer")), "key-planner")).role == "planner"
    for token in (None, "", "wrong", "x" * 10_000):
        with pytest.raises(Unauthorized):
            await door.admit(connection(), token)


async def test_whoever_asks_is_told_by_name(door: Door) -> None:
    assert await door.caller_of(connection(**bearer("key-planner"))) == Caller("the planner", Role.PLANNER)
    assert await door.caller_of(connection()) is None


async def test_role_of_whoever_asks(door: Door) -> None:
    assert await door.role_of(connection(**bearer("key-planner"))) is Role.PLANNER
    assert await door.role_of(connection()) is None
    assert await door.role_of(connection(**bearer("wrong"))) is None


async def test_key_is_looked_up_once_in_three_seconds(door: Door, cabinet: KeyCabinet, stopwatch: Stopwatch) -> None:
    for _ in range(3):
        await door.check(connection(**bearer("key-viewer")))
        stopwatch.seconds += 0.9
    assert cabinet.asked == 1
    stopwatch.seconds += 0.4
    await door.check(connection(**bearer("key-viewer")))
    assert cabinet.asked == 2


async def test_revoked_key_is_worthless_after_three_seconds(door: Door, cabinet: KeyCabinet, stopwatch: Stopwatch) -> None:
    await door.check(connection(**bearer("key-viewer")))
    cabinet.holders.clear()
    stopwatch.seconds += 2.9
    await door.check(connection(**bearer("key-viewer")))
    stopwatch.seconds += 0.1
    for _ in range(2):
        with pytest.raises(Unauthorized):
            await door.check(connection(**bearer("key-viewer")))


async def test_role_that_was_changed_is_noticed(door: Door, cabinet: KeyCabinet, stopwatch: Stopwatch) -> None:
    await door.check(connection(**bearer("key-viewer")))
    cabinet.holders[hash_key("key-viewer")] = ("the viewer", "operator")
    stopwatch.seconds += 5
    assert await door.role_of(connection(**bearer("key-viewer"))) is Role.OPERATOR


async def test_new_key_works_after_a_second_though_it_was_refused_before(door: Door, cabinet: KeyCabinet, stopwatch: Stopwatch) -> None:
    with pytest.raises(Unauthorized):
        await door.check(connection(**bearer("new")))
    cabinet.holders[hash_key("new")] = ("new", "viewer")
    stopwatch.seconds += 1
    assert await door.check(connection(**bearer("new")))


async def test_wrong_key_asks_the_database_once_a_second(door: Door, cabinet: KeyCabinet, stopwatch: Stopwatch) -> None:
    for _ in range(20):
        with pytest.raises(Unauthorized, match="this key is not in force"):
            await door.check(connection(**bearer("wrong")))
        stopwatch.seconds += 0.1
    assert cabinet.asked == 2


async def test_wrong_keys_drive_no_good_key_out_and_are_bounded_too(
    door: Door, cabinet: KeyCabinet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ioc.access.door._REMEMBERED", 3)
    await door.check(connection(**bearer("key-viewer")))
    for number in range(10):
        with pytest.raises(Unauthorized):
            await door.check(connection(**bearer(f"wrong-{number}")))
        assert len(door._unknown) <= 3
    asked = cabinet.asked
    await door.check(connection(**bearer("key-viewer")))
    assert cabinet.asked == asked


async def test_number_of_keys_remembered_is_bounded(door: Door, cabinet: KeyCabinet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.access.door._REMEMBERED", 3)
    cabinet.holders = {hash_key(f"k{number}"): (f"k{number}", "viewer") for number in range(10)}
    for number in range(10):
        assert await door.check(connection(**bearer(f"k{number}"))) == Caller(f"k{number}", Role.VIEWER)
        assert len(door._known) <= 3


async def test_database_that_is_away_is_not_a_wrong_key() -> None:
    async def away(_digest: bytes) -> None:
        raise Unavailable("the database was not reached yet")

    with pytest.raises(Unavailable):
        await Door(lookup=away, is_loopback=True).check(connection(**LOCAL, **bearer("key")))
