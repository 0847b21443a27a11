"""Several processes over one bus that drops, doubles and reorders: each shows the same, once the database has healed what was lost."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterable
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ioc.domain.live import Changes, decode_changes, encode_changes
from ioc.streams.feed import Feed
from ioc.streams.mirror import Mirror
from tests.support.examples import alert, observation, position, station


class Store:
    """The database: all that was committed; reading it takes a moment, in which more is told."""

    def __init__(self) -> None:
        self.mirror = Mirror()

    async def load(self, believed_open: Iterable[str]) -> Changes:
        await asyncio.sleep(0)
        told = Changes(
            stations=[one.view for one in self.mirror.entities()],
            observations=[observation_of(one, name) for one in self.mirror.entities() for name in one.readings],
            positions=[one.position for one in self.mirror.entities() if one.position],
            alerts=[*self.mirror.alerts.values(), *(CLOSED[name] for name in believed_open if not CLOSED[name].is_open())],
        )
        await asyncio.sleep(0)
        return told


def observation_of(entity: Any, name: str) -> Any:
    time, value = entity.readings[name]
    made = observation(0, value, entity.view.station, name)
    return type(made)(entity.view.source, entity.view.station, name, time, value)


CLOSED: dict[str, Any] = {}


def commits(chance: random.Random) -> list[Changes]:
    """What some commits changed."""
    told, versions = [Changes(stations=[station("a"), station("b")])], dict.fromkeys(range(3), 0)
    for second in range(1, 25):
        number = chance.randrange(3)
        versions[number] += 1
        over = chance.random() < 0.4
        told.append(
            Changes(
                observations=[observation(second, second, chance.choice("ab"))],
                positions=[position(second, 105 + second / 10, 21)],
                alerts=[alert(number, version=versions[number], condition="normal" if over else "firing", acknowledged=over)],
            )
        )
    return told


def picture(mirror: Mirror) -> dict[str, Any]:
    rows = {entity.id: json.loads(entity.row()) for entity in mirror.entities()}
    return {"rows": rows, "alerts": {name: one.version for name, one in mirror.alerts.items()}}


@given(seed=st.integers(0, 2**32))
@example(seed=73192119)  # an old message opens an alert while the database, which knows that it is closed, is read
@settings(max_examples=60)
def test_processes_show_the_same_whatever_the_bus_does_to_the_batches(seed: int) -> None:
    asyncio.run(_run(random.Random(seed)))


async def _run(chance: random.Random) -> None:
    CLOSED.clear()
    store, mirrors = Store(), [Mirror(), Mirror()]
    feeds = [Feed(mirror, store.load) for mirror in mirrors]
    tasks = [asyncio.create_task(feed.run()) for feed in feeds]
    for feed in feeds:
        feed.connection_changed(connected=True)
    waiting: list[list[bytes]] = [[], []]
    number = 0
    for changes in commits(chance):
        number += 1
        changes.publisher, changes.number = "p", number
        store.mirror.apply(changes)
        CLOSED.update({one.id: one for one in changes.alerts})
        for feed, queue in zip(feeds, waiting, strict=True):
            queue.extend([encode_changes(changes)] * chance.choice([0, 1, 1, 1, 2]))
            chance.shuffle(queue)
            for _ in range(chance.randrange(len(queue) + 1)):
                feed.receive(decode_changes(queue.pop()))
            await asyncio.sleep(0)
    for feed, queue in zip(feeds, waiting, strict=True):
        for payload in queue:
            feed.receive(decode_changes(payload))
        feed.receive(Changes(publisher="p", number=number))  # the number that is repeated every two seconds
    for _ in range(20):
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert picture(mirrors[0]) == picture(mirrors[1]) == picture(store.mirror)
