from ioc.domain.observation import SeriesKey, StationKey


def test_names_in_the_api_and_the_stream() -> None:
    series = SeriesKey("hydro", "dap-cau", "water_level")
    assert str(series) == "hydro/dap-cau/water_level"
    assert series.of_station() == StationKey("hydro", "dap-cau")
    assert str(series.of_station()) == "hydro/dap-cau"
