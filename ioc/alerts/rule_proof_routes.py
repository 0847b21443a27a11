"""`/v1/rules/schema`, `/v1/rules/report` and `/v1/rules/replay`: rules proved before they are used, and looked at afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

import asyncpg
from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ioc.alerts.replay import Question
from ioc.alerts.rule import Rule
from ioc.alerts.rule_check import check_together
from ioc.alerts.rule_file import parse_rule
from ioc.alerts.rule_schema import rule_file_schema, rule_test_schema
from ioc.domain.clock import Clock
from ioc.errors import BadInput, ConfigurationError, Unavailable
from ioc.store.pool import Connection

LONGEST = timedelta(days=31)
_LONGEST_S = 60.0
_MOST_RULES = 200


class ReplayQuestion(BaseModel):
    """A period, and rules: those told, as documents, which are compared with those in force, or those in force where none are told."""

    model_config = ConfigDict(extra="forbid")
    begin: AwareDatetime = Field(alias="from")
    end: AwareDatetime = Field(alias="to")
    rules: list[dict[str, Any]] | None = Field(None, min_length=1, max_length=_MOST_RULES)
    only: list[str] | None = Field(None, min_length=1, max_length=_MOST_RULES)
    order: Literal["arrival", "time"] = "arrival"


class Proof(Protocol):
    """Whoever replays rules and reports on them."""

    async def answer(self, conn: Connection, question: Question, /) -> dict[str, Any]:
        """Return what the rules did in a period."""
        ...

    async def report(self, conn: Connection, rules: Sequence[Rule], now: datetime, /) -> dict[str, Any]:
        """Return how rules did of late."""
        ...


def router(pool: Callable[[], asyncpg.Pool], proof: Proof, in_force: Callable[[], Sequence[Rule]], clock: Clock) -> APIRouter:
    """Return the routes; one replay runs at a time."""
    routes = APIRouter(prefix="/v1/rules", tags=["rules"])
    turn = asyncio.Lock()

    @routes.get("/schema")
    async def get_schema() -> dict[str, Any]:
        return rule_file_schema()

    @routes.get("/schema/tests")
    async def get_test_schema() -> dict[str, Any]:
        return rule_test_schema()

    @routes.get("/report")
    async def get_report() -> dict[str, Any]:
        async with pool().acquire() as conn:
            return await proof.report(conn, in_force(), clock.now())

    @routes.post("/replay")
    async def post_replay(told: ReplayQuestion) -> dict[str, Any]:
        question = question_of(told, in_force())
        if turn.locked():
            raise Unavailable("another replay is running: try again when it is done")
        async with turn, pool().acquire() as conn:
            try:
                async with asyncio.timeout(_LONGEST_S):
                    return await proof.answer(conn, question)
            except TimeoutError:
                raise BadInput(
                    f"the replay takes longer than {_LONGEST_S:g} s: ask for a shorter time or fewer rules, or use `ioc rules replay`"
                ) from None

    return routes


def question_of(told: ReplayQuestion, in_force: Sequence[Rule]) -> Question:
    """Return the question; rules that are told stand in the place of those of their ids, and the answer is of them alone.

    Raises:
        BadInput: the period is none or too long, or a rule is wrong; names the rule, the member, the value and what is allowed.
    """
    if told.end - told.begin > LONGEST:
        raise BadInput(f"{told.end - told.begin} is longer than {LONGEST.days} days: ask for less, or use `ioc rules replay`")
    if told.rules is None:
        return Question(told.begin, told.end, in_force, None, told.only, told.order)
    try:
        given = [parse_rule(document, origin=f"rules[{number}]") for number, document in enumerate(told.rules)]
        ids = [rule.id for rule in given]
        together = [rule for rule in in_force if rule.id not in ids] + given
        check_together(together)
    except ConfigurationError as error:
        raise BadInput(error.detail) from None
    return Question(told.begin, told.end, together, in_force, told.only or ids, told.order)
