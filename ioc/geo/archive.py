"""Zipped layers: opened in a folder of their own, after what the zip says of itself was held against the limits."""

from __future__ import annotations

import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from ioc.errors import BadInput, TooLarge
from ioc.geo import limits

_PORTION = 1 << 20
_ENCRYPTED = 1


@contextmanager
def unpacked(path: Path, suffixes: frozenset[str], beside: frozenset[str]) -> Iterator[Path]:
    """Give the one file in the zip `path` that ends in one of `suffixes`, unpacked with those `beside` it; they are gone afterwards.

    Raises:
        BadInput: it is no zip, holds no such file or several, is encrypted, or a name in it leads out of it.
        TooLarge: it holds more files, or unpacks to more, than `limits` allow.
    """
    with tempfile.TemporaryDirectory(prefix="ioc-layer-") as folder:
        try:
            with zipfile.ZipFile(path) as opened:
                members = _members(opened, path)
                layer = _only_layer(members, suffixes, path)
                stem = str(PurePosixPath(layer.filename).with_suffix(""))
                for member in members:
                    suffix = PurePosixPath(member.filename).suffix.lower()
                    if member is layer or (suffix in beside and str(PurePosixPath(member.filename).with_suffix("")) == stem):
                        _unpack(opened, member, Path(folder) / f"layer{suffix}")
        except (zipfile.BadZipFile, NotImplementedError, EOFError, zipfile.LargeZipFile) as error:
            raise BadInput(f"{path.name} is no zip that can be read: {error}") from error
        yield Path(folder) / f"layer{PurePosixPath(layer.filename).suffix.lower()}"


def _members(opened: zipfile.ZipFile, path: Path) -> list[zipfile.ZipInfo]:
    members = [member for member in opened.infolist() if not member.is_dir() and not member.filename.startswith("__MACOSX/")]
    if len(members) > limits.ZIP_FILES:
        raise TooLarge(f"{path.name} holds {len(members)} files, more than {limits.ZIP_FILES}")
    for member in members:
        _check_name(member, path)
        if member.flag_bits & _ENCRYPTED:
            raise BadInput(f"{member.filename!r} in {path.name} is encrypted")
    size = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if size > limits.UNPACKED_BYTES:
        raise TooLarge(f"{path.name} unpacks to {size} bytes, more than {limits.UNPACKED_BYTES}")
    if size > limits.ZIP_SMALL_BYTES and size / packed > limits.ZIP_RATIO:
        raise TooLarge(f"{path.name} unpacks to {size} bytes, {size // packed} times its size, more than {limits.ZIP_RATIO} times")
    return members


def _check_name(member: zipfile.ZipInfo, path: Path) -> None:
    """Refuse names that lead out of a folder: nothing is unpacked under its own name, but who packed such a zip meant harm."""
    name = member.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or (len(name) > 1 and name[1] == ":") or stat.S_ISLNK(member.external_attr >> 16):
        raise BadInput(f"{path.name} has the name {member.filename!r:.200}, which leads out of it")


def _only_layer(members: list[zipfile.ZipInfo], suffixes: frozenset[str], path: Path) -> zipfile.ZipInfo:
    layers = [member for member in members if PurePosixPath(member.filename).suffix.lower() in suffixes]
    if len(layers) != 1:
        named = ", ".join(sorted(member.filename for member in layers)[:10])
        raise BadInput(
            f"{path.name} holds {len(layers)} layers{f' ({named})' if named else ''}: it must hold one of {', '.join(sorted(suffixes))}"
        )
    return layers[0]


def _unpack(opened: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    """Write `member` to `target`; what it says of its size is not believed."""
    written = 0
    with opened.open(member) as packed, target.open("wb") as file:
        while portion := packed.read(_PORTION):
            written += len(portion)
            if written > member.file_size:
                raise TooLarge(f"{member.filename!r} unpacks to more than the {member.file_size} bytes that the zip says")
            file.write(portion)
