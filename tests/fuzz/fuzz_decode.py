"""Coverage-guided fuzzing of decoding. Run: `python tests/fuzz/fuzz_decode.py -max_total_time=60`.

The first byte of an input chooses the topic and whether the rest is a payload as it stands or says how to build JSON from words that mean
something. Options are libFuzzer's; a directory as argument is a corpus that grows. What it finds is written to `crash-…` here.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import atheris

with atheris.instrument_imports(include=["ioc.ingest", "ioc.domain"]):
    from ioc.ingest import fields
    from ioc.ingest.decode import decode
    from ioc.ingest.formats import foreign_parts
    from ioc.ingest.outcome import Reason, Rejection
    from ioc.ingest.topics import Topic, parse_topic

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
TOPICS = ("obs/t", "obs/t/p", "pos/t", "event/e", "station/t", "status", "feedback")
REASONS = frozenset(Reason)
MEMBERS = (  # noqa: SIM905 - reads better
    "time value values bn bt bu bv bs bver n u v vs vb vd s t ut x_ lon lat speed heading type geometry coordinates properties features "
    "specversion id source subject unit data data_base64 datacontenttype name kind min max interval_s rain"
).split()
VALUES = ["1.0", "e", "t/", "t:", "Feature", "FeatureCollection", "Point", "e30=", "106.5", "2026-11-22T05:00:00Z", "online"]
NUMBERS = [0, 1, -1, 10, 4.5, 106, 2**28, 1795323600, 1795323600000, 10**400, 1e308, float("inf"), float("nan")]
DEPTH = 4


def one_input(told: bytes) -> None:
    """Decode one message; an exception, or a rejection with a reason of no list, is a finding."""
    provider = atheris.FuzzedDataProvider(told)
    choice = provider.ConsumeIntInRange(0, 255)
    topic = f"ioc/v1/s/{TOPICS[choice % len(TOPICS)]}" if choice % 8 else provider.ConsumeUnicode(40)
    if choice % 2:
        payload = provider.ConsumeBytes(provider.remaining_bytes())
    else:
        payload = json.dumps(built(provider, DEPTH)).encode(errors="surrogatepass")
    for item in decode(topic, payload, arrived=NOW):
        if isinstance(item, Rejection) and item.reason not in REASONS:
            raise AssertionError(item)
    judge_foreign(topic, payload)


def built(provider: Any, depth: int) -> Any:
    """Return a JSON value made of words that decoding knows."""
    kind = provider.ConsumeIntInRange(0, 9 if depth else 5)
    if kind >= 8:
        return [built(provider, depth - 1) for _ in range(provider.ConsumeIntInRange(0, 4))]
    if kind >= 6:
        return {provider.PickValueInList(MEMBERS): built(provider, depth - 1) for _ in range(provider.ConsumeIntInRange(0, 8))}
    simple = (
        lambda: provider.PickValueInList(NUMBERS),
        lambda: provider.PickValueInList(VALUES),
        provider.ConsumeFloat,
        lambda: provider.ConsumeUnicode(8),
        provider.ConsumeBool,
        lambda: None,
    )
    return simple[kind]()


def judge_foreign(topic: str, payload: bytes) -> None:
    """Try the foreign formats by themselves."""
    parsed = parse_topic(topic)
    with suppress(fields.Refusal):
        body = fields.read_json(payload)
        for part in (foreign_parts(parsed, body, NOW) if isinstance(parsed, Topic) else None) or ():
            with suppress(fields.Refusal):
                part()


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
