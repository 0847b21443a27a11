"""Every door of the service is in the one table that says who may pass it."""

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from ioc.access.roles import NEEDED, OPEN, PUBLIC, STREAM
from ioc.app import create_app
from ioc.settings import Settings

KNOWN = {*OPEN, *PUBLIC, *NEEDED}


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """The application, which is not started: no database, no broker."""
    return create_app(Settings(sdi_dir=Path("/nonexistent")))


def doors(app: FastAPI) -> set[str]:
    found = set()
    for route in iter_route_contexts(app.routes):
        methods = getattr(route, "methods", None)
        if methods is None:
            path = getattr(route, "path", None)
            found |= {f"WS {path}"} if path else set()  # without a path: the files of the map
        else:
            found |= {f"{method} {route.path}" for method in methods if method != "HEAD"}
    return found


def test_every_door_is_in_the_table(app: FastAPI) -> None:
    assert doors(app) - KNOWN == set()


def test_there_is_one_socket(app: FastAPI) -> None:
    assert {door for door in doors(app) if door.startswith("WS ")} == {STREAM}


def test_all_the_doors_were_found(app: FastAPI) -> None:
    """Were the application built otherwise, the comparison above might compare nothing."""
    assert {"GET /healthz", "GET /v1/alerts/{alert_id}", "POST /v1/alerts/{alert_id}/acknowledge", "GET /ogc/collections"} <= doors(app)
    assert sum(isinstance(getattr(route, "original_route", route), APIRoute) for route in iter_route_contexts(app.routes)) >= 20


async def test_every_door_that_needs_a_role_is_locked(app: FastAPI) -> None:
    """From a page of elsewhere, as it would come through a name that points to 127.0.0.1."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://elsewhere.example.org") as client:
        for door in sorted(doors(app) - {STREAM} - PUBLIC):
            method, path = door.split(" ")
            response = await client.request(method, path.replace("{", "").replace("}", ""))
            assert (response.status_code == 401) == (door not in OPEN), door
            if door not in OPEN:
                assert response.headers["www-authenticate"] == "Bearer"
                assert response.headers["content-type"] == "application/problem+json"
