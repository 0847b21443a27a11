"""The engine inside the ingest transaction: judge, write the states and transitions, settle after the commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ioc.alerts.engine import Engine, Sample, Standing, Subject, Transition, Verdict
from ioc.alerts.machine import Condition, State
from ioc.alerts.rule import Rule, Severity, check_unique, parse_rules
from ioc.domain.live import AlertView
from ioc.errors import ConfigurationError
from ioc.store import alerts as store
from ioc.store.alerts import UnitOf
from ioc.store.pool import Connection


def load_rules(folder: Path) -> list[Rule]:
    """Return the rules of every `*.yaml` file in `folder`, by file name.

    Raises:
        ConfigurationError: a file is wrong; names file, line, value and what is allowed.
    """
    rules = [rule for path in sorted(folder.glob("*.yaml")) for rule in parse_rules(_read(path), file=path.name)]
    check_unique(rules)
    return rules


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path.name}: not UTF-8: {error.reason} at byte {error.start}") from None


@dataclass(slots=True)
class Judged:
    """A verdict that is written but not yet committed, and the alerts that it touches as they stand then."""

    alerts: list[AlertView]
    _engine: Engine
    _verdict: Verdict

    def settle(self) -> None:
        """Make the verdict the present state."""
        self._engine.settle(self._verdict)


class Recorder:
    """Judges samples and writes what follows; `start` comes first."""

    def __init__(self, rules: Sequence[Rule], unit_of: UnitOf) -> None:
        self.engine = Engine(rules)
        self._unit_of = unit_of
        self._versions: dict[str, int] = {}

    async def start(self, conn: Connection, now: datetime) -> None:
        """Keep the rules, close the alerts of rules that are gone, and take up the states where an earlier run left off."""
        async with conn.transaction():
            self._versions = await store.keep_rules(conn, [rule.definition() for rule in self.engine.rules.values()])
            await store.close_orphans(conn, sorted(self.engine.rules), now)
        await self.restore(conn)

    async def restore(self, conn: Connection) -> None:
        """Take up the states as the database has them."""
        rows = await store.states(conn)
        self.engine.restore(
            (
                row["rule_id"],
                row["series_id"],
                Standing(
                    State(
                        Condition(row["condition"]),
                        None if row["severity"] is None else Severity(row["severity"]),
                        row["since"],
                        row["quiet_since"],
                        row["judged_at"],
                    ),
                    row["alert_id"],
                ),
            )
            for row in rows
        )

    def watches(self, series: Subject, /) -> bool:
        """Return whether a rule looks at the series, or has an alert open for it."""
        return self.engine.watches(series)

    async def judge(self, conn: Connection, samples: Sequence[Sample]) -> Judged:
        """Judge `samples`, in order of time within a series, and write what follows in the transaction of `conn`."""
        verdict = self.engine.judge(samples)
        await store.keep_states(conn, [_state_row(key, standing) for key, standing in sorted(verdict.kept.items())])
        for transition in verdict.transitions:
            await store.record(conn, self._row(transition))
        touched = list(dict.fromkeys(transition.alert_id for transition in verdict.transitions))
        views = await store.alerts_by_id(conn, touched, self._unit_of)
        return Judged(views, self.engine, verdict)

    def _row(self, t: Transition) -> store.TransitionRow:
        return store.TransitionRow(
            alert_id=t.alert_id,
            rule_id=t.rule.id,
            rule_version=self._versions[t.rule.id],
            series_id=t.subject.id,
            kind=t.kind,
            condition=t.condition,
            severity=t.severity,
            value=t.value,
            limit=t.limit,
            direction=t.rule.direction,
            started_at=t.started_at,
            time=t.time,
        )


def _state_row(key: tuple[str, int], standing: Standing) -> store.StateRow:
    state = standing.state
    return (*key, state.condition, state.severity, state.since, state.quiet_since, standing.alert_id)
