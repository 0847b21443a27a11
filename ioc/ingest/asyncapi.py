"""The MQTT contract as an AsyncAPI 3.0 document and as JSON Schemas, made from the shapes that decoding reads."""

from __future__ import annotations

import copy
from typing import Any

from ioc import __version__
from ioc.ingest.contract import CHANNELS, JSON, PARAMETERS, Channel, Json, Message, shape_schemas

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_BINDING_VERSION = "0.2.0"
_ABOUT = (
    "Field systems publish to a broker, with QoS 1, below `ioc/v1/{source}/`; the service takes a message from the broker only after it has "
    "committed it to its database. Every item ends as stored, duplicate, late, quarantined with a reason, or refused."
)
_TIME_HEADER: Json = {
    "type": "object",
    "properties": {"time": {"type": "string", "description": "MQTT 5 user property: the time of items that state none."}},
}


def document() -> Json:
    """Return the AsyncAPI 3.0 document; the service receives on every channel but `feedback`, on which it sends."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "ioc over MQTT",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0"},
            "tags": [{"name": "mqtt"}],
        },
        "defaultContentType": JSON,
        "servers": {"broker": _server()},
        "channels": {channel.name: _channel(channel) for channel in CHANNELS},
        "operations": {_operation_name(channel): _operation(channel) for channel in CHANNELS},
        "components": {
            "messages": {message.name: _message(channel, message) for channel in CHANNELS for message in channel.messages},
            "schemas": shape_schemas(),
        },
    }


def schema_names() -> list[str]:
    """Return the names of the messages, each of which has a JSON Schema."""
    return [message.name for channel in CHANNELS for message in channel.messages]


def schema(name: str) -> Json | None:
    """Return the JSON Schema of a message, complete in itself; None where there is no such message."""
    message = next((message for channel in CHANNELS for message in channel.messages if message.name == name), None)
    if message is None:
        return None
    needed: Json = {}
    _gather(message.schema, shape_schemas(), needed)
    own = {"$schema": _DIALECT, "title": message.title, **message.schema}
    whole: Json = _pointing_to_defs(own | ({"$defs": needed} if needed else {}))
    return whole


def _gather(told: Any, known: Json, needed: Json) -> None:
    """Put into `needed` every shape that `told` refers to, directly or through another."""
    if isinstance(told, list):
        for one in told:
            _gather(one, known, needed)
    elif isinstance(told, dict):
        name = str(told.get("$ref", "")).rpartition("/")[2]
        if name and name not in needed:
            needed[name] = known[name]
            _gather(known[name], known, needed)
        _gather(list(told.values()), known, needed)


def _pointing_to_defs(told: Any) -> Any:
    if isinstance(told, list):
        return [_pointing_to_defs(one) for one in told]
    if isinstance(told, dict):
        return {
            name: value.replace("#/components/schemas/", "#/$defs/") if name == "$ref" else _pointing_to_defs(value)
            for name, value in told.items()
        }
    return told


def _server() -> Json:
    return {
        "host": "{host}:{port}",
        "protocol": "mqtt",
        "protocolVersion": "5.0",
        "description": "The broker of the centre, MQTT 5 or 3.1.1; with TLS it is usually port 8883.",
        "variables": {"host": {"default": "localhost"}, "port": {"default": "1883"}},
    }


def _channel(channel: Channel) -> Json:
    return {
        "address": channel.address,
        "title": channel.title,
        "parameters": {name: _parameter(name) for name in ("source", *channel.parameters)},
        "messages": {message.name: {"$ref": f"#/components/messages/{message.name}"} for message in channel.messages},
    }


def _parameter(name: str) -> Json:
    description, example = PARAMETERS[name]
    return {"description": f"{description} 1 to 64 letters, digits, '.', '_', ':' or '-'.", "examples": [example]}


def _operation_name(channel: Channel) -> str:
    return f"{'send' if channel.is_ours else 'receive'}{channel.name[0].upper()}{channel.name[1:]}"


def _operation(channel: Channel) -> Json:
    reference = f"#/channels/{channel.name}"
    return {
        "action": "send" if channel.is_ours else "receive",
        "summary": channel.title,
        "channel": {"$ref": reference},
        "messages": [{"$ref": f"{reference}/messages/{message.name}"} for message in channel.messages],
        "bindings": {"mqtt": {"qos": 0 if channel.is_ours else 1, "retain": channel.is_retained, "bindingVersion": _BINDING_VERSION}},
    }


def _message(channel: Channel, message: Message) -> Json:
    described: Json = {
        "name": message.name,
        "title": message.title,
        "contentType": message.content_type,
        "payload": copy.deepcopy(message.schema),
        "examples": [
            {"name": name.replace(" ", "-").replace(",", ""), "summary": name, "payload": payload} for name, payload in message.examples
        ],
    }
    if not channel.is_ours and not channel.is_retained:
        described["headers"] = _TIME_HEADER
    return described
