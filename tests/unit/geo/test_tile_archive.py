"""Tiles read from an archive: each as it was written, whatever the size of the archive; what is no archive is refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from pmtiles.tile import TileType

from ioc.geo.tile_archive import Archive, Limits
from tests.support.tiles import write


def test_tiles_are_found_by_row_and_column(tmp_path: Path) -> None:
    archive = Archive(write(tmp_path / "a", {(3, 1, 4): b"one", (3, 2, 3): b"two"}))
    assert (archive.tile(3, 1, 4), archive.tile(3, 2, 3)) == (b"one", b"two")
    assert [archive.tile(3, row, col) for row, col in ((4, 1), (3, 2), (1, 3), (7, 7))] == [None] * 4
    assert archive.tile(0, 0, 0) is None
    assert archive.tile(20, 5, 5) is None


def test_what_it_says_of_itself(tmp_path: Path) -> None:
    archive = Archive(write(tmp_path / "a", {(3, 1, 4): b"one"}))
    assert archive.limits == {3: Limits(1, 2, 3, 4), 4: Limits(0, 15, 0, 15)}
    assert (archive.min_zoom, archive.max_zoom) == (3, 4)
    assert archive.bounds == (106.0, 21.0, 107.0, 22.0)
    assert (archive.kinds, archive.fields) == (["point"], {"fid": "String"})
    assert [archive.limits[3].has(*place) for place in ((1, 3), (2, 4), (0, 3), (1, 5))] == [True, True, False, False]


def test_every_tile_of_a_large_archive_is_found(tmp_path: Path) -> None:
    """So many tiles that directories have leaves, and tiles with the same content."""
    tiles = {(8, row, col): f"{row}-{col}".encode() if row % 3 else b"same" for row in range(160) for col in range(160)}
    archive = Archive(write(tmp_path / "a", tiles))
    assert {place: archive.tile(*place) for place in tiles} == tiles
    assert archive.tile(8, 160, 0) is None


@pytest.mark.parametrize("place", [(3, 8, 0), (3, 0, 8), (32, 0, 0)])
def test_tiles_that_the_world_does_not_have(tmp_path: Path, place: tuple[int, int, int]) -> None:
    archive = Archive(write(tmp_path / "a", {(3, 1, 4): b"one"}))
    with pytest.raises((ValueError, OverflowError)):
        archive.tile(*place)


@pytest.mark.parametrize("content", [b"", b"PMTiles\x03", b"PMTiles\x02" + bytes(200), gzip.compress(bytes(999), mtime=0)])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(ValueError, match="is not a PMTiles archive of version 3"):
        Archive(tmp_path / "a")


def test_pictures_and_cut_off_archives_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds PNG with GZIP, not MVT"):
        Archive(write(tmp_path / "a", {(3, 1, 4): b"one"}, TileType.PNG))
    whole = write(tmp_path / "b", {(3, 1, 4): b"one"}).read_bytes()
    (tmp_path / "b").write_bytes(whole[:-1])
    with pytest.raises(ValueError, match=f"has {len(whole) - 1} bytes and is cut off"):
        Archive(tmp_path / "b")
