"""Somebody who asks the routes of a small province."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from ioc.errors import IocError, status_of
from ioc.indicators import board_routes, page_routes, routes, value_routes
from ioc.indicators.boards import Boards
from ioc.indicators.reading import Reader
from tests.support.databases import Database
from tests.support.small_province import Province, province

SMALL = Path(__file__).parents[2] / "support" / "small_sdi"


@dataclass
class Asker:
    here: Province
    client: httpx.AsyncClient

    async def get(self, path: str, status: int = 200) -> Any:
        answer = await self.client.get(path)
        assert answer.status_code == status, answer.text
        return (
            answer.json()
            if answer.headers["content-type"].startswith("application/") and "sheet" not in answer.headers["content-type"]
            else answer
        )


async def _problem(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, IocError)
    return JSONResponse({"detail": error.detail}, status_code=status_of(error))


@asynccontextmanager
async def asking(database: Database) -> AsyncIterator[Asker]:
    async with province(database, SMALL) as here:
        for day, unit, channel in (
            (3, "C11", "online"),
            (4, "C11", "counter"),
            (5, "C21", "online"),
            (6, "C22", "online"),
            (7, "C99", "online"),
        ):
            event = {
                "id": f"r{day}",
                "subject": f"H{day}",
                "unit": unit,
                "time": f"2023-05-{day:02d}T09:00:00+07:00",
                "lon": 106.1 + day / 10_000,
                "lat": 20.4,
            }
            await here.send("dossier.received", event | {"data": {"channel": channel, "due": "2023-05-20"}})
        await here.send("dossier.resolved", {"subject": "H3", "unit": "C11", "time": "2023-05-08T09:00:00+07:00", "data": {}})
        await here.send(
            "dossier.received", {"subject": "H0", "unit": "C11", "time": "2023-04-08T09:00:00+07:00", "data": {"channel": "counter"}}
        )
        await here.job.catch_up()
        reader = Reader(here.job, lambda: here.pool, lambda: here.book, here.clock)
        app = FastAPI()
        app.add_exception_handler(IocError, _problem)
        boards = Boards(reader, lambda: here.pool)
        app.include_router(page_routes.router(reader, boards, lambda: here.pool, here.clock))
        app.include_router(value_routes.router(reader, lambda: here.pool, here.clock))
        app.include_router(routes.router(reader, lambda: here.pool))
        app.include_router(board_routes.router(reader, boards, here.clock))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ioc") as client:
            yield Asker(here, client)
