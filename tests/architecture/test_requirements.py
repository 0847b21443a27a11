"""A test that lacks a service is skipped and listed, or fails where IOC_TEST_REQUIRE says so; never passes unseen."""

from collections import Counter

import pytest

from tests.support import requirements
from tests.support.requirements import REQUIREMENTS, need, required


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements, "is_there", lambda _name: False)
    monkeypatch.setattr(requirements, "missed", Counter())
    monkeypatch.delenv("IOC_TEST_REQUIRE", raising=False)


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_missing_service_skips_and_is_counted(name: str) -> None:
    with pytest.raises(pytest.skip.Exception, match=REQUIREMENTS[name].what):
        need(name)
    assert requirements.missed == {name: 1}


def test_missing_service_that_is_demanded_fails_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_TEST_REQUIRE", "timescale, mosquitto")
    with pytest.raises(pytest.fail.Exception, match=r"Mosquitto is missing.*install-services"):
        need("mosquitto")
    with pytest.raises(pytest.skip.Exception):
        need("chromium")


def test_unknown_name_in_the_demand_is_an_error() -> None:
    with pytest.raises(ValueError, match="names timescail, which is none of timescale"):
        required("timescail")
