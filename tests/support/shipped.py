"""The layers that are shipped, published into a database; given to `DatabaseServers.fresh` they are published once and copied."""

from __future__ import annotations

import asyncio

from ioc.geo.publish import sdi_publish
from tests.support.services import SDI_DIRECTORY


def units(dsn: str) -> None:
    """Publish the units of Bắc Giang with their tiles."""
    asyncio.run(sdi_publish(dsn, sdi_dir=SDI_DIRECTORY, layer="units"))


def layers(dsn: str) -> None:
    """Publish all layers with their tiles."""
    asyncio.run(sdi_publish(dsn, sdi_dir=SDI_DIRECTORY))
