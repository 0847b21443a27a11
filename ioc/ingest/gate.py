"""Who is let in: applies the policies of the sources to a batch before anything of it is registered."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from ioc.domain.observation import StationKey
from ioc.ingest.decode import Item, one_by_one
from ioc.ingest.outcome import Rejection
from ioc.ingest.policy import Policies, Policy, admit, station_of
from ioc.ingest.work import Decoded
from ioc.store import sources
from ioc.store.pool import Connection

_REMEMBERED_S = 1.0
"""How long another process may go by the old policies after one was changed."""


class Gate:
    """Turns away what the policies do not let in; costs nothing while every source is open, but for one small query a second."""

    def __init__(self, usual: Policy) -> None:
        """Take note of the policy of sources that have none of their own."""
        self._policies = Policies(usual)
        self._read_at: float | None = None
        self._stations: set[StationKey] = set()

    @property
    def usual(self) -> Policy:
        """The policy of sources that have none of their own."""
        return self._policies.usual

    def forget(self) -> None:
        """Read the policies anew with the next batch."""
        self._read_at = None

    async def sift(self, conn: Connection, batch: Sequence[Decoded]) -> Sequence[Decoded]:
        """Return `batch` with a rejection in the place of every item that is not let in."""
        await self._read(conn)
        policies = self._policies
        if policies.all_open:
            return batch
        named = {key for _, items in batch for item in items if not isinstance(item, Rejection) and (key := station_of(item)) is not None}
        unsure = {key for key in named - self._stations if policies.of(key.source) is not Policy.OPEN}
        if unsure:
            self._stations |= await sources.known_stations(conn, unsure)
        return [Decoded(message, self._sifted(items)) for message, items in batch]

    def _sifted(self, items: Sequence[Item | Rejection]) -> Sequence[Item | Rejection]:
        if all(self._judge(item, 0) is item for item in items):
            return items
        return [self._judge(item, number) for number, item in enumerate(one_by_one(items))]

    def _judge(self, item: Item | Rejection, number: int) -> Item | Rejection:
        if isinstance(item, Rejection):
            return item
        return admit(item, number, is_known=self._stations.__contains__, policies=self._policies) or item

    async def _read(self, conn: Connection) -> None:
        now = monotonic()
        if self._read_at is None or now - self._read_at > _REMEMBERED_S:
            told = await sources.load_policies(conn)
            self._policies = Policies(self._policies.usual, {name: None if word is None else Policy(word) for name, word in told.items()})
            self._read_at = now
