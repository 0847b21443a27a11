"""The difference of two versions, applied to the first, gives the second; and it tells of nothing that is the same."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import shapely
from hypothesis import given
from hypothesis import strategies as st

from ioc.geo.diff import Change, as_geojson, as_row, change_of, counts_of
from ioc.geo.layer import Feature

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.floats(-3, 3), st.sampled_from(["", "Xã", "Phường"]), st.lists(st.integers(0, 2))
)
NAMES = st.sampled_from(["name", "level", "n"])
PLACES = st.builds(shapely.Point, st.integers(106, 108), st.integers(20, 22))
AREAS = st.builds(lambda x, y: shapely.box(x, y, x + 1, y + 1), st.integers(106, 108), st.integers(20, 22))
DAYS = st.one_of(st.none(), st.dates(date(2024, 1, 1), date(2024, 1, 3)))
FEATURES = st.tuples(st.one_of(PLACES, AREAS), st.dictionaries(NAMES, VALUES), DAYS, DAYS)
VERSIONS = st.dictionaries(st.sampled_from("abcde"), FEATURES)

Version = dict[str, Any]


def as_features(version: Version) -> dict[str, Feature]:
    return {fid: Feature(fid, *rest) for fid, rest in version.items()}


def rows(old: dict[str, Feature], new: dict[str, Feature]) -> list[dict[str, Any]]:
    """What `stream_differences` yields: the features that are not the same."""
    return [
        {"fid": fid, **side(old.get(fid), "old"), **side(new.get(fid), "new")}
        for fid in sorted(old.keys() | new.keys())
        if side(old.get(fid), "") != side(new.get(fid), "")
    ]


def side(feature: Feature | None, name: str) -> dict[str, Any]:
    values: list[Any] = [None] * 4
    if feature is not None:
        properties = msgspec.json.encode(feature.properties, order="sorted")
        values = [shapely.to_wkb(feature.geometry), properties, feature.valid_from, feature.valid_to]
    return dict(zip((f"{name}_{what}" for what in ("geometry", "properties", "from", "to")), values, strict=True))


def applied(version: dict[str, Feature], changes: list[Change]) -> dict[str, Feature]:
    after = dict(version)
    for change in changes:
        if change.new is None:
            del after[change.fid]
        else:
            after[change.fid] = change.new
    return after


@given(VERSIONS, VERSIONS)
def test_difference_applied_to_the_old_version_gives_the_new(first: Version, second: Version) -> None:
    old, new = as_features(first), as_features(second)
    changes = [change_of(row) for row in rows(old, new)]
    result = applied(old, changes)
    assert {fid: side(feature, "") for fid, feature in result.items()} == {fid: side(feature, "") for fid, feature in new.items()}
    assert sum(counts_of(changes).values()) >= len([change for change in changes if change.kinds])


@given(VERSIONS, VERSIONS)
def test_attributes_that_are_named_are_those_with_another_value(first: Version, second: Version) -> None:
    old, new = as_features(first), as_features(second)
    for change in (change_of(row) for row in rows(old, new)):
        if change.old is None or change.new is None:
            assert change.attributes == {}
            continue
        rebuilt = dict(change.old.properties)
        for name, (before, after) in change.attributes.items():
            if name not in {"valid_from", "valid_to"}:
                assert rebuilt.pop(name, None) == before
                if name in change.new.properties:
                    rebuilt[name] = after
        assert rebuilt == change.new.properties
        assert ("moved" in change.kinds) == (change.move is not None)


@given(FEATURES, FEATURES)
def test_every_change_can_be_written_as_json_and_geojson(first: Any, second: Any) -> None:
    change = Change("a", Feature("a", *first), Feature("a", *second))
    told = msgspec.json.decode(msgspec.json.encode(as_row(change)))
    assert told["kinds"] == list(change.kinds)
    assert msgspec.json.decode(msgspec.json.encode(as_geojson(change)))["properties"]["fid"] == "a"
