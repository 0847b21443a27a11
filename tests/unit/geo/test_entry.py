from datetime import date
from pathlib import Path

import pytest

from ioc.errors import ConfigurationError
from ioc.geo.entry import decode_entry, read_catalogue

ROOT = Path(__file__).parents[3]
ENTRY = """
  - id: trees
    title: {vi: Cây, en: Trees}
    summary: {vi: Cây, en: Trees}
    file: trees.geojson
    owner: town
    licence: CC0-1.0
    lineage: {vi: Đo, en: Surveyed}
"""


def test_shipped_catalogue_is_right_and_its_files_are_there() -> None:
    entries = read_catalogue(ROOT / "sdi" / "catalogue.yaml")
    assert [entry.id for entry in entries] == ["units", "units-namdinh", "school-zones"]
    assert all((ROOT / "sdi" / entry.file).is_file() and entry.join == (entry.kind == "units") and entry.public for entry in entries)


def test_entry_survives_the_way_through_json() -> None:
    for entry in read_catalogue(ROOT / "sdi" / "catalogue.yaml"):
        assert decode_entry(entry.as_json()) == entry


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("layers:" + ENTRY + ENTRY, "names trees more than once"),
        ("layers:" + ENTRY + "    colour: green", "unknown field `colour`"),
        ("layers:" + ENTRY.replace("id: trees", "id: Bad Name"), "Expected `str` matching regex"),
        ("layers:" + ENTRY.replace("owner: town", ""), "missing required field `owner`"),
        ("layers:" + ENTRY + "    join: true", "only a layer of kind units can join"),
        ("layers:" + ENTRY + "    lon: x", "names lon x and lat None: name both or neither"),
        ("layers:" + ENTRY + "    theme: trees", "Invalid enum value 'trees'"),
        ("layers:" + ENTRY + "    kind: units\n    key: x", "its key is code and valid_from, not x"),
        ("layers: [", "while parsing"),
        ("", "Expected `object`"),
    ],
)
def test_wrong_catalogue_is_refused_with_the_reason(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "catalogue.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        read_catalogue(path)
    assert words in refused.value.detail


def test_absent_catalogue_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        read_catalogue(tmp_path / "none.yaml")


def test_words_for_catalogues_of_others_are_read(tmp_path: Path) -> None:
    more = """    contact: {name: Sở Nông nghiệp, email: gis@example.vn}
    keywords: [{vi: cây xanh, en: trees}]
    theme: environment
    issued: 2025-07-01
"""
    path = tmp_path / "catalogue.yaml"
    path.write_text("layers:" + ENTRY + more, encoding="utf-8")
    (entry,) = read_catalogue(path)
    assert entry.contact
    assert (entry.contact.email, entry.keywords[0].en, entry.theme, entry.issued) == (
        "gis@example.vn",
        "trees",
        "environment",
        date(2025, 7, 1),
    )
    assert decode_entry(entry.as_json()) == entry
