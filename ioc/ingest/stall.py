"""When to drop the connection to the broker on purpose, because it delivers nothing though it should."""

from __future__ import annotations

_FORGOTTEN_S = 10.0
_SILENCE_S = 60.0
_SMALLEST_WINDOW = 20
_LONGEST_PAUSE_S = 3600.0


class StallWatch:
    """Notices a stuck in-flight window: a broker delivers again only when we connect anew.

    What can be stuck, and what cannot:

    - A batch that cannot be committed is in hand and tried again; connecting anew would only bring the same messages once more.
    - Messages of an earlier connection cannot be acknowledged on this one, and need not be: the broker has delivered them again.
    - *Forgotten*: messages of this connection are unacknowledged and nobody has them in hand. No way to that is known; it would stop
      ingest for good, so it is watched for.
    - *Silence*: acknowledgements did not reach the broker, or it lost count of them, and its window is full of what we have done. We cannot see
      that; but it takes at least a window (20 messages with Mosquitto as it comes) delivered on this connection, and then nothing more.

    An hour without messages is no fault either: since silence counts only after a window's worth on the same connection, a quiet system
    connects anew once in 20 messages at most. Reconnects after which messages are forgotten again come at pauses that double.
    """

    def __init__(self) -> None:
        self._seen = (0, 0, 0)
        self._since: float | None = None
        self._in_vain = 0

    def look(self, *, connection: int, delivered: int, unacknowledged: int, in_hand: int, at: float) -> str | None:
        """Return why to connect anew, None where all is well.

        `delivered` and `unacknowledged` count messages of the present `connection`, `in_hand` what is neither committed nor dropped; `at`
        is the reading of a monotonic clock, in seconds.
        """
        if delivered and not unacknowledged:
            self._in_vain = 0
        seen = (connection, delivered, unacknowledged)
        if seen != self._seen or in_hand or self._since is None:
            self._seen, self._since = seen, at
            return None
        quiet_s, why = at - self._since, None
        if unacknowledged and quiet_s >= min(_LONGEST_PAUSE_S, _FORGOTTEN_S * 2**self._in_vain):
            why = f"{unacknowledged} messages are unacknowledged and not in hand"
            self._in_vain += 1
        elif not unacknowledged and delivered >= _SMALLEST_WINDOW and quiet_s >= _SILENCE_S:
            why = f"nothing was delivered for {quiet_s:.0f} s"
        if why is not None:
            self._since = at
        return why
