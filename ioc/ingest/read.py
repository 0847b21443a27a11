"""From a message to its items, live or out of quarantine."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from ioc.ingest.batch import Message
from ioc.ingest.decode import Item, decode_grouped
from ioc.ingest.message_time import time_of_message
from ioc.ingest.outcome import Reason, Rejection
from ioc.ingest.work import Decoded

_log = structlog.get_logger()


def read_message(message: Message) -> Decoded:
    """Return `message` with its items; those that state no time have the one that the message tells beside its payload, else its arrival.

    What nobody foresaw is kept as not readable: one message must never stop the others, and redelivery would make it stop them for ever.
    """
    try:
        return Decoded(message, _items(message))
    except Exception as error:  # noqa: BLE001 - see above
        _log.exception("ingest.unforeseen", topic=message.topic)
        return Decoded(message, [Rejection(Reason.PAYLOAD, f"cannot be read: {type(error).__name__}")])


def _items(message: Message) -> Sequence[Item | Rejection]:
    if message.told_time is None:
        return decode_grouped(message.topic, message.payload, arrived=message.arrived)
    time = time_of_message(message.told_time, message.arrived)
    return [time] if isinstance(time, Rejection) else decode_grouped(message.topic, message.payload, arrived=time)
