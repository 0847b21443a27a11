"""Keeps the rules that are in force in step with the files and with what was given over REST: all at once, or as they were."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from ioc.alerts.recorder import Recorder
from ioc.alerts.rule import Rule
from ioc.alerts.rule_book import all_rules, rule_files
from ioc.domain.clock import Clock
from ioc.domain.live import AlertView, Changes
from ioc.errors import BadInput, ConfigurationError, Conflict, NotFound
from ioc.store import rules as store
from ioc.store.pool import Connection

_log = structlog.get_logger()
Alone = Callable[[Callable[[Connection], Awaitable[list[AlertView]]]], Awaitable[list[AlertView]]]
"""Lets work have the connection that batches are written on, between two of them."""


class RuleKeeper:
    """Reads the rules at start and whenever they change; `trouble` says what is wrong with a change that was not taken up."""

    def __init__(
        self,
        folder: Path,
        recorder: Recorder,
        *,
        clock: Clock,
        publish: Callable[[Changes], None],
        look_after: Callable[[Sequence[Rule]], None],
    ) -> None:
        self._folder, self._recorder, self._clock, self._publish, self._look_after = folder, recorder, clock, publish, look_after
        self.rules: list[Rule] = all_rules(folder, {})
        self.documents: Mapping[str, Any] = {}
        self.trouble: str | None = None
        self._seen = self._look(())
        look_after(self.rules)

    async def read(self, conn: Connection) -> bool:
        """Read files and documents where they have changed; return whether other rules are told now.

        A change that is wrong leaves the rules as they are; `trouble` names the place.
        """
        rows = await store.rule_documents(conn)
        seen = self._look([(row["rule_id"], row["version"]) for row in rows])
        if seen == self._seen:
            return False
        documents = {row["rule_id"]: row for row in rows}
        self._seen = seen
        try:
            rules = all_rules(self._folder, {rule_id: row["document"] for rule_id, row in documents.items()})
        except ConfigurationError as error:
            self.trouble = error.detail
            _log.error("rules.not_taken_up", why=error.detail)
            return False
        self.rules, self.documents, self.trouble = rules, documents, None
        self._look_after(rules)
        return True

    async def put_in_force(self, alone: Alone) -> None:
        """Let the engine of this process, which ingests, go by the rules that are told now."""

        async def work(conn: Connection) -> list[AlertView]:
            return await self._recorder.take_up(conn, self.rules, self._clock.now())

        self._publish(Changes(alerts=await alone(work)))
        _log.info("rules.in_force", rules=len(self.rules))

    async def put(self, conn: Connection, rule_id: str, document: dict[str, Any], *, actor: str, if_version: int | None) -> int:
        """Keep a rule that is given over REST; it is in force with the next `read`.

        Raises:
            BadInput: it is wrong, by itself or together with the others; names the member, the value and what is allowed.
            Conflict: it is not at `if_version` any more.
        """
        told = {**document, "id": document.get("id", rule_id)}
        if told["id"] != rule_id:
            raise BadInput(f"the rule has the id {told['id']!r}, its address {rule_id!r}")
        documents = {row["rule_id"]: row["document"] for row in await store.rule_documents(conn)}
        try:
            all_rules(self._folder, documents | {rule_id: told})
        except ConfigurationError as error:
            raise BadInput(error.detail) from None
        version = await store.put_rule_document(conn, rule_id, told, actor=actor, if_version=if_version)
        if version is None:
            raise Conflict(f"rule {rule_id} is not at version {if_version} any more", {"id": rule_id})
        return version

    async def remove(self, conn: Connection, rule_id: str, *, if_version: int | None) -> None:
        """Remove a rule that was given over REST; what it has open is closed with the next `read`.

        Raises:
            NotFound: there is no such rule of REST; one of a file is removed from its file.
            BadInput: another rule speaks of it.
            Conflict: it is not at `if_version` any more.
        """
        documents = {row["rule_id"]: row["document"] for row in await store.rule_documents(conn)}
        if documents.pop(rule_id, None) is None:
            where = next((f"; it stands in {rule.where}" for rule in self.rules if rule.id == rule_id), "")
            raise NotFound(f"no rule {rule_id} was given over REST{where}")
        try:
            all_rules(self._folder, documents)
        except ConfigurationError as error:
            raise BadInput(error.detail) from None
        if not await store.remove_rule_document(conn, rule_id, if_version=if_version):
            raise Conflict(f"rule {rule_id} is not at version {if_version} any more", {"id": rule_id})

    def _look(self, documents: Sequence[tuple[str, int]]) -> tuple[object, ...]:
        """Return what tells whether anything has changed, without reading the files."""
        files = rule_files(self._folder) if self._folder.is_dir() else ()
        return tuple((path.name, (told := path.stat()).st_mtime_ns, told.st_size) for path in files), tuple(documents)
