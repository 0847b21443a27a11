"""Reads the systems' files of a folder, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from ioc.errors import ConfigurationError
from ioc.indicators.check import check_systems, read_centre, read_system
from ioc.indicators.plan import Plan, make_plan
from ioc.indicators.system import CentreFile, Level, Text, WorkingTime

CENTRE_FILE = "indicators.yaml"
FOLDER = "systems"
_USUAL = CentreFile(
    [Level("province", Text("Tỉnh", "Province")), Level("district", Text("Huyện", "District")), Level("commune", Text("Xã", "Commune"))],
    WorkingTime([1, 2, 3, 4, 5], [("07:30", "11:30"), ("13:30", "17:00")], "VN"),
)


def plan_files(sdi: Path) -> list[Path]:
    """Return the files that say what is computed, so far as there are any."""
    centre = sdi / CENTRE_FILE
    return [*([centre] if centre.is_file() else ()), *_system_files(sdi)]


def _system_files(sdi: Path) -> list[Path]:
    return sorted((sdi / FOLDER).glob("*.yaml"))


def load_plan(sdi: Path) -> Plan:
    """Return what the files under `sdi` say; nothing is computed where there are none.

    Raises:
        ConfigurationError: names file, line, value and what is allowed.
    """
    centre = sdi / CENTRE_FILE
    told = read_centre(_text(centre), file=str(centre)) if centre.is_file() else _USUAL
    files = [read_system(_text(path), file=str(path)) for path in _system_files(sdi)]
    places, order = check_systems(files, told)
    return make_plan([file.told for file in files], told, places, order)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: not UTF-8") from None
