from pathlib import Path

from ioc.indicators.catalogue import load_plan
from ioc.indicators.plan import Plan
from tests.unit.indicators.support import SMALL


def changed(folder: Path, old: str, new: str) -> Plan:
    text = (SMALL / "systems" / "services.yaml").read_text(encoding="utf-8")
    assert old in text
    (folder / "systems").mkdir()
    (folder / "systems" / "s.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return load_plan(folder)


def differing(one: Plan, other: Plan) -> set[str]:
    return {name for name in one.indicators if one.digest(name) != other.digest(name)}


def test_words_change_nothing_that_is_computed(tmp_path: Path) -> None:
    plan = changed(tmp_path, "en: Online rate", "en: Share online")
    assert differing(load_plan(SMALL), plan) == set()


def test_what_is_counted_changes_the_indicator_and_those_made_of_it(tmp_path: Path) -> None:
    plan = changed(tmp_path, "where: {channel: online}}, of", "where: {channel: counter}}, of")
    assert differing(load_plan(SMALL), plan) == {"online-rate", "score"}


def test_a_case_that_is_made_otherwise_changes_all_that_is_counted_of_it(tmp_path: Path) -> None:
    plan = changed(tmp_path, "    closes: resolved\n    due: due", "    closes: resolved\n    due: due\n    repeats: true")
    assert differing(load_plan(SMALL), plan) == {"open", "overdue", "on-time", "handling", "handling-median", "due-in-time", "score"}
