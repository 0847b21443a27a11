"""The stations of the simulated province: who they are, where they stand, what they measure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from ioc.demo.province_places import Place, Spot, all_places, place_named, way_through
from ioc.demo.province_sensors import (
    AirMonitor,
    Availability,
    LightingCircuit,
    RainGauge,
    RiverGauge,
    Sensor,
    Site,
    SluiceGauge,
    TrafficCounter,
    WasteBin,
)
from ioc.demo.province_vehicles import BUS_LINES
from ioc.demo.province_world import CAU, LUC_NAM, THUONG, River, World


@dataclass(frozen=True, slots=True)
class Measure:
    """One property of a kind: UCUM unit, Vietnamese name, and the range that values keep to."""

    unit: str
    name: str
    min: float
    max: float


@dataclass(frozen=True)
class Kind:
    """What stations of one kind share: `interval_s` is how often they report unless another rate is asked for, `prefix` begins their ids."""

    source: str
    prefix: str
    name: str
    label: str
    interval_s: float
    measures: dict[str, Measure] = field(repr=False)


@dataclass(frozen=True)
class Station:
    """One fixed station."""

    kind: Kind
    id: str
    name: str
    spot: Spot
    sensor: Sensor


_WATER = {
    "water_level": Measure("m", "Mực nước", -5.0, 30.0),
    "above_alarm_1": Measure("m", "So với báo động 1", -20.0, 10.0),
}
_RAIN = {
    "rain_1h": Measure("mm/h", "Cường độ mưa", 0.0, 300.0),
    "rain_24h": Measure("mm", "Lượng mưa 24 giờ", 0.0, 2000.0),
}
_AIR = {
    "pm2_5": Measure("ug/m3", "Bụi PM2.5", 0.0, 1000.0),
    "pm10": Measure("ug/m3", "Bụi PM10", 0.0, 2000.0),
    "o3": Measure("ug/m3", "Ôzôn (O₃)", 0.0, 1000.0),
    "no2": Measure("ug/m3", "Nitơ điôxít (NO₂)", 0.0, 1000.0),
    "so2": Measure("ug/m3", "Lưu huỳnh điôxít (SO₂)", 0.0, 2000.0),
    "co": Measure("mg/m3", "Cacbon mônôxít (CO)", 0.0, 100.0),
}
_TRAFFIC = {
    "flow": Measure("/h", "Lưu lượng xe", 0.0, 10_000.0),
    "speed": Measure("km/h", "Tốc độ trung bình", 0.0, 150.0),
}
_LIGHTING = {
    "on": Measure("1", "Đang bật", 0.0, 1.0),
    "current": Measure("A", "Dòng điện", 0.0, 200.0),
    "voltage": Measure("V", "Điện áp", 0.0, 400.0),
    "power": Measure("kW", "Công suất", 0.0, 200.0),
}
_UP = {"up": Measure("1", "Hoạt động", 0.0, 1.0)}

RIVER = Kind("bg-hydro", "", "river_gauge", "Trạm thủy văn", 15.0, _WATER)
STREAM = Kind("bg-hydro", "", "stream_gauge", "Trạm thủy văn", 15.0, _WATER)
RAIN = Kind("bg-hydro", "mua", "rain_gauge", "Trạm đo mưa", 20.0, _RAIN)
AIR = Kind("bg-air", "kk", "air_quality", "Trạm không khí", 20.0, _AIR)
TRAFFIC = Kind("bg-traffic", "gt", "traffic_counter", "Bộ đếm xe", 10.0, _TRAFFIC)
CAMERA = Kind("bg-traffic", "cam", "camera", "Camera", 30.0, _UP)
LIGHTING = Kind("bg-lighting", "cs", "lighting_circuit", "Tủ chiếu sáng", 30.0, _LIGHTING)
TELECOM = Kind("bg-telecom", "bts", "telecom_site", "Trạm BTS", 20.0, _UP)
POWER = Kind("bg-power", "tba", "power_site", "Trạm biến áp", 20.0, _UP)
WASTE = Kind("bg-waste", "rac", "waste_bin", "Điểm tập kết rác", 60.0, {"fill": Measure("%", "Mức đầy", 0.0, 100.0)})
SLUICE = Kind("nd-hydro", "cong", "sluice", "Cống", 60.0, {"salinity": Measure("g/L", "Độ mặn", 0.0, 40.0)})

_GAUGES: tuple[tuple[str, str, River, Kind, float, float, Spot], ...] = (
    # id, name, river, kind, first alarm level (m), delay of a flood wave (s), place
    ("dap-cau", "Đáp Cầu", CAU, RIVER, 4.3, 2100.0, Spot(106.0925, 21.2110)),
    ("van-ha", "Vân Hà", CAU, RIVER, 4.3, 1800.0, Spot(106.0390, 21.2180)),
    ("chau-minh", "Châu Minh", CAU, STREAM, 5.6, 1300.0, Spot(105.9663, 21.2560)),
    ("phuc-loc-phuong", "Phúc Lộc Phương", CAU, STREAM, 6.0, 1000.0, Spot(105.9410, 21.2950)),
    ("phu-lang-thuong", "Phủ Lạng Thương", THUONG, RIVER, 4.3, 1700.0, Spot(106.1856, 21.2722)),
    ("dong-phuc", "Đồng Phúc", THUONG, RIVER, 4.3, 2300.0, Spot(106.2930, 21.1460)),
    ("bo-ha", "Bố Hạ", THUONG, STREAM, 10.0, 900.0, Spot(106.1980, 21.4460)),
    ("cau-son", "Cầu Sơn", THUONG, STREAM, 14.0, 600.0, Spot(106.3110, 21.3930)),
    ("luc-nam", "Lục Nam", LUC_NAM, RIVER, 4.3, 1500.0, Spot(106.3990, 21.2985)),
    ("bac-lung", "Bắc Lũng", LUC_NAM, RIVER, 4.3, 1900.0, Spot(106.3660, 21.2480)),
    ("tri-yen", "Trí Yên", LUC_NAM, RIVER, 4.3, 2200.0, Spot(106.3160, 21.2080)),
    ("chu", "Chũ", LUC_NAM, STREAM, 8.5, 900.0, Spot(106.5640, 21.3680)),
    ("cam-dan", "Cẩm Đàn", LUC_NAM, STREAM, 25.0, 500.0, Spot(106.7800, 21.3620)),
    ("an-chau", "An Châu", LUC_NAM, STREAM, 27.0, 300.0, Spot(106.8500, 21.3350)),
)
# On the coast of Nam Định, which lends the demonstration what the hills of Bắc Giang have not: salt water. Places are good to three kilometres,
# and lie in a unit by the approximate boundaries that are shipped.
_SLUICES: tuple[tuple[str, str, float, Spot], ...] = (
    # id, name, salinity at the height of an ordinary tide (g/l), place
    ("ha-mieu", "Hạ Miêu (sông Hồng)", 0.5, Spot(106.4083, 20.3251)),
    ("ngo-dong", "Ngô Đồng (sông Hồng)", 1.3, Spot(106.4449, 20.2839)),
    ("con-nhat", "Cồn Nhất (sông Hồng)", 3.2, Spot(106.5180, 20.2880)),
    ("muc", "Múc (sông Ninh Cơ)", 0.8, Spot(106.2270, 20.1850)),
)
_AIR_TOWNS = ("Ngô Quyền", "Đa Mai", "Vôi", "Kép", "Đồi Ngô", "Chũ", "An Châu", "Bố Hạ", "Cao Thượng", "Thắng", "Bích Động")
_AIR_FACTORIES = ("Quang Châu", "Vân Trung", "Nội Hoàng")
_RAIN_GAUGES, _COUNTERS, _CAMERAS, _CIRCUITS, _TELECOM_SITES, _POWER_SITES, _WASTE_BINS = 44, 56, 16, 110, 90, 24, 36

_Make = Callable[[Site, Sequence[Spot]], Sensor]
"""Makes the sensor of a site; the second argument is where all sites of its row stand."""


def fixed_stations(world: World) -> list[Station]:
    """Return all stations that stand still, some 400, in a lasting order."""
    urban = [place for place in all_places() if place.is_urban]
    on_roads = list(dict.fromkeys(place for line in BUS_LINES for place in way_through(line.through)))
    return [
        *_river_gauges(world),
        *_row(world, RAIN, _spread(world, RAIN, _RAIN_GAUGES), lambda site, _: RainGauge(site)),
        *_row(world, AIR, [place_named(name) for name in _AIR_TOWNS + _AIR_FACTORIES], lambda site, _: AirMonitor(site)),
        *_row(world, TRAFFIC, on_roads[:_COUNTERS], lambda site, spots: TrafficCounter(site, len(spots))),
        *_row(
            world,
            CAMERA,
            [urban[n % len(urban)] for n in range(_CAMERAS)],
            lambda site, spots: Availability(site, world.blind_cameras, spots),
        ),
        *_row(world, LIGHTING, [urban[n % len(urban)] for n in range(_CIRCUITS)], lambda site, spots: LightingCircuit(site, len(spots))),
        *_row(world, TELECOM, _spread(world, TELECOM, _TELECOM_SITES), lambda site, spots: Availability(site, world.outages, spots)),
        *_row(world, POWER, _spread(world, POWER, _POWER_SITES), lambda site, spots: Availability(site, world.power_cuts, spots)),
        *_row(world, WASTE, _spread(world, WASTE, _WASTE_BINS), lambda site, _: WasteBin(site)),
        *_sluices(world),
    ]


def _river_gauges(world: World) -> Iterator[Station]:
    for number, (id_, name, river, kind, alarm_1, lag_s, spot) in enumerate(_GAUGES):
        sensor = RiverGauge(Site(world, id_, spot, number), river, alarm_1=alarm_1, lag_s=lag_s)
        yield Station(kind, id_, f"{kind.label} {name} ({river.name})", spot, sensor)


def _sluices(world: World) -> Iterator[Station]:
    for number, (id_, name, reach, spot) in enumerate(_SLUICES):
        sensor = SluiceGauge(Site(world, id_, spot, number), reach=reach)
        yield Station(SLUICE, f"{SLUICE.prefix}-{id_}", f"{SLUICE.label} {name}", spot, sensor)


def _spread(world: World, kind: Kind, count: int) -> list[Place]:
    """Return `count` communes evenly over the province; the seed says where to begin."""
    places = all_places()
    first = Random(f"{world.seed}/{kind.name}").random()  # noqa: S311 - a story, not a secret
    return [places[int((number + first) * len(places) / count)] for number in range(count)]


def _row(world: World, kind: Kind, places: Sequence[Place], make: _Make) -> Iterator[Station]:
    """Yield one station for each place, a few hundred metres off its centre; a place named again gets a second one, and so on."""
    seen: Counter[Place] = Counter()
    named: list[tuple[str, str, Spot]] = []
    for place in places:
        seen[place] += 1
        suffix, number = (f"-{seen[place]}", f" số {seen[place]}") if places.count(place) > 1 else ("", "")
        id_ = f"{kind.prefix}-{place.code}{suffix}"
        random = Random(f"{world.seed}/{id_}/spot")  # noqa: S311 - a story, not a secret
        spot = place.spot.moved(random.uniform(-0.35, 0.35), random.uniform(-0.35, 0.35))
        named.append((id_, f"{kind.label} {place.short}{number}", spot))
    spots = [spot for _, _, spot in named]
    for nth, (id_, name, spot) in enumerate(named):
        yield Station(kind, id_, name, spot, make(Site(world, id_, spot, nth), spots))
