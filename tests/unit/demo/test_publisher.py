import pytest

from ioc.demo.publisher import BrokerAddress
from ioc.errors import ConfigurationError


def test_address_is_read_with_user_password_and_default_port() -> None:
    address = BrokerAddress.parse("mqtt://bg%2Dair:p%40ss@broker")
    assert (address.host, address.port, address.tls, address.user, address.password) == ("broker", 1883, False, "bg-air", "p@ss")


def test_mqtts_means_tls_and_its_port() -> None:
    address = BrokerAddress.parse("mqtts://broker.example", protocol=311)
    assert (address.tls, address.port, address.protocol) == (True, 8883, 311)


def test_source_stands_in_for_the_user() -> None:
    client = BrokerAddress.parse("mqtt://{source}:key-{source}@127.0.0.1").client("bg-air", "bg-air-1")
    assert (client.username, client.password) == ("bg-air", "key-bg-air")


@pytest.mark.parametrize("url", ["http://broker", "mqtt://", "broker:1883", "mqtt://broker:99999"])
def test_unusable_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="the broker's address"):
        BrokerAddress.parse(url)


def test_unknown_protocol_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="MQTT protocol 4 is not one of 5, 311"):
        BrokerAddress.parse("mqtt://broker", protocol=4)
