"""The contract `ioc.v1` as JSON Schemas and as an AsyncAPI 3.0 document; what clients say comes from the types that decode it."""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from ioc import __version__
from ioc.domain.live import AlertView
from ioc.streams import frame
from ioc.streams.cells import CELL_COLUMNS
from ioc.streams.entity import COLUMNS
from ioc.streams.figures import COLUMNS as FIGURE_COLUMNS

Json = dict[str, Any]
_TIME: Json = {"type": "string", "format": "date-time"}
_NAME: Json = {"type": "string"}
_POSITION: Json = {"type": "integer", "minimum": 0}
_ROWS: Json = {"type": "array", "items": {"type": "array"}}
_COLS: Json = {"enum": [list(COLUMNS), list(CELL_COLUMNS), list(FIGURE_COLUMNS)]}
_ALERT: Json = {"$ref": "#/$defs/AlertView"}
_GONE: Json = {"type": "array", "items": _NAME}
_TOLD: Json = {"id": _NAME, "seq": _POSITION, "pos": _POSITION, "t": _TIME}

SERVER: dict[str, tuple[str, Json, tuple[str, ...]]] = {
    "welcome": (
        "The viewer is let in.",
        {
            "session": _NAME,
            "epoch": _NAME,
            "hb_s": {"type": "number"},
            "role": _NAME,
            "limits": {"type": "object", "additionalProperties": {"type": "number"}},
        },
        (),
    ),
    "snap": (
        "A page of a snapshot. With the last page the viewer has the state at its `pos`.",
        {
            **_TOLD,
            "page": _POSITION,
            "last": {"type": "boolean"},
            "epoch": _NAME,
            "vseq": {"type": "integer"},
            "cols": _COLS,
            "rows": _ROWS,
            "rm": _GONE,
            "alerts": {"type": "array", "items": _ALERT},
        },
        ("vseq", "cols", "rows", "rm", "alerts"),
    ),
    "d": (
        "What changed since `prev`, the position of the frame before.",
        {
            **_TOLD,
            "prev": _POSITION,
            "vseq": {"type": "integer"},
            "resumed": {"const": True},
            "cols": _COLS,
            "rows": _ROWS,
            "rm": _GONE,
        },
        ("vseq", "resumed", "cols", "rows", "rm"),
    ),
    "ev": ("One alert changed.", {**_TOLD, "prev": _POSITION, "listed": {"type": "boolean"}, "alert": _ALERT}, ()),
    "reset": (
        "Forget what this subscription has shown; a snapshot follows.",
        {"id": _NAME, "why": {"enum": list(frame.RESET_REASONS)}},
        (),
    ),
    "hb": (
        "A sign of life, with the age of the newest observation.",
        {
            "t": _TIME,
            "pos": _POSITION,
            "lag_ms": {"type": ["integer", "null"]},
            "mode": {"enum": ["live", "degraded", "replay"]},
            "why": _NAME,
            "speed": {"type": "number"},
            "to": _TIME,
            "ended": {"type": "boolean"},
        },
        ("why", "speed", "to", "ended"),
    ),
    "res": (
        "What came of a command, after the `ev` of what it changed.",
        {
            "id": _NAME,
            "ok": {"type": "boolean"},
            "result": {"type": "object"},
            "code": {"enum": list(frame.ERROR_CODES)},
            "detail": _NAME,
            "present": {"type": "object"},
        },
        ("result", "code", "detail", "present"),
    ),
    "err": ("Something was not done.", {"code": {"enum": list(frame.ERROR_CODES)}, "detail": _NAME, "id": _NAME}, ("id",)),
    "bye": (
        "The server closes; come back after so long.",
        {"code": {"enum": [code for code in frame.CLOSE_CODES if code != frame.NORMAL] + [frame.NORMAL]}, "after_ms": _POSITION},
        (),
    ),
}
"""What the server says: by type, what it means, its members, and which of them may be missing."""


def client_types() -> dict[str, type[msgspec.Struct]]:
    """Return what a client says: the type that decodes each frame, by the word in `type`."""
    return {str(kind.__struct_config__.tag): kind for kind in get_args(frame.ClientFrame)}


def schemas() -> dict[str, Json]:
    """Return a JSON Schema for each frame, `client.hello`, `server.welcome` and so on, each complete in itself."""
    found: dict[str, Json] = {}
    for word, kind in client_types().items():
        told = msgspec.json.schema(kind)
        found[f"client.{word}"] = {"$schema": "https://json-schema.org/draft/2020-12/schema", **told}
    alert = msgspec.json.schema(AlertView)["$defs"]
    for word, (about, members, optional) in SERVER.items():
        found[f"server.{word}"] = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": word,
            "description": about,
            "type": "object",
            "properties": {"type": {"const": word}, **members},
            "required": ["type", *(name for name in members if name not in optional)],
            "additionalProperties": False,
            **({"$defs": alert} if "AlertView" in str(members) else {}),
        }
    return found


def document() -> Json:
    """Return the AsyncAPI 3.0 document of the stream."""
    known = schemas()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "ioc.v1: the live stream",
            "version": __version__,
            "description": "A WebSocket with subprotocol `ioc.v1`: snapshots and changes of stations, alerts and indicators, commands, replays.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"service": {"host": "{host}", "protocol": "wss", "variables": {"host": {"default": "localhost:8080"}}}},
        "channels": {
            "stream": {"address": "/v1/stream", "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in known}},
        },
        "operations": {
            "receiveFromViewer": _operation("receive", [name for name in known if name.startswith("client.")]),
            "sendToViewer": _operation("send", [name for name in known if name.startswith("server.")]),
        },
        "components": {"messages": {name: {"name": name, "payload": told} for name, told in known.items()}},
    }


def _operation(action: str, names: list[str]) -> Json:
    return {
        "action": action,
        "channel": {"$ref": "#/channels/stream"},
        "messages": [{"$ref": f"#/channels/stream/messages/{name}"} for name in names],
    }
