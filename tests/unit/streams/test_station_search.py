import pytest

from ioc.domain.live import Changes
from ioc.streams.filter import Filter
from ioc.streams.mirror import Mirror
from ioc.streams.station_search import StationSearch, Wanted, fold, words_of
from ioc.streams.view import View
from tests.support.examples import alert, station

UNIT = {"code": "24", "path_vi": "Phường Bắc Giang, Tỉnh Bắc Ninh", "path_en": "Bac Giang ward"}


@pytest.fixture
def mirror() -> Mirror:
    mirror = Mirror()
    described = [
        station("r2", name="Trạm đo mưa 2", kind="rain_gauge", lon=105.0, lat=21.0),
        station("r10", name="Trạm đo mưa 10", kind="rain_gauge", lon=106.0, lat=21.0, unit=UNIT),
        station("w1", name="Cầu Đuống", kind="river_gauge", lon=107.0, lat=20.0),
        station("nowhere", name="Ở đâu đó", kind="pump", lon=None, lat=None),
    ]
    mirror.apply(Changes(stations=described))
    mirror.apply(Changes(alerts=[alert(1, subject="hydro/w1/water_level")]))
    return mirror


def found(mirror: Mirror, wanted: Wanted, limit: int = 10) -> list[str]:
    entities, total = StationSearch().find(mirror.entities(), wanted, limit)
    assert total >= len(entities)
    return [entity.id.removeprefix("hydro/") for entity in entities]


@pytest.mark.parametrize(
    ("typed", "stations"),
    [
        ("duong", ["w1"]),
        ("Đuống", ["w1"]),
        ("do mua", ["r10", "r2"]),
        ("mua 10", ["r10"]),
        ("rain_gauge", ["r10", "r2"]),
        ("hydro/r2", ["r2"]),
        ("bac giang mua", ["r10"]),
        ("bac giang duong", []),
        ("", ["nowhere", "r10", "r2", "w1"]),
    ],
)
def test_words_are_found_without_their_marks(mirror: Mirror, typed: str, stations: list[str]) -> None:
    assert found(mirror, Wanted(words_of(typed))) == stations


def test_worst_come_first_then_names_in_the_order_of_their_numbers(mirror: Mirror) -> None:
    assert found(mirror, Wanted(order="worst")) == ["w1", "nowhere", "r2", "r10"]


def test_total_counts_what_the_limit_leaves_out(mirror: Mirror) -> None:
    entities, total = StationSearch().find(mirror.entities(), Wanted(words_of("mua")), 1)
    assert (len(entities), total) == (1, 2)


def test_filter_and_rectangle_narrow(mirror: Mirror) -> None:
    assert found(mirror, Wanted(fits=Filter(state="minor"))) == ["w1"]
    assert found(mirror, Wanted(within=View(104.5, 20.5, 105.5, 21.5))) == ["r2"]
    assert found(mirror, Wanted(within=View(106.5, 19, 105.5, 22))) == ["r2", "w1"], "over the antimeridian"


def test_station_is_found_by_its_new_name(mirror: Mirror) -> None:
    search = StationSearch()
    assert search.find(mirror.entities(), Wanted(words_of("duong")), 1)[1] == 1
    mirror.apply(Changes(stations=[station("w1", name="Cầu Hồ")]))
    assert search.find(mirror.entities(), Wanted(words_of("duong")), 1)[1] == 0
    assert search.find(mirror.entities(), Wanted(words_of("cau ho")), 1)[1] == 1


def test_folding_takes_marks_and_strokes() -> None:
    assert fold("Đường Bắc Giang") == "duong bac giang"
