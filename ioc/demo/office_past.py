"""What the offices did before the demonstration was started: a file for `ioc ingest`, and a note of how far it was brought in."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec

from ioc.demo.office_day import LOCAL
from ioc.demo.offices import FIRST_DAY, Offices, row_of

PAST_DAYS = 396
"""So that every month has one a year before it."""


@dataclass(frozen=True, slots=True)
class Known:
    """Since which day the offices are known, and until when what they did was brought in."""

    since: date
    until: datetime


def read_known(file: Path, now: datetime) -> Known:
    """Return what was noted; before anything was, the offices are known since the first of a month a good year ago, and nothing is in."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Known)
    except (OSError, msgspec.DecodeError):
        since = max(FIRST_DAY, (now.astimezone(LOCAL) - timedelta(days=PAST_DAYS)).date().replace(day=1))
        return Known(since, datetime(since.year, since.month, since.day, tzinfo=LOCAL).astimezone(UTC))


def write_known(file: Path, known: Known) -> None:
    """Note `known`."""
    file.write_bytes(msgspec.json.encode(known))


def write_past(file: Path, seed: int, known: Known, now: datetime) -> int:
    """Write what the offices did from when they were known to `now`, as NDJSON, and return how many events it is."""
    events = Offices(seed, known.since).events(known.until, now)
    encoder = msgspec.json.Encoder()
    with gzip.open(file, "wb", compresslevel=1) as lines:
        for event in events:
            lines.write(encoder.encode(row_of(event)) + b"\n")
    return len(events)
