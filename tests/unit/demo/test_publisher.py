import pytest

from ioc.demo.publisher import client_for
from ioc.errors import ConfigurationError
from ioc.mqtt import Endpoint


def test_user_and_password_are_those_of_the_address() -> None:
    client = client_for(Endpoint("mqtt://bg%2Dair:p%40ss@broker"), "bg-hydro", "bg-hydro-1")
    assert (client.username, client.password) == ("bg-air", "p@ss")


def test_source_stands_in_for_the_user() -> None:
    client = client_for(Endpoint("mqtt://{source}:key-{source}@127.0.0.1"), "bg-air", "bg-air-1")
    assert (client.username, client.password) == ("bg-air", "key-bg-air")


def test_no_user_without_one_in_the_address() -> None:
    assert client_for(Endpoint("mqtt://127.0.0.1", 311), "bg-air", "bg-air-1").username is None


@pytest.mark.parametrize("url", ["http://broker", "mqtt://", "broker:1883"])
def test_unusable_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="is not mqtt://host:port or mqtts://host:port"):
        client_for(Endpoint(url), "bg-air", "bg-air-1")


def test_unknown_protocol_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="MQTT protocol 4 is not one of 5, 311"):
        client_for(Endpoint("mqtt://broker", 4), "bg-air", "bg-air-1")
