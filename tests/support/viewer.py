"""A viewer that keeps what it is told, as the map does, and complains about anything that a viewer could not follow."""

from __future__ import annotations

from typing import Any

import msgspec

Row = dict[str, Any]


class Viewer:
    """One subscription seen from the other side: apply frames in order with `take`."""

    def __init__(self, subscription: str) -> None:
        self.subscription = subscription
        self.entities: dict[str, Row] = {}
        self.alerts: dict[str, Row] = {}
        self.events: list[tuple[str, int]] = []
        self.resets = 0
        self.position: int | None = None
        self._seq: int | None = None
        self._page = 0
        self._is_whole = False

    def take(self, data: bytes) -> None:
        """Apply a frame of this subscription."""
        told = msgspec.json.decode(data)
        self.take_frame(told)

    def take_frame(self, told: Row) -> None:
        """Apply a decoded frame of this subscription."""
        assert told["id"] == self.subscription
        match told["type"]:
            case "snap":
                self._take_page(told)
            case "reset":
                self._seq, self._is_whole = None, False
                self.resets += 1
            case "d" | "ev":
                assert self._is_whole, "a change came before the snapshot was whole"
                assert told["prev"] == self._seq, "a frame is missing"
                assert told["seq"] == told["prev"] + 1
                self._seq = told["seq"]
                if told["type"] == "d":
                    self._take_delta(told)
                else:
                    self._take_alert(told["alert"])
        self.position = told.get("pos", self.position)

    def _take_page(self, told: Row) -> None:
        if told["page"] == 0:
            self.entities, self.alerts, self._page, self._is_whole = {}, {}, 0, False
        else:
            assert not self._is_whole, "a page came after the last one"
            assert told["pos"] == self.position, "the pages of one snapshot share their position"
        assert told["page"] == self._page, "a page is missing"
        self._page += 1
        self._seq, self._is_whole = told["seq"], told["last"]
        rows = _rows(told) if "rows" in told else []
        assert not {row["id"] for row in rows} & self.entities.keys(), "an entity came twice in a snapshot"
        self.entities |= {row["id"]: row for row in rows}
        self.alerts |= {alert["id"]: alert for alert in told.get("alerts", [])}

    def _take_delta(self, told: Row) -> None:
        rows = _rows(told)
        ids = [row["id"] for row in rows] + told["rm"]
        assert ids, "an empty delta"
        assert len(ids) == len(set(ids)), "an entity came twice in a delta"
        for entity_id in told["rm"]:
            del self.entities[entity_id]  # raises where it was never shown
        self.entities |= {row["id"]: row for row in rows}

    def _take_alert(self, alert: Row) -> None:
        self.events.append((alert["id"], alert["version"]))
        if alert["condition"] == "normal" and alert["acknowledged"]:
            self.alerts.pop(alert["id"], None)
        else:
            self.alerts[alert["id"]] = alert


def _rows(told: Row) -> list[Row]:
    return [dict(zip(told["cols"], row, strict=True)) for row in told["rows"]]
