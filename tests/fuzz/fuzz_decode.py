"""Coverage-guided fuzzing of decoding: the bytes are a topic, a line end, and a payload. Run: `python tests/fuzz/fuzz_decode.py -max_total_time=60`.

Options are libFuzzer's; a directory as argument is a corpus that grows. Whatever it finds is written to `crash-…` here.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import UTC, datetime

import atheris

with atheris.instrument_imports(include=["ioc.ingest", "ioc.domain"]):
    from ioc.ingest import fields
    from ioc.ingest.decode import decode
    from ioc.ingest.formats import foreign_parts
    from ioc.ingest.outcome import Reason, Rejection
    from ioc.ingest.topics import Topic, parse_topic

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
TOPICS = ("obs/t", "obs/t/p", "pos/t", "event/e", "station/t", "status", "feedback")


def one_input(told: bytes) -> None:
    """Decode one message; an exception, or a rejection with a reason of no list, is a finding."""
    first, _, payload = told.partition(b"\n")
    number = first[0] if first else 0
    topic = f"ioc/v1/s/{TOPICS[number % len(TOPICS)]}" if number < 0x80 else first.decode(errors="replace")
    for item in decode(topic, payload, arrived=NOW):
        if isinstance(item, Rejection) and item.reason not in set(Reason):
            raise AssertionError(item)
    _foreign(topic, payload)


def _foreign(topic: str, payload: bytes) -> None:
    parsed = parse_topic(topic)
    with suppress(fields.Refusal):
        body = fields.read_json(payload)
        for part in (foreign_parts(parsed, body, NOW) if isinstance(parsed, Topic) else None) or ():
            with suppress(fields.Refusal):
                part()


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
