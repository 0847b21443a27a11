"""Service events: something happened in one of the systems that the centre watches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ServiceEvent:
    """One event; (`source`, `id`) is its identity.

    `unit_code` is the code that the sender names; `data` is the sender's own object as JSON text.
    """

    source: str
    id: str
    type: str
    time: datetime
    subject: str | None = None
    unit_code: str | None = None
    lon: float | None = None
    lat: float | None = None
    data: str = "{}"
