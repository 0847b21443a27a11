"""Frames of `ioc.v1` (docs/stream.md): what a client may say, and what it is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from ioc.domain.live import FigureView
from ioc.streams.alert_log import AlertEvent
from ioc.streams.filter import EVERYTHING, Filter
from ioc.streams.view import CELLS_BELOW_Z, CROWD, TILE_ZOOM, View
from ioc.streams.window import Part, Window

SUBPROTOCOL = "ioc.v1"
MAX_FRAME_BYTES = 64 * 1024
MAX_SUBSCRIPTIONS = 16
MAX_COMMANDS = 8
PAGE_ROWS = 2000
MAX_DELTA_ROWS = 4000
HEARTBEAT_S = 5
DEFAULT_RATE_HZ = 2.0
MAX_RATE_HZ = 10.0

NORMAL, GOING_AWAY = 1000, 1001
PROTOCOL_ERROR, WHO_ARE_YOU, NOT_ALLOWED, NO_ANSWER, TOO_LARGE, TOO_SLOW = 4400, 4401, 4403, 4408, 4413, 4429

CLOSE_CODES: dict[int, str] = {
    NORMAL: "the client has left",
    GOING_AWAY: "the service stops, or cannot tell now who is asking: come back after `after_ms`",
    PROTOCOL_ERROR: "the first frame is not a `hello`",
    WHO_ARE_YOU: "the key is not in force; also of a stream that was open when it was revoked",
    NOT_ALLOWED: "the role is not enough, or is not any more",
    NO_ANSWER: "no `hello` within 10 s, or no `pong` for four heartbeats",
    TOO_LARGE: "a frame of the client is over 64 KiB",
    TOO_SLOW: "nothing was read for 15 s, or more was asked than answers were taken",
}
"""Why the server closes. A client comes back after 1001, 4408 and 4429, and asks for another key or mends itself after the others."""

ERROR_CODES: dict[str, str] = {
    "frame": "the frame is not understood",
    "too_many": "too many subscriptions or commands are open",
    "unknown_id": "there is no such subscription",
    "channel": "the channel is not to be had here",
    "filter": "a filter does not fit its channel",
    "replay": "the period cannot be played",
    "unauthorized": "who is asking is not known; a `bye` follows",
    "forbidden": "the role is not enough",
    "unavailable": "a service that is needed is away: try again later",
    "bad_input": "an argument of a command is wrong",
    "not_found": "there is no such thing, or no such operation",
    "conflict": "the thing has changed since: `present` is how it stands",
    "failed": "a fault of the service; its log says more",
}
"""What `err`, and a `res` that is not ok, name as `code`."""

RESET_REASONS: dict[str, str] = {
    "epoch": "the position is one of another process",
    "horizon": "the position is too old: what has gone since is forgotten",
    "future": "the position was never reached",
    "overload": "more alerts changed than are kept for a viewer",
    "replay": "the subscription shows another time now: a replay began, or ended",
}

_FINAL_TEXT, _LONG = 0x81, 126
_ENCODE = msgspec.json.Encoder().encode
_FIGURE_COLUMNS = _ENCODE(FigureView.__struct_fields__)

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
Rate = Annotated[float, msgspec.Meta(ge=0.1, le=MAX_RATE_HZ)]
Position = Annotated[int, msgspec.Meta(ge=0)]


class Text:
    """A frame, made once as the unmasked WebSocket text frame (RFC 6455, section 5.2) that all are sent who are told the same."""

    __slots__ = ("_head", "framed")

    def __init__(self, pieces: Sequence[bytes]) -> None:
        size = sum(map(len, pieces))
        if size < _LONG:
            head = bytes((_FINAL_TEXT, size))
        elif size < 1 << 16:
            head = bytes((_FINAL_TEXT, _LONG)) + size.to_bytes(2, "big")
        else:
            head = bytes((_FINAL_TEXT, _LONG + 1)) + size.to_bytes(8, "big")
        self._head, self.framed = len(head), b"".join((head, *pieces))

    def __bytes__(self) -> bytes:
        """Return the JSON alone, as UTF-8."""
        return self.framed[self._head :]


class ViewIn(msgspec.Struct):
    """A rectangle `[west, south, east, north]` in degrees, and a zoom level."""

    bbox: tuple[float, float, float, float]
    z: float = 22.0

    def view(self) -> View:
        """Return the rectangle; latitudes are put in order, longitudes keep theirs."""
        west, south, east, north = self.bbox
        return View(west, min(south, north), east, max(south, north), self.z)


class ResumeFrom(msgspec.Struct):
    """Up to where a viewer was told before its connection broke: the epoch, and the last `pos` of each subscription."""

    epoch: str
    pos: Annotated[dict[str, Position], msgspec.Meta(max_length=MAX_SUBSCRIPTIONS)]


class Hello(msgspec.Struct, tag="hello"):
    """The first frame."""

    token: str | None = None
    resume: ResumeFrom | None = None


class Subscribe(msgspec.Struct, tag="sub"):
    """Begin a subscription."""

    id: Name
    ch: Literal["state", "alerts", "indicators"]
    filter: Filter = EVERYTHING
    view: ViewIn | None = None
    rate_hz: Rate = DEFAULT_RATE_HZ
    vseq: int | None = None


class ChangeView(msgspec.Struct, tag="view"):
    """Look elsewhere; `vseq` comes back with the first frame of the new view."""

    id: Name
    view: ViewIn
    vseq: int | None = None


class Unsubscribe(msgspec.Struct, tag="unsub"):
    """End a subscription."""

    id: Name


class Pause(msgspec.Struct, tag="pause"):
    """Tell nothing more of a subscription until `resume`; without `id` of none of them, and a replay stands still."""

    id: Name | None = None


class Resume(msgspec.Struct, tag="resume"):
    """End a pause: all that changed meanwhile is told."""

    id: Name | None = None


class Command(msgspec.Struct, tag="cmd"):
    """Do something; the same `idem` of the same caller has one effect."""

    id: Name
    idem: Annotated[str, msgspec.Meta(min_length=8, max_length=64)]
    op: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    args: dict[str, Any] = {}
    if_version: Annotated[int, msgspec.Meta(ge=1)] | None = None


class Replay(msgspec.Struct, tag="replay"):
    """Let all subscriptions show the past; without `from` they show the present again."""

    begin: Annotated[datetime, msgspec.Meta(tz=True)] | None = msgspec.field(default=None, name="from")
    end: Annotated[datetime, msgspec.Meta(tz=True)] | None = msgspec.field(default=None, name="to")
    speed: Annotated[float, msgspec.Meta(ge=0.1, le=86_400)] = 1.0
    known: Literal["then", "now"] = "then"


class Pong(msgspec.Struct, tag="pong"):
    """The answer to a heartbeat."""


ClientFrame = Hello | Subscribe | ChangeView | Unsubscribe | Pause | Resume | Command | Replay | Pong
_DECODER = msgspec.json.Decoder(ClientFrame)


def decode_frame(text: str) -> ClientFrame:
    """Return what a client says.

    Raises:
        msgspec.MsgspecError, RecursionError, UnicodeError: it is not one of the frames.
    """
    told: ClientFrame = _DECODER.decode(text)
    return told


def encode(kind: str, **members: Any) -> Text:
    """Return a frame with these members, without those that are None; times become RFC 3339."""
    return Text([_ENCODE({"type": kind} | {name: value for name, value in members.items() if value is not None})])


def limits() -> dict[str, Any]:
    """Return what `welcome` says of how far a viewer may go."""
    return {
        "subs": MAX_SUBSCRIPTIONS,
        "commands": MAX_COMMANDS,
        "rate_hz": MAX_RATE_HZ,
        "page": PAGE_ROWS,
        "frame_bytes": MAX_FRAME_BYTES,
        "tile_zoom": TILE_ZOOM,
        "cells_below_z": CELLS_BELOW_Z,
        "cells_above": CROWD,
    }


def state_snapshot(
    subscription: str, window: Window, part: Part, *, page: int, last: bool, epoch: str, position: int, now: datetime, vseq: int | None
) -> Text:
    """Return one page of a snapshot; the last one says also what went away while the others were sent."""
    head = {"type": "snap", "id": subscription, "page": page, "last": last, "seq": position, "epoch": epoch, "pos": position, "t": now}
    return _joined(head | ({} if vseq is None else {"vseq": vseq}), window.columns, part)


def state_delta(
    subscription: str,
    window: Window,
    part: Part,
    *,
    prev: int,
    position: int,
    now: datetime,
    vseq: int | None = None,
    resumed: bool = False,
) -> Text:
    """Return what changed since `prev`, the position of the frame before."""
    head = {"type": "d", "id": subscription, "seq": position, "prev": prev, "pos": position, "t": now}
    return _joined(head | ({} if vseq is None else {"vseq": vseq}) | ({"resumed": True} if resumed else {}), window.columns, part)


def figure_snapshot(subscription: str, part: Part, *, number: int, last: bool, epoch: str, position: int, now: datetime) -> Text:
    """Return one page of present figures."""
    head = {"type": "snap", "id": subscription, "page": number, "last": last, "seq": position, "epoch": epoch, "pos": position, "t": now}
    return _joined(head, _FIGURE_COLUMNS, part)


def figure_delta(subscription: str, part: Part, *, prev: int, position: int, now: datetime) -> Text:
    """Return the figures that have changed since `prev`, the position of the frame before."""
    head = {"type": "d", "id": subscription, "seq": position, "prev": prev, "pos": position, "t": now}
    return _joined(head, _FIGURE_COLUMNS, part)


def _joined(head: dict[str, Any], columns: bytes, part: Part) -> Text:
    """Return a frame whose rows are encoded already."""
    pieces = [_ENCODE(head)[:-1], b',"cols":', columns, b',"rows":[']
    for rows in part.rows:
        pieces += (rows, b",")
    if part.rows:
        pieces.pop()
    return Text([*pieces, b'],"rm":', _ENCODE(part.removed), b"}"])


def alert_snapshot(subscription: str, alerts: Sequence[bytes], *, page: int, last: bool, epoch: str, position: int, now: datetime) -> Text:
    """Return one page of the open alerts, which are encoded already."""
    head = {"type": "snap", "id": subscription, "page": page, "last": last, "seq": position, "epoch": epoch, "pos": position, "t": now}
    return Text([_ENCODE(head)[:-1], b',"alerts":[', b",".join(alerts), b"]}"])


def alert_event(subscription: str, event: AlertEvent, *, prev: int, listed: bool, now: datetime) -> Text:
    """Return how one alert stands after a change, and whether it is in the viewer's list from now on; the same for all who ask alike."""
    key = (subscription, prev, listed)
    made = event.memo.get(key)
    if made is None:
        head = {"type": "ev", "id": subscription, "seq": event.position, "prev": prev, "pos": event.position, "t": now, "listed": listed}
        made = event.memo[key] = Text([_ENCODE(head)[:-1], b',"alert":', event.encoded, b"}"])
    assert isinstance(made, Text)
    return made


def heartbeat(**members: Any) -> Text:
    """Return a heartbeat; an age that is not known is null."""
    return Text([_ENCODE({"type": "hb", **members})])
