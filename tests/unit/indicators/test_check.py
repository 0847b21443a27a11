"""Mistakes in the systems' files are told with file, line and reason."""

import re
from pathlib import Path

import pytest

from ioc.errors import ConfigurationError
from ioc.indicators.catalogue import load_plan
from tests.unit.indicators.support import SDI, SMALL

FILE = SMALL / "systems" / "services.yaml"


def load(folder: Path, text: str) -> None:
    (folder / "systems").mkdir()
    (folder / "systems" / "s.yaml").write_text(text, encoding="utf-8")
    load_plan(folder)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("count: {event: dossier.received, sum: fee}", "count: {event: dossier.lost}", "no system sends events of type 'dossier.lost'"),
        ("count: {event: dossier.received, sum: fee}", "count: {event: dossier.received, sum: fees}", "have no member 'fees'"),
        ("{level: commune, at_least: 50}", "{level: village, at_least: 50}", "there is no level 'village'; there are province, district, commune"),
        ("expected: {level: commune}", "expected: {level: village}", "there is no level 'village'"),
        ("    index: {parts", "    expected: {level: commune}\n    index: {parts", "nobody reports for it: expected belongs to the indicators that it is made of"),
        ("rate: {part: {case: dossier, at: resolved, being: [on_time]}, of: {case: dossier, at: resolved}}",
         "rate: {part: {event: dossier.received}, of: {constant: 0}}", "it divides by zero"),
        ("count: {event: dossier.received, sum: fee}", "rate: {part: {indicator: score}, of: {indicator: fees}}", "circle: fees → fees"),
        ("reports: {case: dossier}", "reports: {case: stage}", "does not say what is due"),
        ("standing: overdue", "standing: asleep", "Invalid enum value 'asleep'"),
        ("at: resolved, being", "at: solved, being", "case dossier has no step 'solved'; it has received, resolved"),
        ("periods: [month, year, from day 20]", "periods: [month, fortnight]", "period 'fortnight' is not day, week"),
        ("data: {channel: online}}", "data: {channel: pigeon}}", "does not keep to its schema"),
        ("type: object\n      required", "type: thing\n      required", "not a JSON Schema"),
        ("decimals", "decimals", None),
        ("latest: {case: stage, value: share, roll: mean}", "latest: {case: dossier, value: share}", "lacks `latest: true`"),
        ("{level: province, at_least: 60}", "{level: province}", "either at_least or at_most"),
        ("  - id: fees", "  - id: received", "indicator received is there already"),
        ("mean: {event: dossier.received, sum: fee}", "mean: {event: dossier.received}", "it must say which member"),
        ("title: {vi: Lệ phí, en: Fees}", "title: {vi: Lệ phí, en: Fees}\n    colour: red", "unknown member 'colour'"),
        ("cases:", "members: {colour: {vi: Màu, en: Colour}}\ncases:", "there is no member 'colour' to be given a title; there are channel, corrects"),
        ("closes: resolved", "closes: buried", "has no step 'buried'"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(tmp_path: Path, old: str, new: str, why: str | None) -> None:
    text = FILE.read_text(encoding="utf-8")
    if why is None:
        load(tmp_path, text)
        return
    assert old in text
    changed = text.replace(old, new, 1)
    with pytest.raises(ConfigurationError, match=re.escape(why)) as error:
        load(tmp_path, changed)
    place = re.search(r"s\.yaml:(\d+): ", error.value.detail)
    assert place is not None, error.value.detail
    line, first = int(place[1]), text[: text.index(old)].count("\n") + 1
    assert first - 4 <= line <= first + new.count("\n") + 1


def test_dividing_by_an_indicator_that_is_always_zero_is_refused(tmp_path: Path) -> None:
    more = """
  - id: nothing
    title: {vi: a, en: b}
    rate: {part: {constant: 0}, of: {event: dossier.received}}
  - id: impossible
    title: {vi: a, en: b}
    rate: {part: {event: dossier.received}, of: {indicator: nothing}}
"""
    with pytest.raises(ConfigurationError, match="indicator impossible: it divides by indicator nothing, which is always zero"):
        load(tmp_path, FILE.read_text(encoding="utf-8") + more)


def test_a_circle_over_two_indicators_is_refused(tmp_path: Path) -> None:
    more = """
  - id: hen
    title: {vi: a, en: b}
    index: {parts: [{indicator: egg}]}
  - id: egg
    title: {vi: a, en: b}
    index: {parts: [{indicator: hen}]}
"""
    with pytest.raises(ConfigurationError, match="circle: hen → egg → hen"):
        load(tmp_path, FILE.read_text(encoding="utf-8") + more)


def test_one_file_that_is_wrong_lets_nothing_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "systems").mkdir()
    (tmp_path / "systems" / "a.yaml").write_text(FILE.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "systems" / "b.yaml").write_text("system: [", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"b\.yaml:1: not YAML"):
        load_plan(tmp_path)


def test_nothing_is_computed_where_there_are_no_files(tmp_path: Path) -> None:
    assert load_plan(tmp_path).indicators == {}


def test_the_files_of_the_project_hold_together() -> None:
    plan = load_plan(SDI)
    assert len(plan.systems) == 22
    assert len(plan.indicators) > 100
