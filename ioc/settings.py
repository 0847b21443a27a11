"""Settings: `ioc.toml`, overruled by environment variables `IOC_…`; read by app and cli only."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from ioc.access.cross_origin import read_origins
from ioc.errors import ConfigurationError
from ioc.loopback import LOOPBACK


def _as_number(told: Any) -> Any:
    return int(told) if isinstance(told, str) and told.isdigit() else told


class Settings(BaseSettings):
    """Everything that an administrator can set; see `.env.example` for the words."""

    model_config = SettingsConfigDict(env_prefix="IOC_", toml_file="ioc.toml", frozen=True, extra="ignore", env_ignore_empty=True)

    database_url: str = Field("postgresql://ioc@127.0.0.1:5432/ioc", description="where the store is")
    mqtt_url: str = Field("mqtt://127.0.0.1:1883", description="mqtt://user:password@host:port, or mqtts:// for TLS")
    mqtt_protocol: Annotated[Literal[5, 311], BeforeValidator(_as_number)] = Field(5, description="MQTT 5, or 311 for a broker of 3.1.1")
    mqtt_ca_file: Path | None = None
    http_host: str = "127.0.0.1"
    http_port: int = Field(8080, ge=0, le=65535)
    sdi_dir: Path = Path("sdi")
    partition: str = Field(
        "default",
        pattern=r"^[a-z0-9-]{1,32}$",
        description="name of the durable session and lock of this ingester; of several with one name one works, the others stand by",
    )
    topic_filter: str = "ioc/v1/#"
    batch_size: int = Field(5000, ge=1, le=100_000, description="messages in one commit at most; also the in-flight window")
    batch_age_ms: int = Field(10, ge=1, le=10_000, description="how long the first message of a batch waits for company")
    rate_limit: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="messages a second that are taken from each source; over it they are refused; none: all",
    )
    query_timeout_s: float = Field(30, ge=0.1, le=3600, description="how long a question over HTTP may keep the database busy")
    retention_days: int | None = Field(None, ge=1, description="drop observations and positions older than this; none: keep all")
    quarantine_max_mb: int = Field(1024, ge=1, description="how much is kept of what was not accepted; over it the oldest go")
    history_max_mb: int = Field(1024, ge=1, description="how long a body of POST /v1/observations may be")
    source_policy: Literal["open", "pending", "closed"] = Field(
        "open",
        description="whether the stations of a source without a policy of its own register themselves, wait for approval, or are imported",
    )
    shelve_max_days: float = Field(
        7, gt=0, le=366, allow_inf_nan=False, description="for how long operators may put an alert aside at most; then it is listed again"
    )
    live_public: bool = Field(False, description="whether everybody may read stations, alerts, units-now and events under /ogc")
    cors_origins: str = Field(
        "",
        description="origins whose pages may read /ogc and /catalog.jsonld, separated by commas, or *; empty: none",
    )
    tile_cache: Path | None = Field(None, description="folder for unpacked vector tiles; none: one in the machine's for temporary files")
    base_map_tiles: str | None = Field(None, description="URL template of an online raster base map; none: the units are the base map")
    base_map_attribution: str = ""
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, told: str) -> str:
        read_origins(told)
        return told

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        return self.http_host in LOOPBACK

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments overrule the environment, which overrules the file."""
        _ = dotenv_settings
        return init_settings, env_settings, file_secret_settings, TomlConfigSettingsSource(settings_cls)


def load_settings() -> Settings:
    """Return the settings of this process.

    Raises:
        ConfigurationError: names each setting that is wrong or unknown, its value and what is allowed.
    """
    try:
        _refuse_unknown(Path("ioc.toml"))
        return Settings()
    except ValidationError as error:
        faults = [f"IOC_{'_'.join(map(str, fault['loc'])).upper()} = {fault['input']!r:.80}: {fault['msg']}" for fault in error.errors()]
        raise ConfigurationError("; ".join(faults)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"ioc.toml is not TOML: {error}") from None


def _refuse_unknown(file: Path) -> None:
    """Raise ConfigurationError where `file` has what is no setting, and name the settings that may be meant."""
    if not file.is_file():
        return
    faults = []
    for name in tomllib.loads(file.read_text(encoding="utf-8")):
        if name not in Settings.model_fields:
            near = " or ".join(get_close_matches(name.lower(), Settings.model_fields, n=2))
            faults.append(f"{name!r:.80} (is it {near}?)" if near else f"{name!r:.80}")
    if faults:
        raise ConfigurationError(f"{file} has settings that do not exist: {', '.join(faults)}")
