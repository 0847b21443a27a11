from ioc.alerts.rule_file import parse_rules
from ioc.alerts.rule_test_file import parse_tests
from ioc.alerts.rule_trial import try_out

RULES = """
rules:
  - {id: high, title: {vi: a, en: a}, select: {property: level, unit: "24", area: {layer: flats}}, above: [{severity: minor, limit: 5}], for: 1m}
  - {id: inside, title: {vi: a, en: a}, geofence: {layer: flats, on: enter}, severity: minor}
  - {id: gone, title: {vi: a, en: a}, absence: {of: source, offline: true}, above: [{severity: minor, limit: 1h}]}
  - {id: off-target, title: {vi: a, en: a}, target: {indicator: i}, above: [{severity: minor, limit: 0.1}]}
"""


def kinds(told: str) -> list[tuple[str, str, str]]:
    tests = parse_tests("rule_files: [r.yaml]\ntests:\n  - name: one\n    expect: {}\n" + told, file="t.yaml")
    start = tests.start(tests.told.tests[0])
    rules = parse_rules(RULES, file="r.yaml")
    return [(t.rule.id, str(t.kind), f"{(t.time - start).total_seconds():g}") for t in try_out(tests, 0, rules)]


AREA = "    areas: [{layer: flats, id: a, box: [106, 21, 107, 22]}]\n"
STATION = "    stations: [{id: s/g, interval: 1m, place: [PLACE, 21.5], units: [UNIT]}]\n    series: [{series: s/g/level, values: 6x9}]\n"


def test_stations_are_where_they_say_and_in_the_units_that_they_say() -> None:
    inside = STATION.replace("PLACE", "106.5").replace("UNIT", '"07", "24"')
    assert kinds(AREA + inside) == [("high", "fired", "60")]
    assert kinds(AREA + inside.replace('"24"', '"25"')) == []
    assert kinds(AREA + inside.replace("106.5", "107.5")) == []


def test_time_goes_on_to_the_end_of_a_timeline_though_nothing_comes() -> None:
    told = AREA + STATION.replace("PLACE", "106.5").replace("UNIT", '"24"')
    assert kinds(told.replace("6x9", "6x1 stale")) == [("high", "fired", "60"), ("high", "stale", "240")]
    assert kinds(told.replace("6x9", "6 _x9")) == [("high", "fired", "60"), ("high", "stale", "180")]


def test_positions_statuses_and_figures_are_judged() -> None:
    moves = "    positions: [{station: s/bus, at: 0s, place: [105, 21.5]}, {station: s/bus, at: 10s, place: [106.1, 21.5]}]\n"
    told = (
        moves
        + "    statuses: [{source: s, at: 20s, online: false}]\n    figures: [{rule: off-target, subject: 'unit:24', at: 30s, value: 0.2}]\n"
    )
    assert kinds(AREA + told) == [("inside", "fired", "10"), ("gone", "fired", "20"), ("off-target", "fired", "30")]
