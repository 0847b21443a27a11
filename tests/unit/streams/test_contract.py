"""Every frame that a session sends keeps the published schema."""

from typing import Any

import jsonschema
import pytest

from ioc.domain.live import Changes
from ioc.streams import contract, frame
from tests.support.centre import WEST, Centre
from tests.support.examples import alert, observation, position, station

SCHEMAS = contract.schemas()


def keeps(told: dict[str, Any]) -> None:
    jsonschema.validate(told, SCHEMAS[f"server.{told['type']}"])


async def test_frames_of_a_session_keep_their_schemas(centre: Centre) -> None:
    centre.mirror.apply(Changes(stations=[station("a")], alerts=[alert(1)], positions=[position(0, 105.4, 21)]))
    socket = await centre.welcome()
    socket.say(type="sub", id="s", ch="state", view=WEST, rate_hz=10)
    socket.say(type="sub", id="c", ch="state", view={"bbox": [100, 10, 110, 25], "z": 4}, vseq=1)
    socket.say(type="sub", id="a", ch="alerts")
    socket.say(type="sub", id="i", ch="indicators")
    socket.say(type="cmd", id="k", idem="12345678", op="alert.ack")
    for _ in range(5):
        await socket.next()
    centre.mirror.apply(Changes(observations=[observation(0, 1, "a")], alerts=[alert(1, version=2)], positions=[position(1, 109, 21)]))
    await socket.next("ev")
    await socket.next("d")
    centre.why = "the broker does not answer"
    await centre.hub.close()
    kinds = {told["type"] for told in socket.frames}
    assert kinds == {"welcome", "snap", "d", "ev", "hb", "err", "res", "bye"}
    for told in socket.frames:
        keeps(told)


@pytest.mark.parametrize("why", list(frame.RESET_REASONS))
def test_reset_keeps_its_schema(why: str) -> None:
    keeps({"type": "reset", "id": "s", "why": why})
    with pytest.raises(jsonschema.ValidationError):
        keeps({"type": "reset", "id": "s"})


def test_document_names_every_frame_and_its_messages_point_to_something() -> None:
    document = contract.document()
    messages = document["components"]["messages"]
    assert set(messages) == set(SCHEMAS)
    for reference in document["channels"]["stream"]["messages"].values():
        assert reference["$ref"].removeprefix("#/components/messages/") in messages
    assert set(contract.client_types()) == {"hello", "sub", "view", "unsub", "pause", "resume", "cmd", "replay", "pong"}


@pytest.mark.parametrize("name", [name for name in SCHEMAS if name.startswith("client.")])
def test_schema_of_what_a_client_says_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])


def test_what_a_client_says_keeps_its_schema() -> None:
    said = {"type": "sub", "id": "s", "ch": "state", "filter": {"kind": ["bus"]}, "view": {"bbox": [1, 2, 3, 4], "z": 9}, "rate_hz": 1}
    jsonschema.validate(said, SCHEMAS["client.sub"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(said | {"rate_hz": 11}, SCHEMAS["client.sub"])
