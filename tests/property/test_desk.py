"""No update is lost: two operators and the engine act on an alert at the same time, in any order."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ioc.domain.alert_story import Standing, Step, after
from ioc.errors import Conflict
from tests.support.databases import Database
from tests.support.desks import City, city_on, number

_NUMBERS = count(1)
COMMANDS = ("alert.ack", "alert.unack", "alert.assign", "alert.comment", "alert.shelve", "alert.unshelve", "alert.close")
MOVES = (
    ("worsened", "firing", "extreme", True),
    ("eased", "firing", "moderate", False),
    ("recovering", "recovering", "moderate", False),
    ("cleared", "normal", "moderate", False),
    ("late_correction", "firing", "moderate", False),
)
operator = st.lists(st.tuples(st.sampled_from(COMMANDS), st.integers(0, 3)), max_size=6)
engine = st.lists(st.sampled_from(MOVES), max_size=4)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lan=operator, minh=operator, moves=engine)
def test_whoever_changes_an_alert_changes_what_they_saw(
    any_database: Database, lan: list[tuple[str, int]], minh: list[tuple[str, int]], moves: list[tuple[str, str, str, bool]]
) -> None:
    asyncio.run(_play(any_database, lan, minh, moves))


async def _play(database: Database, lan: list[tuple[str, int]], minh: list[tuple[str, int]], moves: list[Any]) -> None:
    async with city_on(database.dsn, size=4) as city:
        of = next(_NUMBERS)
        await city.fire(of)
        done = await asyncio.gather(_operate(city, of, "lan", lan), _operate(city, of, "minh", minh), _judge(city, of, moves))
        shown = await city.desk.show(str(number(of)))
        steps = shown["transitions"]
        assert [step["seq"] for step in steps] == list(range(1, shown["version"] + 1))
        by_seq = {step["seq"]: step for step in steps}
        # Each command that was told as done is in the history right after what its operator saw, and nothing else of theirs is.
        told = [(name, seen, now) for name, commands in zip(("lan", "minh"), done[:2], strict=True) for seen, now in commands]
        for name, seen, now in told:
            assert by_seq[now]["actor"] == name
            assert seen in (None, now - 1)
        assert sorted(now for _, _, now in told) == [step["seq"] for step in steps if step["actor"] in {"lan", "minh"}]
        assert len(steps) == 1 + len(told) + len(moves)
        _compare(shown, steps)


async def _operate(city: City, of: int, name: str, commands: list[tuple[str, int]]) -> list[tuple[int | None, int]]:
    """Act on what was seen a while ago; return (version seen, version after) of what was done."""
    done: list[tuple[int | None, int]] = []
    for op, pause in commands:
        seen = (await city.alert(of)).version
        for _ in range(pause):
            await city.pool.fetchval("SELECT 1")
        until = city.clock.now() + timedelta(hours=1 + seen)
        needed: dict[str, dict[str, Any]] = {
            "alert.assign": {"assignee": f"{name}-{seen}"},
            "alert.shelve": {"until": until},
            "alert.close": {"reason": "resolved"},
        }
        told = {"comment": f"{name} {seen}"} if op == "alert.comment" else {"if_version": seen, **needed.get(op, {})}
        before = len(city.told)
        try:
            alert = await city.do(op, of, by=name, **told)
        except Conflict:
            continue
        published = [each.version for each in city.told[before:] if each.version == alert.version]
        if op == "alert.comment":
            said = number(of), name, f"{name} {seen}"
            newest = "SELECT max(seq) FROM alert_transition WHERE alert_id = $1 AND actor = $2 AND note = $3"
            done.append((None, await city.pool.fetchval(newest, *said)))
        elif published and await _is_of(city, of, seen + 1, name):
            done.append((seen, seen + 1))
    return done


async def _is_of(city: City, of: int, seq: int, name: str) -> bool:
    """Return whether it was this operator who took the step: a command that meant what was so already took none."""
    actor = await city.pool.fetchval("SELECT actor FROM alert_transition WHERE alert_id = $1 AND seq = $2", number(of), seq)
    return bool(actor == name)


async def _judge(city: City, of: int, moves: list[tuple[str, str, str, bool]]) -> list[tuple[int | None, int]]:
    for kind, condition, severity, alarms in moves:
        await city.move(of, kind, condition, severity, alarms=alarms)
    return []


def _compare(shown: dict[str, Any], steps: list[dict[str, Any]]) -> None:
    """The alert stands as its history tells, but for the condition, which a test of the engine compares."""
    standing = Standing()
    for one in steps:
        time = datetime.fromisoformat(one["time"])
        standing = after(standing, Step(one["kind"], time, time, one["severity"], one["actor"], one["note"], one["detail"]))
    until = shown["shelved_until"] and datetime.fromisoformat(shown["shelved_until"])
    assert (shown["acknowledged_by"], shown["assignee"], until, shown["shelved_by"], shown["closed_by"]) == (
        standing.acknowledged_by,
        standing.assignee,
        standing.shelved_until,
        standing.shelved_by,
        standing.closed_by,
    )
