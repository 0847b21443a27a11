"""Every example of the contract is accepted by decoding and by its schema; what decoding refuses for its shape, the schema refuses too."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from ioc.cli import app
from ioc.ingest.asyncapi import document, schema, schema_names
from ioc.ingest.contract import CHANNELS, Channel, Message
from ioc.ingest.decode import decode
from ioc.ingest.feedback import Feedback
from ioc.ingest.outcome import Reason, Rejection
from ioc.ingest.topics import Kind
from tests.support.examples import NOW

MESSAGES = [(channel, message) for channel in CHANNELS for message in channel.messages]
EXAMPLES = [(channel, message, payload) for channel, message in MESSAGES for _, payload in message.examples]
RECEIVED = [example for example in EXAMPLES if not example[0].is_ours]
OBS, SERIES, POS, EVENT, STATION = "readings", "reading", "position", "event", "station"
of_every_message = pytest.mark.parametrize(("channel", "message"), MESSAGES, ids=[message.name for _, message in MESSAGES])


def validator(name: str) -> jsonschema.Draft202012Validator:
    own = schema(name)
    assert own
    return jsonschema.Draft202012Validator(own)


def decoded(channel: Channel, message: Message, payload: Any) -> list[Any]:
    text = payload if message.content_type == "text/plain" else json.dumps(payload)
    return list(decode(channel.topic(), text.encode(), arrived=NOW))


@of_every_message
def test_every_message_has_an_example_and_a_schema_of_its_own(channel: Channel, message: Message) -> None:
    assert message.examples
    assert message.name in schema_names()
    jsonschema.Draft202012Validator.check_schema(schema(message.name) or {})


@pytest.mark.parametrize(("channel", "message", "payload"), RECEIVED)
def test_example_is_decoded_without_rejection(channel: Channel, message: Message, payload: Any) -> None:
    found = decoded(channel, message, payload)
    assert found
    assert not [one for one in found if isinstance(one, Rejection)]


@pytest.mark.parametrize(("channel", "message", "payload"), EXAMPLES)
def test_example_follows_its_schema(channel: Channel, message: Message, payload: Any) -> None:
    validator(message.name).validate(payload)


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        (OBS, 4),
        (OBS, {}),
        (OBS, []),
        (OBS, {"time": "2026-11-22T05:00:00Z"}),
        (OBS, {"rain": "much"}),
        (OBS, {"values": {}}),
        (OBS, {"../x": 1}),
        (SERIES, "4"),
        (SERIES, {"time": 1}),
        (SERIES, [None]),
        (POS, {"lon": 106}),
        (POS, {"lon": 181, "lat": 21}),
        (POS, {"lon": 106, "lat": 21, "speed": -1}),
        (EVENT, {}),
        (EVENT, {"id": 1}),
        (EVENT, {"id": ""}),
        (STATION, {"name": "n"}),
        (STATION, {"name": "n", "kind": "k", "interval_s": 0}),
        (STATION, {"name": "n", "kind": "k", "properties": {"rain": 4}}),
        ("event-cloudevents", {"specversion": "0.3", "id": "1", "source": "s", "type": "dossier.received"}),
        ("event-cloudevents", {"specversion": "1.0", "id": "1", "type": "dossier.received"}),
        ("position-geojson", {"type": "Feature", "geometry": {"type": "Point", "coordinates": [1]}}),
        ("position-geojson", {"type": "FeatureCollection", "features": []}),
        ("readings-senml", [{"n": "rain", "v": "1"}]),
        ("readings-senml", [{"n": "rain", "v": 1, "bver": 11}]),
    ],
)
def test_schema_refuses_what_decoding_refuses(name: str, payload: Any) -> None:
    channel, message = next((channel, message) for channel, message in MESSAGES if message.name == name)
    assert not validator(name).is_valid(payload)
    assert [one for one in decoded(channel, message, payload) if isinstance(one, Rejection)]


def test_feedback_that_is_sent_follows_its_schema() -> None:
    sent = Feedback("hydro", datetime(2026, 11, 22, tzinfo=UTC), "ioc/v1/hydro/obs/x", Reason.VALUE, "x", 1)
    validator("feedback").validate(json.loads(sent.payload()))


def test_every_kind_of_topic_has_a_channel() -> None:
    assert {channel.kind for channel in CHANNELS} == set(Kind)


def test_document_names_every_channel_with_an_operation() -> None:
    told = document()
    assert [channel["address"] for channel in told["channels"].values()] == [channel.address for channel in CHANNELS]
    assert [one["channel"]["$ref"].rpartition("/")[2] for one in told["operations"].values()] == [channel.name for channel in CHANNELS]
    assert {name for name, one in told["operations"].items() if one["action"] == "send"} == {"sendFeedback"}


def test_no_schema_is_known_by_another_name() -> None:
    assert schema("nothing") is None


def test_command_writes_the_document(tmp_path: Path) -> None:
    printed = CliRunner().invoke(app, ["asyncapi"])
    written = CliRunner().invoke(app, ["asyncapi", "--out", str(tmp_path / "asyncapi.json")])
    assert (printed.exit_code, written.exit_code) == (0, 0)
    assert json.loads(printed.stdout) == json.loads((tmp_path / "asyncapi.json").read_text(encoding="utf-8")) == document()
