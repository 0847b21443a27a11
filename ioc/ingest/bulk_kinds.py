"""Kinds of files of history."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from ioc.errors import BadInput


class Kind(StrEnum):
    """What a file is."""

    NDJSON = "ndjson"
    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"

    @property
    def is_text(self) -> bool:
        """Whether it is read line by line, and may be compressed with gzip."""
        return self in (Kind.NDJSON, Kind.CSV)


ENDINGS = {
    ".ndjson": Kind.NDJSON,
    ".jsonl": Kind.NDJSON,
    ".csv": Kind.CSV,
    ".parquet": Kind.PARQUET,
    ".pq": Kind.PARQUET,
    ".arrow": Kind.ARROW,
    ".arrows": Kind.ARROW,
    ".feather": Kind.ARROW,
}


def kind_of(path: Path) -> Kind:
    """Return what a file is by its name; raises BadInput where that is not known."""
    name = path.name.lower().removesuffix(".gz")
    kind = ENDINGS.get(Path(name).suffix)
    if kind is None or (path.name.lower().endswith(".gz") and not kind.is_text):
        raise BadInput(f"{path.name} does not end in {', '.join(ENDINGS)}, .ndjson.gz or .csv.gz: tell --format")
    return kind
