"""Rules: each version that was ever in force, and the documents that were given over REST."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import asyncpg

from ioc.store.pool import Connection

_NEWEST = """
SELECT DISTINCT ON (rule_id) rule_id, version, definition, origin, edit, loaded_at FROM rule_version ORDER BY rule_id, version DESC
"""
_ADD = "INSERT INTO rule_version (rule_id, version, definition, origin, edit) VALUES ($1, $2, $3, $4, $5)"
_VERSIONS = "SELECT version, definition, origin, edit, loaded_at FROM rule_version WHERE rule_id = $1 ORDER BY version DESC"
_DOCUMENTS = "SELECT rule_id, document, version, changed_by, changed_at FROM rule_document ORDER BY rule_id"
_PUT = """
INSERT INTO rule_document (rule_id, document, version, changed_by) VALUES ($1, $2, 1, $3)
ON CONFLICT (rule_id) DO UPDATE SET document = excluded.document, version = rule_document.version + 1, changed_by = excluded.changed_by,
  changed_at = now() WHERE $4::int IS NULL OR rule_document.version = $4 RETURNING version
"""
_REMOVE = "DELETE FROM rule_document WHERE rule_id = $1 AND ($2::int IS NULL OR version = $2) RETURNING version"


class RuleVersion(NamedTuple):
    """A version of a rule: `origin` is `file` or `rest`, `edit` how it differs from the version before it."""

    version: int
    definition: dict[str, Any]
    origin: str
    edit: str


async def newest_rules(conn: Connection) -> dict[str, RuleVersion]:
    """Return the newest version of every rule that ever was, by its id; one that was deleted has the edit `deleted`."""
    rows = await conn.fetch(_NEWEST)
    return {row["rule_id"]: RuleVersion(row["version"], row["definition"], row["origin"], row["edit"]) for row in rows}


async def add_rule_version(conn: Connection, rule_id: str, told: RuleVersion) -> None:
    """Keep a new version of a rule."""
    await conn.execute(_ADD, rule_id, *told)


async def rule_versions(conn: Connection, rule_id: str) -> list[asyncpg.Record]:
    """Return every version of a rule, the newest first."""
    return await conn.fetch(_VERSIONS, rule_id)


async def rule_documents(conn: Connection) -> Sequence[asyncpg.Record]:
    """Return the rules that were given over REST, by id."""
    return await conn.fetch(_DOCUMENTS)


async def put_rule_document(conn: Connection, rule_id: str, document: dict[str, Any], *, actor: str, if_version: int | None) -> int | None:
    """Keep a rule that was given over REST and return its version; None where it is not at `if_version` any more."""
    version: int | None = await conn.fetchval(_PUT, rule_id, document, actor, if_version)
    return version


async def remove_rule_document(conn: Connection, rule_id: str, *, if_version: int | None) -> bool:
    """Remove a rule that was given over REST; return whether it was there, at `if_version` where one is named."""
    return await conn.fetchval(_REMOVE, rule_id, if_version) is not None
