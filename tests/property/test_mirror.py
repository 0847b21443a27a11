"""Whatever the network does to the batches of changes, the mirror ends where it ends when all come once and in order."""

import json
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ioc.domain.live import AlertView, Changes
from ioc.streams.mirror import Mirror
from tests.support.examples import alert, observation, position, station

STATIONS = ["dap-cau", "luc-nam", "bus-1"]
SUBJECTS = ["hydro/dap-cau/water_level", "hydro/dap-cau/rain", "hydro/luc-nam/water_level"]
SEVERITIES = ["minor", "moderate", "severe", "extreme"]


@st.composite
def alert_stories(draw: st.DrawFn) -> list[AlertView]:
    """All versions of some alerts, each of one series, from the first to the last."""
    told = []
    for number in range(draw(st.integers(0, 4))):
        subject = draw(st.sampled_from(SUBJECTS))
        for version in range(1, draw(st.integers(1, 5)) + 1):
            condition, severity = draw(st.sampled_from(["firing", "recovering", "normal"])), draw(st.sampled_from(SEVERITIES))
            told.append(
                alert(number, version=version, subject=subject, condition=condition, severity=severity, acknowledged=draw(st.booleans()))
            )
    return told


@st.composite
def batches(draw: st.DrawFn) -> list[Changes]:
    """Batches of a run of the service. A reading is one value of one instant, as in the store; a station describes itself once."""
    seconds = st.integers(0, 8)
    readings = draw(st.lists(st.tuples(seconds, st.sampled_from(STATIONS[:2]), st.sampled_from(["water_level", "rain"])), max_size=20))
    moves = draw(st.lists(seconds, max_size=10))
    told: list[Changes] = [Changes(stations=[station(name)]) for name in draw(st.lists(st.sampled_from(STATIONS), unique=True))]
    told += [Changes(observations=[observation(second, 10 * second + len(prop), name, prop)]) for second, name, prop in readings]
    told += [Changes(positions=[position(second, 105 + second, 21)]) for second in moves]
    told += [Changes(alerts=[one]) for one in draw(alert_stories())]
    return [joined for some in draw(_cut(told)) if (joined := _join(some))]


def _cut(told: list[Changes]) -> st.SearchStrategy[list[list[Changes]]]:
    edges = st.sets(st.integers(0, len(told))).map(lambda found: sorted({0, len(told), *found}))
    return edges.map(lambda found: [told[a:b] for a, b in pairwise(found)])


def _join(some: list[Changes]) -> Changes:
    return Changes(
        stations=[one for changes in some for one in changes.stations],
        observations=[one for changes in some for one in changes.observations],
        positions=[one for changes in some for one in changes.positions],
        alerts=[one for changes in some for one in changes.alerts],
    )


def picture(mirror: Mirror) -> dict[str, Any]:
    """All that a viewer can see, whatever the order in which it came about."""
    rows = {entity.view.id: json.loads(entity.row()) for entity in mirror.entities()}
    return {"rows": rows, "alerts": mirror.alerts, "newest": mirror.newest}


def told(some: list[Changes]) -> Mirror:
    mirror = Mirror()
    for changes in some:
        mirror.apply(changes)
    return mirror


run = batches()
shuffled = run.flatmap(lambda some: st.tuples(st.just(some), st.permutations([*some, *some])))


@given(case=shuffled)
def test_batches_may_come_in_any_order_and_more_than_once(case: tuple[list[Changes], list[Changes]]) -> None:
    some, disorder = case
    assert picture(told(disorder)) == picture(told(some))


@given(some=run, lost=st.sets(st.integers(0, 20)), at=st.integers(0, 20))
def test_loss_is_healed_by_applying_what_the_database_holds(some: list[Changes], lost: set[int], at: int) -> None:
    """The whole state is read and applied at any moment after the losses, also over newer news."""
    heard = [changes for number, changes in enumerate(some) if number not in lost]
    heard.insert(min(at, len(heard)), _join(some))
    assert picture(told(heard)) == picture(told(some))


@given(some=run)
def test_since_tells_each_changed_entity_once_the_newest_first(some: list[Changes]) -> None:
    mirror = Mirror()
    for changes in some:
        before, shown = mirror.position, picture(mirror)["rows"]
        mirror.apply(changes)
        found = list(mirror.since(before))
        versions = [entity.version for entity in found]
        assert versions == sorted(versions, reverse=True)
        assert len({entity.view.id for entity in found}) == len(found)
        changed = {entity_id for entity_id, row in picture(mirror)["rows"].items() if row != shown.get(entity_id)}
        assert changed <= {entity.view.id for entity in found}


@given(some=run)
def test_nothing_new_has_no_position(some: list[Changes]) -> None:
    """A batch that comes again moves nothing, so that viewers are not told of it; descriptions of stations are told again."""
    mirror = told(some)
    before = mirror.position
    for changes in some:
        changes.stations = []
        mirror.apply(changes)
    assert mirror.position == before


@given(some=run)
def test_colour_is_that_of_the_gravest_alert_that_holds(some: list[Changes]) -> None:
    newest: dict[str, AlertView] = {}
    for one in _join(some).alerts:
        newest[one.id] = one
    mirror = told(some)
    for entity in mirror.entities():
        holding = [one.severity for one in newest.values() if one.condition != "normal" and one.subject.startswith(f"{entity.view.id}/")]
        assert entity.state == max(holding, key=SEVERITIES.index, default="normal")
