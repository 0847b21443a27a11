"""The settings: every value is read, and names that nobody reads are found, each with the one that was perhaps meant."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from ioc.doctor.finding import Findings
from ioc.errors import ConfigurationError
from ioc.settings import Settings, load_settings

_PREFIX = "IOC_"
# Read by the demo, the tests, docker-compose.yml and this command; not settings of the service.
_OTHERS = frozenset(
    {
        *("IOC_DEMO_PORT", "IOC_DOCTOR_KEY", "IOC_TEST_DATA", "IOC_TEST_DATABASE_URL", "IOC_TEST_REQUIRE", "IOC_TEST_SCREENS"),
        *("IOC_BROKER_BIND", "IOC_BROKER_NAMES", "IOC_DB_PASSWORD", "IOC_HTTP_BIND", "IOC_IMAGE", "IOC_MQTT_PASSWORD"),
    }
)
_WHY = "a name that nobody reads changes nothing: the setting that was meant has its usual value"


def check_settings(environment: Mapping[str, str], file: Path, found: Findings) -> Settings | None:
    """Return the settings, None where they cannot be read; a name in `file` that is no setting is one of the reasons."""
    variables = {name.upper() for name in environment if name.upper().startswith(_PREFIX)}
    _judge_variables(variables, found)
    try:
        settings = load_settings()
    except ConfigurationError as error:
        found.fault(
            "values",
            error.detail,
            why="the service does not start, and nothing else can be looked at",
            remedy="mend ioc.toml or the variable that is named, then run this again",
        )
        return None
    told = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    chosen = [name for name in Settings.model_fields if name in told or _variable(name) in variables]
    shown = ", ".join(f"{name} = {_shown(getattr(settings, name))}" for name in chosen)
    found.ok("values", f"{len(Settings.model_fields)} read, {len(chosen)} set" + (f": {shown}" if chosen else ""))
    return settings


def _judge_variables(variables: Iterable[str], found: Findings) -> None:
    known = {_variable(name) for name in Settings.model_fields} | _OTHERS
    for name in sorted(set(variables) - known):
        found.warn("unknown name", f"{name} in the environment", why=_WHY, remedy=_meant(name, known))


def _variable(setting: str) -> str:
    return f"{_PREFIX}{setting}".upper()


def _meant(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, sorted(known), n=2, cutoff=0.7)
    return f"take it out, or write {' or '.join(near)}" if near else "take it out: nothing is called like that"


def _shown(value: object) -> str:
    """Return a value for people, without the password that an address may have."""
    text = str(value)
    if "://" not in text:
        return text
    try:
        url = urlsplit(text)
        password = url.password
    except ValueError:
        return "an address that cannot be read"
    return text if password is None else urlunsplit(url._replace(netloc=f"{url.username or ''}:…@{url.netloc.rpartition('@')[2]}"))
