"""A viewer that keeps what it is told, as the map does, and complains about anything that a viewer could not follow."""

from __future__ import annotations

from typing import Any

import msgspec

from ioc.streams.frame import Text

Row = dict[str, Any]


class Viewer:
    """One subscription seen from the other side: apply frames in order with `take`.

    `entities` are stations by `id`, or cells by `cell` where the view looks from afar.
    """

    def __init__(self, subscription: str) -> None:
        self.subscription = subscription
        self.entities: dict[str, Row] = {}
        self.alerts: dict[str, Row] = {}
        self.events: list[tuple[str, int]] = []
        self.resets = 0
        self.why: str | None = None
        self.resumed = 0
        self.epoch: str | None = None
        self.position: int | None = None
        self._seq: int | None = None
        self._page = 0
        self._is_whole = False

    @property
    def is_whole(self) -> bool:
        """Whether it has seen the last page of a snapshot."""
        return self._is_whole

    def take(self, data: Text) -> None:
        """Apply a frame of this subscription."""
        told = msgspec.json.decode(bytes(data))
        self.take_frame(told)

    def take_frame(self, told: Row) -> None:
        """Apply a decoded frame of this subscription."""
        assert told["id"] == self.subscription
        match told["type"]:
            case "snap":
                self._take_page(told)
            case "reset":
                self._seq, self._is_whole, self.why = None, False, told["why"]
                self.resets += 1
            case "d" | "ev":
                assert self._is_whole, "a change came before the snapshot was whole"
                assert told["prev"] == self._seq, "a frame is missing"
                assert told["seq"] >= told["prev"]
                self._seq = told["seq"]
                if told["type"] == "d":
                    self._take_delta(told)
                else:
                    self._take_alert(told["alert"], told["listed"])
        self.position = told.get("pos", self.position)

    def _take_page(self, told: Row) -> None:
        if told["page"] == 0:
            self.entities, self.alerts, self._page, self._is_whole = {}, {}, 0, False
        else:
            assert not self._is_whole, "a page came after the last one"
        assert told["page"] == self._page, "a page is missing"
        self._page += 1
        self._seq, self._is_whole = told["seq"], told["last"]
        self.epoch = told["epoch"]
        self._put(told)
        self.alerts |= {alert["id"]: alert for alert in told.get("alerts", [])}

    def _take_delta(self, told: Row) -> None:
        self.resumed += told.get("resumed", False)
        ids = [row[0] for row in told.get("rows", [])] + told.get("rm", [])
        assert ids or "vseq" in told or "resumed" in told, "an empty delta without need"
        assert len(ids) == len(set(ids)), "an entity came twice in a delta"
        self._put(told)

    def _put(self, told: Row) -> None:
        for row in told.get("rows", []):
            self.entities[row[0]] = dict(zip(told["cols"], row, strict=True))
        for entity_id in told.get("rm", []):
            self.entities.pop(entity_id, None)

    def _take_alert(self, alert: Row, listed: bool) -> None:
        self.events.append((alert["id"], alert["version"]))
        self.alerts.pop(alert["id"], None)
        if listed:
            self.alerts[alert["id"]] = alert
