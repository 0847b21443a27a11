"""Areas and clusters beside a naive reading of the same positions and events."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.alerts.conditions import Cluster, Geofence
from tests.support.days import SQUARES
from tests.support.examples import rule, threshold
from tests.support.judging import Squares, bus, occurrence, run, short, sighting
from tests.support.naive_alerts import metres

places = st.tuples(st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.5]), st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.5]))


@settings(max_examples=30)
@given(track=st.lists(places, min_size=1, max_size=20))
def test_areas_are_entered_and_left_as_a_point_in_a_square_says(track: Sequence[tuple[float, float]]) -> None:
    judged = [rule(threshold("minor", 0), rule_id=kind, condition=Geofence("zones", kind)) for kind in ("enter", "leave")]
    told = [sighting(60 * n, *place, bus(interval_s=None)) for n, place in enumerate(track)]
    found = {
        (t.rule.id, t.subject.key.rpartition("/")[2], t.kind, t.time) for t in run(judged, told, areas=Squares(SQUARES)) if not t.flapping
    }
    expected = set()
    for area, (west, south, side) in SQUARES["zones"].items():
        inside = [west <= lon <= west + side and south <= lat <= south + side for lon, lat in track]
        was, has_left = False, False
        for sight, now in zip(told, inside, strict=True):
            if now != was:
                expected.add(("enter", area, "fired" if now else "cleared", sight.time))
                if has_left or not now:
                    expected.add(("leave", area, "cleared" if now else "fired", sight.time))
                has_left = has_left or not now
            was = now
    flapping = {(t.rule.id, t.subject.key.rpartition("/")[2]) for t in run(judged, told, areas=Squares(SQUARES)) if t.flapping}
    assert {one for one in found if one[:2] not in flapping} == {one for one in expected if one[:2] not in flapping}


@settings(max_examples=30)
@given(
    steps=st.lists(st.tuples(st.integers(-12, 12), st.integers(-12, 12)), min_size=1, max_size=14),
    lat=st.sampled_from([0.0, 20.9999, 21.0, 59.9995, -33.0]),
    limit=st.integers(1, 4),
)
def test_cluster_fires_with_the_first_event_that_has_enough_around_it(steps: Sequence[tuple[int, int]], lat: float, limit: int) -> None:
    """Whatever the latitude: the cells of the index are not as wide everywhere."""
    judged = [rule(threshold("minor", limit), condition=Cluster("report", 500, "1h"))]
    told = [(106.0 + x / 4000, lat + y / 4000) for x, y in steps]
    transitions = run(judged, [occurrence(n, "report", f"r{n:02}", lon=lon, lat=at) for n, (lon, at) in enumerate(told)])
    first = next((n for n in range(len(told)) if sum(metres(told[n], other) <= 500 for other in told[: n + 1]) > limit), None)
    assert short(transitions)[:1] == ([] if first is None else [("fired", first)])
