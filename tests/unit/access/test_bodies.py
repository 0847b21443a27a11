"""What is read of a body, and of whose."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from ioc.access.bodies import LIMITS, USUAL_BYTES
from ioc.access.keys import hash_key
from ioc.access.roles import NEEDED
from ioc.app import create_app
from ioc.settings import Settings
from tests.support.doubles import KeyCabinet

ACKNOWLEDGE = "/v1/alerts/6b8c2b8e-58ab-4d6c-9ef7-6a0f8ca2a0a1/acknowledge"
KIBIBYTE = b" " * 1024


@dataclass
class Body:
    """A body sent in pieces, which counts those that were asked for."""

    pieces: int
    read: int = field(default=0)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self.pieces):
            self.read += 1
            yield KIBIBYTE


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """The application without a database, but for its keys."""
    cabinet = KeyCabinet({hash_key(role): (role, role) for role in ("viewer", "operator", "administrator")})
    app = create_app(Settings(sdi_dir="/nonexistent"))
    monkeypatch.setattr(app.state.service.door, "_lookup", cabinet.find)
    return app


async def post(app: FastAPI, path: str, body: Body | bytes, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://elsewhere.example.org") as client:
        return await client.post(path, content=body, headers={"Content-Type": "application/json", **headers})


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 401), ({"Authorization": "Bearer wrong"}, 401), ({"Authorization": "Bearer viewer"}, 403)]
)
async def test_nothing_is_read_of_those_who_may_not_enter(app: FastAPI, headers: dict[str, str], status: int) -> None:
    body = Body(10)
    answer = await post(app, ACKNOWLEDGE, body, **headers)
    assert (answer.status_code, body.read) == (status, 0)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.headers.get("www-authenticate") == "Bearer") == (status == 401)
    assert "content-security-policy" in answer.headers


async def test_a_body_that_says_it_is_too_long_is_not_read(app: FastAPI) -> None:
    body = Body(10)
    answer = await post(app, ACKNOWLEDGE, body, **{"Authorization": "Bearer operator", "Content-Length": str(USUAL_BYTES + 1)})
    assert body.read == 0
    told: dict[str, Any] = answer.json()
    assert (answer.status_code, told["title"]) == (413, "Content Too Large")
    assert told["detail"] == f"the body of POST {ACKNOWLEDGE} is over the limit of 1048576 bytes"


async def test_a_body_of_unknown_length_is_read_up_to_the_limit(app: FastAPI) -> None:
    body = Body(5 * USUAL_BYTES // len(KIBIBYTE))
    answer = await post(app, ACKNOWLEDGE, body, Authorization="Bearer operator")
    assert answer.status_code == 413
    assert body.read == USUAL_BYTES // len(KIBIBYTE) + 1


async def test_a_body_of_the_largest_size_is_read(app: FastAPI) -> None:
    told = b'{"comment": "' + b"x" * (USUAL_BYTES - 15) + b'"}'
    assert len(told) == USUAL_BYTES
    answer = await post(app, ACKNOWLEDGE, told, Authorization="Bearer operator")
    assert (answer.status_code, answer.json()["title"]) == (400, "Bad Request"), "the comment is too long, which was found by reading it"


async def test_doors_that_take_files_count_themselves(app: FastAPI) -> None:
    path = "/v1/sources/hydro/stations"
    headers = {"Authorization": "Bearer administrator", "Content-Length": str(60 << 20)}
    assert (await post(app, path, Body(1), **headers)).status_code != 413


async def test_keys_that_cannot_be_looked_up_now_are_no_fault_of_the_body(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(_digest: bytes) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(app.state.service.door, "_lookup", away)
    body = Body(1)
    answer = await post(app, ACKNOWLEDGE, body, Authorization="Bearer operator")
    assert (answer.status_code, answer.json()["title"], body.read) == (503, "Service Unavailable", 0)


def test_doors_with_another_limit_are_doors() -> None:
    assert LIMITS.keys() - {"POST /v1/observations"} <= NEEDED.keys()
