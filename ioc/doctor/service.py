"""The service, where one answers: its version, whether it is ready, and how far it is behind."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from ioc import __version__
from ioc.doctor.finding import Findings, in_short
from ioc.settings import Settings

_ANSWER_S = 5.0
_WAITING = 10_000
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what it is bound to, not what we bind to
_READ = "ioc_lag_seconds", "ioc_ingest_waiting_messages"


def check_service(settings: Settings, key: str | None, found: Findings) -> None:
    """Ask the service at the address of the settings; with `key` as whoever holds it."""
    host = _EVERYWHERE.get(settings.http_host, settings.http_host)
    address = f"http://{f'[{host}]' if ':' in host else host}:{settings.http_port}"
    try:
        config = _get(f"{address}/v1/config", key)
        ready = _get(f"{address}/readyz", key)
    except (OSError, ValueError) as error:
        reason = error.reason if isinstance(error, URLError) else error
        found.warn(
            "answer",
            f"none at {address}: {reason}",
            why="no service runs there, so nothing is taken from the broker and the map is not served",
            remedy="start it (ioc serve, docker compose up), or set IOC_HTTP_HOST and IOC_HTTP_PORT to where it listens",
        )
        return
    if "version" not in config or "ready" not in ready:
        found.fault(
            "answer",
            f"what answers at {address} is no ioc",
            why="another program has the port",
            remedy="set IOC_HTTP_PORT to a free one, or end the other program",
        )
        return
    _judge_version(str(config["version"]), address, found)
    judge_ready(ready, found)
    _judge_behind(_gauges(address, key), found)


def judge_ready(ready: dict[str, Any], found: Findings) -> None:
    """Tell each of the service's own checks; who is not known is told only whether it is ready."""
    checks = ready.get("checks")
    for name, check in (checks or {}).items():
        if check["ok"]:
            found.ok(name, str(check["detail"]))
        else:
            found.fault(name, str(check["detail"]), why="the service says of itself that it is not ready", remedy=f"look at {name} above")
    if checks is None and ready["ready"]:
        found.ok("readiness", "ready; with --key of a viewer its checks are told one by one")
    elif checks is None:
        found.fault(
            "readiness",
            "not ready",
            why="a part that it needs is away",
            remedy="ask again with --key of a viewer, or look at the other findings and its log",
        )


def _judge_version(version: str, address: str, found: Findings) -> None:
    if version == __version__:
        found.ok("answer", f"ioc {version} at {address}")
    else:
        found.warn(
            "answer",
            f"ioc {version} at {address}, this command is {__version__}",
            why="after an upgrade the old process still runs, or this is another installation",
            remedy="restart the service",
        )


def _judge_behind(gauges: dict[str, float], found: Findings) -> None:
    if not gauges:
        return
    lag, waiting = (gauges.get(name, 0.0) for name in _READ)
    told = f"{waiting:,.0f} messages wait to be committed" + (f"; newest reading {in_short(lag)} old" if lag > 0 else "")
    if waiting < _WAITING:
        found.ok("lag", told)
    else:
        found.warn(
            "lag", told, why="more arrives than is committed", remedy="look at locks and disk of the database, and at messages in flight"
        )


def _gauges(address: str, key: str | None) -> dict[str, float]:
    try:
        text = _open(f"{address}/metrics", key)
    except OSError:
        return {}
    told = (line.split() for line in text.splitlines() if line.startswith(_READ))
    return {name: float(value) for name, value in told}


def _get(url: str, key: str | None) -> dict[str, Any]:
    answer = json.loads(_open(url, key))
    return answer if isinstance(answer, dict) else {}


def _open(url: str, key: str | None) -> str:
    request = Request(url, headers={"Authorization": f"Bearer {key}"} if key else {})  # noqa: S310 - the address begins with http://
    try:
        with urlopen(request, timeout=_ANSWER_S) as answer:  # noqa: S310
            return str(answer.read().decode())
    except HTTPError as error:
        if error.code == 503:  # noqa: PLR2004 - not ready is an answer too
            return str(error.read().decode())
        raise
