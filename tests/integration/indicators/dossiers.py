"""Dossiers of the small province."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SDI = Path(__file__).parents[2] / "support" / "small_sdi"


def received(subject: str, unit: str, day: str, channel: str = "online", **more: Any) -> dict[str, Any]:
    data = {"channel": channel, **more}
    return {"subject": subject, "unit": unit, "time": f"{day}T09:00:00+07:00", "data": data}


def resolved(subject: str, unit: str, day: str, hour: int = 9, **data: Any) -> dict[str, Any]:
    return {"subject": subject, "unit": unit, "time": f"{day}T{hour:02d}:00:00+07:00", "data": data}
