"""What `/ogc` has to offer: published layers, and collections that are made of the live state when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import anyio.from_thread

from ioc.errors import Unauthorized
from ioc.geo.catalogue import LayerCatalogue
from ioc.geo.collection import Collection
from ioc.geo.entry import LIVE


class Live(Protocol):
    """Whoever makes live collections, in the event loop; see `LiveCollections`."""

    @property
    def public(self) -> bool:
        """Whether everybody may read them."""
        ...

    async def all(self) -> list[Collection]:
        """Return every one of them."""
        ...

    async def one(self, name: str, parameters: Mapping[str, str]) -> Collection:
        """Return the one of this name, as `parameters` ask for it."""
        ...


class Offer:
    """The collections that are served now; for the threads in which questions are answered."""

    def __init__(self, catalogue: Callable[[], LayerCatalogue], live: Live | None) -> None:
        """Offer what `catalogue` has when it is asked, and what `live` makes; a layer with the name of a live collection is hidden."""
        self._catalogue, self._live = catalogue, live

    def readable(self, *, by_viewer: bool) -> list[Collection]:
        """Return what viewers, or else everybody, may read."""
        published = [each for each in self._catalogue().collections.values() if each.entry.public or by_viewer]
        if self._live is None or not (self._live.public or by_viewer):
            return published
        return [*(each for each in published if each.entry.id not in LIVE), *anyio.from_thread.run(self._live.all)]

    def named(self, name: str, parameters: Mapping[str, str], *, by_viewer: bool) -> Collection:
        """Return the collection `name`, as `parameters` ask for it.

        Raises:
            NotFound: there is none.
            Unauthorized: it is not for everybody.
            BadInput: a parameter that says what the collection is has a value that cannot be.
        """
        live = self._live if name in LIVE else None
        if live is not None:
            self._admit(name, is_public=live.public or by_viewer)
            return anyio.from_thread.run(live.one, name, parameters)
        served = self._catalogue().collection(name)
        self._admit(name, is_public=served.entry.public or by_viewer)
        return served

    def _admit(self, name: str, *, is_public: bool) -> None:
        if not is_public:
            raise Unauthorized(f"collection {name} is not public: a key is needed")
