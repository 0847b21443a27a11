from itertools import pairwise

import pytest

from ioc.demo.province_episodes import Noise, Recurrence
from ioc.demo.province_places import Spot, all_places, distance_km, heading_deg, place_named, rounded, way, way_through
from ioc.demo.province_stations import SLUICE, fixed_stations
from ioc.demo.province_vehicles import BUS_LINES, vehicles
from ioc.demo.province_world import LUC_NAM, World


def test_distance_and_heading() -> None:
    home = Spot(106.2, 21.28)
    assert distance_km(home, home.moved(3.0, 4.0)) == pytest.approx(5.0, rel=1e-3)
    assert heading_deg(home, home.moved(1.0, 0.0)) == pytest.approx(90.0)
    assert heading_deg(home, home.moved(0.0, -1.0)) == pytest.approx(180.0)


def test_a_way_goes_from_neighbour_to_neighbour() -> None:
    path = way(place_named("Ngô Quyền"), place_named("Chũ"))
    assert (path[0].short, path[-1].short) == ("Ngô Quyền", "Chũ")
    assert max(distance_km(a.spot, b.spot) for a, b in pairwise(path)) < 12.0


def test_every_bus_line_can_be_driven() -> None:
    assert all(len(way_through(line.through)) >= len(line.through) for line in BUS_LINES)


def test_unknown_place_is_named() -> None:
    with pytest.raises(LookupError, match="no commune is called 'Atlantis'"):
        place_named("Atlantis")


def test_a_curve_passes_through_its_points() -> None:
    corners = [Spot(106.0, 21.0), Spot(106.1, 21.1), Spot(106.2, 21.0)]
    curve = rounded(corners, 8)
    assert len(curve) == 17
    assert curve[8] == corners[1]


def test_episodes_come_once_in_a_slot_and_end() -> None:
    story = Recurrence("seed", every_s=100.0, first_s=10.0, lasts_s=(20.0, 30.0), draw=lambda random: random.random())
    begins = [story.episode(number).begin for number in range(50)]
    assert begins[0] == 10.0
    assert all(10.0 + 100 * n <= begin <= 50.0 + 100 * n for n, begin in enumerate(begins))
    assert not list(story.active(9.9))
    assert [episode.number for episode in story.active(10.0)] == [0]
    assert not list(story.active(41.0))


def test_strength_rises_and_falls() -> None:
    episode = Recurrence("seed", every_s=100.0, first_s=0.0, lasts_s=(40.0, 40.0), draw=lambda _: None).episode(0)
    assert [episode.strength(t, 10.0) for t in (-1.0, 0.0, 20.0, 40.0, 41.0)] == [0.0, 0.0, 1.0, 0.0, 0.0]
    assert 0.0 < episode.strength(3.0, 10.0) < episode.strength(6.0, 10.0) < 1.0


def test_noise_keeps_within_one() -> None:
    noise = Noise("seed", 60.0)
    assert all(-1.0 <= noise.at(t) <= 1.0 for t in range(0, 10_000, 7))


def test_rain_raises_the_river_later_downstream() -> None:
    world = World(1, 0.0)
    upstream = [world.flood(LUC_NAM, 300.0, float(t)) for t in range(0, 3600, 60)]
    downstream = [world.flood(LUC_NAM, 1500.0, float(t + 1200)) for t in range(0, 3600, 60)]
    assert downstream == pytest.approx(upstream, abs=0.05)
    assert max(upstream) - min(upstream) > 0.3


def test_lamps_burn_at_night_only() -> None:
    circuit = next(s for s in fixed_stations(World(1, 0.0)) if s.kind.name == "lighting_circuit")
    assert circuit.sensor.read(22 * 3600.0)["on"] == 1.0
    assert circuit.sensor.read(12 * 3600.0)["on"] == 0.0


def test_station_ids_are_unique() -> None:
    ids = [(station.kind.source, station.id) for station in fixed_stations(World(1, 0.0))]
    assert len(set(ids)) == len(ids) == 408


def test_an_ambulance_drives_out_and_comes_home() -> None:
    ambulance = next(vehicle for vehicle in vehicles(1) if vehicle.kind == "ambulance").motion
    home = ambulance.at(0.0).spot
    away = [distance_km(home, ambulance.at(float(t)).spot) for t in range(0, 2700, 10)]
    assert max(away) > 1.5
    assert away[-1] == pytest.approx(0.0, abs=0.01)


def test_gauges_lie_within_the_province() -> None:
    for station in [one for one in fixed_stations(World(1, 0.0)) if one.kind is not SLUICE]:
        assert min(distance_km(place.spot, station.spot) for place in all_places()) < 6.0
