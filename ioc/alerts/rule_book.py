"""The rules that are in force: those of files and those given over REST, read together, all of them or none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ioc.alerts.rule import Rule
from ioc.alerts.rule_check import check_together
from ioc.alerts.rule_file import parse_rule, parse_rules
from ioc.errors import ConfigurationError
from ioc.store.pool import Connection
from ioc.store.rules import rule_documents


def load_rules(folder: Path) -> list[Rule]:
    """Return the rules of every `*.yaml` file in `folder`, by file name; files named `*_test.yaml` are tests of rules.

    Raises:
        ConfigurationError: a file is wrong; names file, line, value and what is allowed.
    """
    rules = _of_files(folder)
    check_together(rules)
    return rules


def all_rules(folder: Path | None, documents: Mapping[str, dict[str, Any]]) -> list[Rule]:
    """Return the rules of files and of documents that were given over REST, by id, together.

    Raises:
        ConfigurationError: one is wrong, or two have the same id; names it.
    """
    rules = _of_files(folder) if folder is not None and folder.is_dir() else []
    rules += (replace(parse_rule(document, origin=f"rule {rule_id}"), origin="rest") for rule_id, document in sorted(documents.items()))
    check_together(rules)
    return rules


def rules_of_files(paths: Iterable[Path]) -> list[Rule]:
    """Return the rules of some files together; raises as `load_rules` does."""
    rules = [rule for path in paths for rule in parse_rules(_read(path), file=path.name)]
    check_together(rules)
    return rules


async def rules_in_force(folder: Path, conn: Connection) -> list[Rule]:
    """Return the rules of the files and of the documents that the database has; raises as `all_rules` does."""
    return all_rules(folder, {row["rule_id"]: row["document"] for row in await rule_documents(conn)})


def rule_files(folder: Path) -> Iterable[Path]:
    """Return the files with rules, in order of name."""
    return (path for path in sorted(folder.glob("*.yaml")) if not path.stem.endswith("_test"))


def _of_files(folder: Path) -> list[Rule]:
    return [rule for path in rule_files(folder) for rule in parse_rules(_read(path), file=path.name)]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path.name}: not UTF-8: {error.reason} at byte {error.start}") from None
