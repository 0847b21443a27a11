from typing import Any

import msgspec
import pytest

from ioc.domain.live import Changes
from ioc.streams.filter import Filter
from ioc.streams.mirror import Mirror
from tests.support.examples import alert, observation, station


def gauge() -> Any:
    mirror = Mirror()
    mirror.apply(
        Changes(stations=[station(unit={"code": "07207"})], observations=[observation(0, 4)], alerts=[alert(1, severity="severe")])
    )
    return mirror.get("hydro/dap-cau")


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ({}, True),
        ({"kind": ["river_gauge"]}, True),
        ({"kind": ["bus", "river_gauge"]}, True),
        ({"kind": ["bus"]}, False),
        ({"source": ["hydro"]}, True),
        ({"source": ["buses"]}, False),
        ({"unit": ["07207"]}, True),
        ({"unit": ["00001"]}, False),
        ({"property": ["rain", "water_level"]}, True),
        ({"property": ["rain"]}, False),
        ({"state": "minor"}, True),
        ({"state": "severe"}, True),
        ({"state": "extreme"}, False),
        ({"kind": ["river_gauge"], "source": ["buses"]}, False),
    ],
)
def test_station_fits_when_all_that_is_named_fits(wanted: dict[str, Any], fits: bool) -> None:
    assert msgspec.convert(wanted, Filter).fits(gauge()) is fits


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [({}, True), ({"source": ["hydro"]}, True), ({"source": ["x"]}, False), ({"unit": ["07207"]}, False), ({"state": "severe"}, False)],
)
def test_alert_fits_by_source_unit_and_severity(wanted: dict[str, Any], fits: bool) -> None:
    assert msgspec.convert(wanted, Filter).fits_alert(alert(1)) is fits


@pytest.mark.parametrize("wanted", [{"colour": ["red"]}, {"state": "normal"}, {"kind": "bus"}, {"kind": [""]}, {"kind": ["x"] * 65}])
def test_what_is_no_filter(wanted: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wanted, Filter)
