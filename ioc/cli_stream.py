"""`ioc stream`: what a viewer would see, line by line."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import typer

from ioc.errors import BadInput
from ioc.stream_client import Frame, StreamClient

_EDGES = 4
_KEY = "IOC_STREAM_KEY"


def stream(
    url: Annotated[str, typer.Option(help="of the service")] = "ws://127.0.0.1:8080/v1/stream",
    bbox: Annotated[str | None, typer.Option(help="west,south,east,north in degrees; without it everything")] = None,
    zoom: Annotated[float, typer.Option(help="of the map; below 8 stations are counted in cells")] = 12.0,
    rate: Annotated[float, typer.Option(min=0.1, max=10, help="how often a second changes are told")] = 2.0,
    kind: Annotated[list[str] | None, typer.Option(help="only stations of this kind; may be repeated")] = None,
    source: Annotated[list[str] | None, typer.Option(help="only this source; may be repeated")] = None,
    state: Annotated[str | None, typer.Option(help="only what is at least minor, moderate, severe or extreme")] = None,
    alerts: Annotated[bool, typer.Option(help="show alerts too")] = True,
    replay_from: Annotated[datetime | None, typer.Option(help="show the past from this moment on, UTC")] = None,
    replay_to: Annotated[datetime | None, typer.Option(help="until this moment, UTC; without it until now")] = None,
    speed: Annotated[float, typer.Option(min=0.1, help="of a replay: seconds in a second")] = 1.0,
    known_now: Annotated[
        bool, typer.Option("--known-now", help="in a replay: with what is known now, not with what was known then")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the frames themselves, one a line")] = False,
    once: Annotated[bool, typer.Option("--once", help="end after the snapshot")] = False,
) -> None:
    """Print what a viewer would see. The key is read from IOC_STREAM_KEY; a service on this machine takes a viewer without one."""
    chosen = {name: value for name, value in {"kind": kind, "source": source, "state": state}.items() if value}
    view = {} if bbox is None else {"view": {"bbox": _bbox(bbox), "z": zoom}}
    subscriptions: dict[str, Frame] = {"state": {"ch": "state", "rate_hz": rate, "filter": chosen, **view}}
    if alerts:
        subscriptions["alerts"] = {"ch": "alerts", "filter": {name: value for name, value in chosen.items() if name != "kind"}}
    past = None if replay_from is None else _replay(replay_from, replay_to, speed, known_now)
    client = StreamClient(url, subscriptions, token=os.environ.get(_KEY), replay=past, keeps=not once)
    try:
        asyncio.run(_show(client, as_json=as_json, once=once))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _bbox(told: str) -> list[float]:
    try:
        edges = [float(edge) for edge in told.split(",")]
    except ValueError:
        edges = []
    if len(edges) != _EDGES:
        raise BadInput(f"bbox {told!r} is not west,south,east,north in degrees")
    return edges


def _replay(begin: datetime, end: datetime | None, speed: float, known_now: bool) -> Frame:
    until = {} if end is None else {"to": f"{end.isoformat()}Z"}
    return {"from": f"{begin.isoformat()}Z", **until, "speed": speed, "known": "now" if known_now else "then"}


async def _show(client: StreamClient, *, as_json: bool, once: bool) -> None:
    """Print frames; once: until every subscription is whole. A replay ends with its period."""
    waiting = set(client.subscriptions)
    async for told in client.frames():
        for line in [json.dumps(told, ensure_ascii=False)] if as_json else lines(told):
            typer.echo(line)
        if told["type"] == "snap" and told["last"]:
            waiting.discard(told["id"])
        if (once and not waiting) or (client.replay is not None and told.get("ended")):
            return


def lines(told: Frame) -> Iterator[str]:
    """Yield what a frame says, in words; heartbeats only where they say that something is late or wrong."""
    match told["type"]:
        case "snap" | "d":
            rows = [dict(zip(told["cols"], row, strict=True)) for row in told.get("rows", ())]
            yield from (_cell(row) if "cell" in row else _station(row) for row in rows)
            yield from (f"{'gone':9} {name}" for name in told.get("rm", ()))
            yield from (_alert(alert) for alert in told.get("alerts", ()))
        case "ev":
            yield _alert(told["alert"]) + ("" if told["listed"] else " · leaves the list")
        case "hb" if told["mode"] != "live":
            yield f"-- {told['t']} {told['mode']}" + (f": {told['why']}" if "why" in told else "")
        case "err" | "reset":
            yield f"-- {told['type']} {told.get('code', '')}{told.get('why', '')} {told.get('detail', '')}".rstrip()
        case "bye":
            yield f"-- the service closes with {told['code']}; back in {told['after_ms'] / 1000:g} s"


def _station(row: dict[str, Any]) -> str:
    values = ", ".join(f"{name} {value:g}" for name, (_, value, _) in row["values"].items())
    return f"{row['state']:9} {row['id']} {row['name']}: {values or 'nothing yet'} ({row['t'] or 'never'})"


def _cell(row: dict[str, Any]) -> str:
    return f"{row['state']:9} {row['count']} stations around {row['lat']:.3f}, {row['lon']:.3f} ({row['t'] or 'never'})"


def _alert(alert: dict[str, Any]) -> str:
    seen = "seen" if alert.get("acknowledged") else "not seen"
    return f"{alert['severity']:9} ALERT {alert['title']['en']} at {alert['station']}: {alert['condition']}, {seen}"
