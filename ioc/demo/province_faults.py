"""What goes wrong in the field: the rubbish that a broken gateway sends, and how often messages come twice or late."""

from __future__ import annotations

from datetime import datetime, timedelta

SENDS_TWICE = 0.004
"""Share of messages that are delivered a second time, seconds later."""
SENDS_LATE = 0.003
"""Share of reports that are followed by an older sample, left over from a lost connection."""


class BrokenGateway:
    """One cabinet in the field: every so many messages it spoils one, each time in another way."""

    EVERY = 6

    def __init__(self) -> None:
        self._sent = 0

    def spoil(self, payload: bytes, time: datetime) -> bytes:
        """Return `payload`, or now and then rubbish in its place."""
        self._sent += 1
        turn, rest = divmod(self._sent, self.EVERY)
        if rest:
            return payload
        rubbish = (
            payload[: len(payload) // 2],
            b'{"current": NaN}',
            b'{"current": 6553.5}',
            b'{"time": "%s", "current": 17.2}' % (time + timedelta(days=1)).isoformat().encode(),
            b'{"time": "25:61 hom qua", "current": 17.2}',
            b"\xff\xfe\x00ERR 0x1F",
        )
        return rubbish[(turn - 1) % len(rubbish)]
