"""Tests of rules from their files: which there are, the rules that they are of, and what came of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ioc.alerts.rule import Rule
from ioc.alerts.rule_check import check_together
from ioc.alerts.rule_file import parse_rules
from ioc.alerts.rule_test_file import RuleTests, parse_tests
from ioc.alerts.rule_test_result import Difference, compare
from ioc.alerts.rule_trial import try_out
from ioc.errors import ConfigurationError


@dataclass(frozen=True)
class Tried:
    """A test that was run: its name, where it stands, and where what happened is not what it expects."""

    file: str
    name: str
    where: str
    differences: Sequence[Difference]


def files_with_tests(paths: Iterable[Path]) -> list[Path]:
    """Return the files with tests: those named, and those called `*_test.yaml` in the folders that are.

    Raises:
        ConfigurationError: there are none.
    """
    chosen = list(paths)
    found = [file for path in chosen for file in (sorted(path.glob("*_test.yaml")) if path.is_dir() else [path])]
    if not found:
        raise ConfigurationError(f"there is no file *_test.yaml in {', '.join(map(str, chosen))}")
    return found


def run_tests(path: Path, *, only: str | None = None) -> Iterator[Tried]:
    """Run the tests of a file, or those whose name `only`, a regular expression, is found in.

    Raises:
        ConfigurationError: the file, or one of its rule files, is wrong; names file and line.
    """
    tests = parse_tests(_read(path), file=path.name)
    rules = _rules_of(tests, path.parent)
    for number, test in enumerate(tests.told.tests):
        if only is None or re.search(only, test.name):
            differences = compare(tests, number, try_out(tests, number, rules))
            yield Tried(path.name, test.name, tests.where(f".tests[{number}]"), differences)


def _rules_of(tests: RuleTests, folder: Path) -> list[Rule]:
    rules: list[Rule] = []
    for number, name in enumerate(tests.told.rule_files):
        if not (folder / name).is_file():
            raise ConfigurationError(f"{tests.where(f'.rule_files[{number}]')}: there is no file {name}")
        rules += parse_rules(_read(folder / name), file=name)
    check_together(rules)
    known = {rule.id for rule in rules}
    for number, test in enumerate(tests.told.tests):
        path = f".tests[{number}].expect"
        named = [(f"{path}.transitions[{n}]", one.rule) for n, one in enumerate(test.expect.transitions or ())]
        for place, moment in enumerate(test.expect.alerts):
            named += [(f"{path}.alerts[{place}].alerts[{n}]", one.rule) for n, one in enumerate(moment.alerts)]
            named += [(f"{path}.alerts[{place}]", moment.rule)] if moment.rule else []
        for where, rule in named:
            if rule not in known:
                raise ConfigurationError(f"{tests.where(where)}: there is no rule {rule!r} in {', '.join(tests.told.rule_files)}")
    return rules


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path.name}: not UTF-8: {error.reason} at byte {error.start}") from None
