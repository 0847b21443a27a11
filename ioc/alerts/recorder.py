"""The engine inside the ingest transaction: judge, write the standings and transitions, settle after the commit; rules taken up and changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import structlog

from ioc.alerts import transition_rows
from ioc.alerts.edits import Change, Edit, close, edit_of, hold_again
from ioc.alerts.engine import SERIES_KINDS, Engine, Figure, Judged, Surroundings, Verdict, subject_of
from ioc.alerts.past import Past, UnitsOf, occurrence_of, read_past, row_of, take_up
from ioc.alerts.rule import Rule
from ioc.alerts.rule_file import parse_rule
from ioc.domain.evidence import Evidence, Happening
from ioc.domain.live import AlertView
from ioc.errors import ConfigurationError
from ioc.store import alert_log, rules
from ioc.store.alerts import UnitOf, alerts_by_id
from ioc.store.pool import Connection

_log = structlog.get_logger()


class Silencer(Protocol):
    """Whoever knows what is silenced."""

    async def apply(self, conn: Connection, alerts: Sequence[AlertView], now: datetime, /) -> Sequence[AlertView]:
        """Write which silences hide these alerts, in the transaction of `conn`, and return them as they stand then."""
        ...


@dataclass(slots=True)
class JudgedBatch:
    """A verdict that is written but not yet committed, and the alerts that it touches as they stand then."""

    alerts: list[AlertView]
    _engine: Engine

    def settle(self) -> None:
        """Make the verdict the present state."""
        self._engine.settle()


class Recorder:
    """Judges evidence and writes what follows; `start` comes first."""

    def __init__(
        self,
        told: Callable[[], Sequence[Rule]],
        unit_of: UnitOf,
        *,
        around: Callable[[], Surroundings] = Surroundings,
        units_of: UnitsOf = lambda _unit: frozenset(),
        silencer: Silencer | None = None,
    ) -> None:
        """Take rules from `told`, which is asked at each start."""
        self._told, self._unit_of, self._around, self._units_of, self._silencer = told, unit_of, around, units_of, silencer
        self.engine = Engine(())
        self._versions: dict[str, int] = {}

    async def start(self, conn: Connection, now: datetime) -> list[AlertView]:
        """Take up the rules and the states where an earlier run left off; returns the alerts that changed since rules did."""
        return await self.take_up(conn, self._told(), now)

    async def restore(self, conn: Connection, now: datetime) -> None:
        """Take up the states as the database has them, with the rules that are in force."""
        engine = Engine(self.engine.rules.values(), self._around())
        await take_up(conn, engine, await read_past(conn, self._unit_of), self._units_of, now)
        self.engine = engine

    async def take_up(self, conn: Connection, told: Sequence[Rule], now: datetime) -> list[AlertView]:
        """Put other rules in force, all at once or not at all; what they have open goes on, ends or waits as the edit asks for.

        Raises whatever the database raises, and then the rules that were in force still are.
        """
        engine = Engine(told, self._around())
        past = await read_past(conn, self._unit_of)
        await take_up(conn, engine, past, self._units_of, now)
        async with conn.transaction():
            versions, changes = await _keep_versions(conn, told)
            self._follow_edits(engine, past, changes, now)
            verdict = engine.judge(())
            views = await self._write(conn, verdict, versions, now)
        engine.settle()
        self.engine, self._versions = engine, versions
        for change in changes:
            _log.info("rule.changed", rule=change.rule_id, edit=str(change.edit))
        return views

    def watches(self, series: Any, /) -> bool:
        """Return whether readings of the series have to be judged."""
        return self.engine.watches(series)

    async def judge(self, conn: Connection, evidence: Iterable[Evidence | Figure], *, until: datetime | None, now: datetime) -> JudgedBatch:
        """Judge `evidence`, in order of arrival, and write what follows in the transaction of `conn`; time goes on to `until` before."""
        verdict = self.engine.judge(self._of(evidence), until=until)
        return JudgedBatch(await self._write(conn, verdict, self._versions, now), self.engine)

    async def tell(self, conn: Connection, figures: Sequence[Figure], now: datetime) -> list[AlertView]:
        """Judge figures by themselves and make that the present state; returns the alerts that changed."""
        async with conn.transaction():
            judged = await self.judge(conn, figures, until=None, now=now)
        judged.settle()
        return judged.alerts

    def is_due(self, until: datetime) -> bool:
        """Return whether time alone moves something up to `until`."""
        when = self.engine.next_due()
        return when is not None and when <= until

    def _of(self, evidence: Iterable[Evidence | Figure]) -> Iterable[Judged]:
        """Return evidence as the engine takes it: of events only those of types that rules look at."""
        types = {*self.engine.clusters.types(), *self.engine.deadlines.types}
        for one in evidence:
            if not isinstance(one, Happening):
                yield one
            elif one.event.type in types:
                yield occurrence_of(one.event, one.unit_id, one.arrived, self._units_of)

    async def _write(self, conn: Connection, verdict: Verdict, versions: dict[str, int], now: datetime) -> list[AlertView]:
        kept = {key: standing for key, standing in sorted(verdict.kept.items()) if not standing.is_forgettable}
        gone = sorted(verdict.kept.keys() - kept.keys())
        await alert_log.keep_states(conn, [row_of(*key, standing) for key, standing in kept.items()], gone)
        await alert_log.record(conn, transition_rows.alert_rows(verdict.transitions, versions))
        touched = list(dict.fromkeys(transition.alert_id for transition in verdict.transitions))
        views = await alerts_by_id(conn, touched, self._unit_of)
        if self._silencer is not None and views:
            views = list(await self._silencer.apply(conn, views, now))
        return views

    def _follow_edits(self, engine: Engine, past: Past, changes: Sequence[Change], now: datetime) -> None:
        """Let what is open follow the edits of its rules, and end what has no rule any more."""
        series = {str(one.key): one for one in past.series}
        edits = {change.rule_id: change for change in changes}
        for (rule_id, key), standing in past.standings.items():
            change = edits.get(rule_id)
            rule = engine.rules.get(rule_id)
            if rule is None:
                former = _former(change.before) if change and change.before else None
                if former is None or standing.alert_id is None:
                    engine.standings.forget(rule_id, key, standing)
                else:
                    engine.standings.restore(rule_id, key, standing)
                    close(engine.standings, former, subject_of(former, key, standing.context), now, Edit.DELETED)
                continue
            subject, known = subject_of(rule, key, standing.context), series.get(key)
            if change is not None and change.edit is Edit.SCOPE and (rule.kind not in SERIES_KINDS or known is None):
                close(engine.standings, rule, subject, now, Edit.SCOPE)
            elif rule.kind in SERIES_KINDS and known is not None and known.time is not None and known.value is not None:
                if rule_id not in engine.series.track(known).plan.rules:
                    close(engine.standings, rule, subject, now, Edit.SCOPE)
                elif change is not None and change.edit is not Edit.COSMETIC:
                    hold_again(engine.standings, rule, subject, known.time)
                    if rule.condition is None:
                        engine.standings.move(rule, subject, known.time, known.value)


def _former(definition: dict[str, Any]) -> Rule | None:
    try:
        return parse_rule({name: value for name, value in definition.items() if name != "template"}, origin="a former version")
    except ConfigurationError:  # written by a version of ours that knew other words
        return None


async def _keep_versions(conn: Connection, told: Sequence[Rule]) -> tuple[dict[str, int], list[Change]]:
    """Keep a new version of each rule that reads otherwise than its newest, and that it is gone of one that is not told any more."""
    newest = await rules.newest_rules(conn)
    versions: dict[str, int] = {}
    changes: list[Change] = []
    for rule in told:
        known = newest.get(rule.id)
        before = None if known is None or known.edit == Edit.DELETED else known.definition
        definition = rule.definition()
        versions[rule.id] = known.version if known else 0
        if edit := edit_of(before, definition):
            versions[rule.id] += 1
            await rules.add_rule_version(conn, rule.id, rules.RuleVersion(versions[rule.id], definition, rule.origin, edit))
            changes.append(Change(rule.id, edit, rule, before))
    for rule_id, known in newest.items():
        if rule_id not in versions:
            versions[rule_id] = known.version
            if known.edit != Edit.DELETED:
                versions[rule_id] += 1
                gone = rules.RuleVersion(versions[rule_id], known.definition, known.origin, Edit.DELETED)
                await rules.add_rule_version(conn, rule_id, gone)
            changes.append(Change(rule_id, Edit.DELETED, None, known.definition))
    return versions, changes
