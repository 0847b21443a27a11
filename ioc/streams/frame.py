"""Frames of `ioc.v1` (docs/stream.md): what a client may say, and what it is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from ioc.domain.live import AlertView
from ioc.streams.mirror import COLUMNS
from ioc.streams.view import View

SUBPROTOCOL = "ioc.v1"
MAX_FRAME_BYTES = 64 * 1024
MAX_SUBSCRIPTIONS = 16
PAGE_ROWS = 2000
HEARTBEAT_S = 5
DEFAULT_RATE_HZ = 2.0

NORMAL, GOING_AWAY = 1000, 1001
PROTOCOL_ERROR, WHO_ARE_YOU, NOT_ALLOWED, NO_ANSWER, TOO_LARGE, TOO_SLOW = 4400, 4401, 4403, 4408, 4413, 4429

_ENCODE = msgspec.json.Encoder().encode
_COLUMNS = _ENCODE(COLUMNS)

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
Rate = Annotated[float, msgspec.Meta(ge=0.1, le=10)]


class ViewIn(msgspec.Struct):
    """A rectangle and a zoom level."""

    bbox: tuple[float, float, float, float]
    z: float = 0.0

    def view(self) -> View:
        """Return the rectangle; latitudes are put in order, longitudes keep theirs."""
        west, south, east, north = self.bbox
        return View(west, min(south, north), east, max(south, north))


class Hello(msgspec.Struct, tag="hello"):
    """The first frame."""

    token: str | None = None


class Subscribe(msgspec.Struct, tag="sub"):
    """Begin a subscription."""

    id: Name
    ch: Literal["state", "alerts"]
    view: ViewIn | None = None
    rate_hz: Rate = DEFAULT_RATE_HZ


class ChangeView(msgspec.Struct, tag="view"):
    """Look elsewhere."""

    id: Name
    view: ViewIn


class Unsubscribe(msgspec.Struct, tag="unsub"):
    """End a subscription."""

    id: Name


class Pong(msgspec.Struct, tag="pong"):
    """The answer to a heartbeat."""


ClientFrame = Hello | Subscribe | ChangeView | Unsubscribe | Pong
_DECODER = msgspec.json.Decoder(ClientFrame)


def decode_frame(text: str) -> ClientFrame:
    """Return what a client says.

    Raises:
        msgspec.MsgspecError, RecursionError, UnicodeError: it is not one of the frames.
    """
    told: ClientFrame = _DECODER.decode(text)
    return told


def encode(kind: str, **members: Any) -> bytes:
    """Return a frame with these members; times become RFC 3339."""
    return _ENCODE({"type": kind, **members})


def state_snapshot(subscription: str, rows: Sequence[bytes], *, page: int, last: bool, epoch: str, position: int, now: datetime) -> bytes:
    """Return one page of a snapshot; `rows` are encoded already."""
    head = _ENCODE({"type": "snap", "id": subscription, "page": page, "last": last, "seq": 0, "epoch": epoch, "pos": position, "t": now})
    return b'%b,"cols":%b,"rows":[%b]}' % (head[:-1], _COLUMNS, b",".join(rows))


def state_delta(subscription: str, rows: Sequence[bytes], removed: Sequence[str], *, seq: int, position: int, now: datetime) -> bytes:
    """Return what changed since the frame before; `rows` are encoded already."""
    head = _ENCODE({"type": "d", "id": subscription, "seq": seq, "prev": seq - 1, "pos": position, "t": now})
    return b'%b,"cols":%b,"rows":[%b],"rm":%b}' % (head[:-1], _COLUMNS, b",".join(rows), _ENCODE(removed))


def alert_snapshot(
    subscription: str, alerts: Sequence[AlertView], *, page: int, last: bool, epoch: str, position: int, now: datetime
) -> bytes:
    """Return one page of the open alerts."""
    return encode("snap", id=subscription, page=page, last=last, seq=0, epoch=epoch, pos=position, t=now, alerts=alerts)


def alert_event(subscription: str, alert: AlertView, *, seq: int, position: int, now: datetime) -> bytes:
    """Return how one alert stands after a change."""
    return encode("ev", id=subscription, seq=seq, prev=seq - 1, pos=position, t=now, alert=alert)
