"""The settings, loaded when a command asks for them: loading what reads them takes as long as all else that `ioc --help` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ioc.settings import Settings


def load_settings() -> Settings:
    """Return the settings of `ioc.toml` and `IOC_…`; raises as `ioc.settings.load_settings` does."""
    from ioc import settings  # noqa: PLC0415

    return settings.load_settings()
