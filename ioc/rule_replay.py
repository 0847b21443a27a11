"""A replay of rules with the units and areas as the layers have them: put together for the command and for REST."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from ioc.alerts.engine import Surroundings
from ioc.alerts.past import Past, read_past
from ioc.alerts.replay import Period, Question, RuleSet, blind_spots, replay, warm_up
from ioc.alerts.replay_tally import Tally, difference
from ioc.alerts.rule import Rule
from ioc.alerts.rule_report import report
from ioc.alerts.standings import Transition
from ioc.domain.clock import local_day, rfc3339
from ioc.geo.catalogue import LayerCatalogue
from ioc.geo.collection import Collection
from ioc.geo.unit_book import UnitBook
from ioc.ground import Ground
from ioc.indicators.catalogue import load_plan
from ioc.store.layers import load_units
from ioc.store.pool import Connection


class Replays:
    """Replays rules over what the database has."""

    def __init__(
        self, book: Callable[[], UnitBook], collections: Callable[[], Mapping[str, Collection]], indicators: Callable[[], Container[str]]
    ) -> None:
        self._book_now, self._collections, self._indicators = book, collections, indicators

    @property
    def _book(self) -> UnitBook:
        return self._book_now()

    async def answer(
        self, conn: Connection, question: Question, *, on_transition: Callable[[Transition], None] = lambda _transition: None
    ) -> dict[str, Any]:
        """Return what the rules did in the period, and how that differs from the rules that they are compared with.

        Raises:
            BadInput: it is no period.
        """
        past = await read_past(conn, self._book.ref)
        rules, others = question.chosen(question.rules), question.chosen(question.against or ())
        longest_s = max((view.interval_s or 0.0 for view in past.views.values()), default=0.0)
        back = warm_up([*rules, *others], longest_interval_s=longest_s) if question.warm_up is None else question.warm_up
        period = Period(question.begin, question.end, question.begin - back, question.order)
        mine, theirs = (Tally(period.begin, period.end, question.only) for _ in range(2))

        def tell(transition: Transition) -> None:
            mine.add(transition)
            if transition.time >= period.begin and (question.only is None or transition.rule.id in question.only):
                on_transition(transition)

        ground = self._ground(period.end, past)
        ground.look_after([*rules, *others])
        sets = [RuleSet(rules, ground.surroundings(), tell)]
        if question.against is not None:
            sets.append(RuleSet(others, ground.surroundings(), theirs.add))
        read = await replay(conn, period, sets, unit_of=self._book.ref, units_of=ground.units_of, past=past)
        lacking = [f"rule {rule_id} needs the layer {layer}, which there is not" for rule_id, layer in ground.missing_layers(rules).items()]
        told = {
            "from": rfc3339(period.begin),
            "to": rfc3339(period.end),
            "warm_up_from": rfc3339(period.warm_from),
            "order": period.order,
            "read": read,
            **mine.report(rules),
            "notes": [*blind_spots(rules), *lacking],
        }
        if question.against is not None:
            told["difference"] = difference(theirs.episodes(), mine.episodes())
        return told

    async def report(self, conn: Connection, rules: Sequence[Rule], now: datetime) -> dict[str, Any]:
        """Return how rules did of late, and what is to be said of each."""

        def around(past: Past) -> tuple[Surroundings, Mapping[str, str]]:
            ground = self._ground(now, past)
            ground.look_after(rules)
            return ground.surroundings(), ground.missing_layers(rules)

        return await report(conn, rules, around, unit_of=self._book.ref, indicators=self._indicators(), now=now)

    def _ground(self, now: datetime, past: Past) -> Ground:
        return Ground(
            self._book,
            self._collections,
            today=lambda: local_day(now),
            view_of=lambda source, station: past.views.get(f"{source}/{station}"),
        )


async def open_replays(pool: asyncpg.Pool, now: datetime, sdi: Path) -> Replays:
    """Return replays over a database that no service of this process looks at, with its units and layers as they are, and the systems of `sdi`."""
    book, catalogue = UnitBook(today=lambda: local_day(now)), LayerCatalogue()
    async with pool.acquire() as conn:
        await book.read(conn, [ref for ref, _ in await load_units(conn)])
    await catalogue.refresh(pool)
    return Replays(lambda: book, lambda: catalogue.collections, lambda: load_plan(sdi).indicators)
