"""From a message to its items, live or out of quarantine."""

from __future__ import annotations

from ioc.ingest.batch import Message
from ioc.ingest.decode import decode
from ioc.ingest.message_time import time_of_message
from ioc.ingest.outcome import Rejection
from ioc.ingest.work import Decoded


def read_message(message: Message) -> Decoded:
    """Return `message` with its items; those that state no time have the one that the message tells beside its payload, else its arrival."""
    if message.told_time is None:
        return Decoded(message, decode(message.topic, message.payload, arrived=message.arrived))
    time = time_of_message(message.told_time, message.arrived)
    return Decoded(message, [time] if isinstance(time, Rejection) else decode(message.topic, message.payload, arrived=time))
