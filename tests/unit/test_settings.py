from pathlib import Path

import pytest
from pydantic import ValidationError

from ioc.errors import ConfigurationError
from ioc.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No environment, no file."""
    import os

    for name in [name for name in os.environ if name.startswith("IOC_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_any_setting_the_service_is_for_this_machine_alone() -> None:
    settings = load_settings()
    assert (settings.http_host, settings.http_port, settings.is_loopback) == ("127.0.0.1", 8080, True)
    assert settings.mqtt_url == "mqtt://127.0.0.1:1883"
    assert settings.retention_days is None


def test_environment_overrules_the_file(empty_place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (empty_place / "ioc.toml").write_text('http_port = 1\nbatch_size = 7\nsdi_dir = "layers"')
    monkeypatch.setenv("IOC_HTTP_PORT", "2")
    settings = load_settings()
    assert (settings.http_port, settings.batch_size, settings.sdi_dir) == (2, 7, Path("layers"))
    assert Settings(http_port=3).http_port == 3


@pytest.mark.parametrize(("word", "protocol"), [("5", 5), ("311", 311)])
def test_protocol_is_a_number_also_in_the_environment(word: str, protocol: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_MQTT_PROTOCOL", word)
    assert load_settings().mqtt_protocol == protocol


@pytest.mark.parametrize(("host", "loopback"), [("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False), ("10.0.0.1", False)])
def test_loopback(host: str, loopback: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_HTTP_HOST", host)
    assert load_settings().is_loopback is loopback


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("IOC_HTTP_PORT", "eighty", "valid integer"),
        ("IOC_HTTP_PORT", "65536", "less than or equal to 65535"),
        ("IOC_BATCH_SIZE", "0", "greater than or equal to 1"),
        ("IOC_BATCH_AGE_MS", "-1", "greater than or equal to 1"),
        ("IOC_RETENTION_DAYS", "0", "greater than or equal to 1"),
        ("IOC_MQTT_PROTOCOL", "4", "5 or 311"),
        ("IOC_LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("IOC_PARTITION", "A b", "pattern"),
        ("IOC_RATE_LIMIT", "0", "greater than 0"),
        ("IOC_CORS_ORIGINS", "data.example", "is no origin such as"),
        ("IOC_RATE_LIMIT", "inf", "finite"),
        ("IOC_QUERY_TIMEOUT_S", "0", "greater than or equal to 0.1"),
    ],
)
def test_setting_that_is_wrong_is_named_with_its_value_and_what_is_allowed(
    name: str, value: str, allowed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as error:
        load_settings()
    assert error.value.detail.startswith(f"{name} = ")
    assert value in error.value.detail
    assert allowed in error.value.detail
    assert "\n" not in error.value.detail


def test_every_setting_that_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_HTTP_PORT", "x")
    monkeypatch.setenv("IOC_LOG_FORMAT", "y")
    with pytest.raises(ConfigurationError, match=r"IOC_HTTP_PORT = 'x': .*; IOC_LOG_FORMAT = 'y': "):
        load_settings()


@pytest.mark.parametrize("text", [b"http_port = ", b"http_port 8080", b"\xff"])
def test_file_that_is_not_toml_is_named(text: bytes, empty_place: Path) -> None:
    (empty_place / "ioc.toml").write_bytes(text)
    with pytest.raises(ConfigurationError, match=r"ioc.toml is not TOML: "):
        load_settings()


def test_key_of_the_file_that_is_no_setting_is_named_with_what_may_be_meant(empty_place: Path) -> None:
    (empty_place / "ioc.toml").write_text("http_prot = 1\nzzz = 2\n[RETENTION-DAYS]\nbatch_size = 7")
    with pytest.raises(ConfigurationError) as error:
        load_settings()
    detail = "'http_prot' (is it http_port or http_host?), 'zzz', 'RETENTION-DAYS' (is it retention_days?)"
    assert error.value.detail == f"ioc.toml has settings that do not exist: {detail}"


def test_settings_do_not_change() -> None:
    settings = load_settings()
    with pytest.raises(ValidationError):
        settings.http_port = 1  # type: ignore[misc]
