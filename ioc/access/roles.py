"""Roles, and the one table that says which role each door needs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Who may do what; each role may do all that the ones before it may."""

    VIEWER = "viewer"
    PLANNER = "planner"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"

    def includes(self, needed: Role) -> bool:
        """Return whether whoever has this role may do what `needed` may."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, as it is written beside what they do."""

    name: str
    role: Role

    def may(self, op: str) -> bool:
        """Return whether they may carry out a command of the stream; one that is not in the table is for administrators."""
        return self.role.includes(COMMANDS.get(op, Role.ADMINISTRATOR))


STREAM = "WS /v1/stream"

COMMANDS: dict[str, Role] = {
    "alert.ack": Role.OPERATOR,
    "alert.unack": Role.OPERATOR,
    "alert.assign": Role.OPERATOR,
    "alert.comment": Role.OPERATOR,
    "alert.shelve": Role.OPERATOR,
    "alert.unshelve": Role.OPERATOR,
    "alert.close": Role.OPERATOR,
    "alert.reopen": Role.OPERATOR,
    "silence.create": Role.OPERATOR,
    "silence.expire": Role.OPERATOR,
}
"""What may be commanded over the stream, by whom. Asking for a command that does nothing yet is answered, not refused."""

OPEN: frozenset[str] = frozenset(
    {
        "GET /healthz",
        "GET /readyz",
        "GET /v1/config",
        "GET /asyncapi.json",
        "GET /schemas/{name}.json",
        "GET /v1/rules/schema",
        "GET /v1/rules/schema/tests",
        "GET /stream/asyncapi.json",
        "GET /stream/schemas/{name}.json",
    }
)
"""Doors without a lock: that the process lives, what the map needs before it can ask for a key, the contracts for field systems and viewers,
and the schemas of rule files, which editors read."""

PUBLIC: frozenset[str] = frozenset(
    {
        "GET /ogc",
        "GET /ogc/",
        "GET /ogc/api",
        "GET /ogc/conformance",
        "GET /ogc/style.css",
        "GET /ogc/collections",
        "GET /ogc/collections/{collection_id}",
        "GET /ogc/collections/{collection_id}/queryables",
        "GET /ogc/collections/{collection_id}/schema",
        "GET /ogc/collections/{collection_id}/sortables",
        "GET /ogc/collections/{collection_id}/items",
        "GET /ogc/collections/{collection_id}/items/{fid}",
        "GET /ogc/collections/{collection_id}/items/{fid:path}",
        "GET /ogc/collections/{collection_id}/dcat",
        "GET /ogc/collections/{collection_id}/style.json",
        "GET /ogc/collections/{collection_id}/tiles",
        "GET /ogc/collections/{collection_id}/tiles/{matrix_set_id}",
        "GET /ogc/collections/{collection_id}/tiles/{matrix_set_id}/tilejson.json",
        "GET /ogc/collections/{collection_id}/tiles/{matrix_set_id}/{tile_matrix}/{tile_row}/{tile_col}",
        "GET /ogc/collections/{collection_id}/styles",
        "GET /ogc/style.json",
        "GET /ogc/styles",
        "GET /ogc/styles/{style_id}",
        "GET /catalog.jsonld",
        "GET /ogc/tileMatrixSets",
        "GET /ogc/tileMatrixSets/{matrix_set_id}",
    }
)
"""Doors that show everybody what the administrator has marked public, and the rest to viewers: they ask who is there, and admit all."""

NEEDED: dict[str, Role] = {
    "GET /metrics": Role.VIEWER,
    "GET /openapi.json": Role.VIEWER,
    "GET /v1/stations": Role.VIEWER,
    "GET /v1/stations/{source}/{station}": Role.VIEWER,
    "GET /v1/observations": Role.VIEWER,
    "POST /v1/observations": Role.ADMINISTRATOR,
    "GET /v1/units": Role.VIEWER,
    "GET /v1/units/convert": Role.VIEWER,
    "POST /v1/units/convert": Role.VIEWER,
    "GET /v1/units/{code}": Role.VIEWER,
    "GET /v1/units/{code}/history": Role.VIEWER,
    "GET /v1/events": Role.VIEWER,
    "GET /v1/events/count": Role.VIEWER,
    "GET /v1/alerts": Role.VIEWER,
    "GET /v1/alerts/{alert_id}": Role.VIEWER,
    "POST /v1/alerts/acknowledge": Role.OPERATOR,
    "POST /v1/alerts/{alert_id}/acknowledge": Role.OPERATOR,
    "POST /v1/alerts/{alert_id}/unacknowledge": Role.OPERATOR,
    "POST /v1/alerts/{alert_id}/assign": Role.OPERATOR,
    "POST /v1/alerts/{alert_id}/comment": Role.OPERATOR,
    "POST /v1/alerts/{alert_id}/shelve": Role.OPERATOR,
    "POST /v1/alerts/{alert_id}/unshelve": Role.OPERATOR,
    "POST /v1/alerts/{alert_id}/close": Role.OPERATOR,
    "POST /v1/alerts/{alert_id}/reopen": Role.OPERATOR,
    "GET /v1/silences": Role.VIEWER,
    "GET /v1/silences/{silence_id}": Role.VIEWER,
    "POST /v1/silences": Role.OPERATOR,
    "POST /v1/silences/preview": Role.OPERATOR,
    "PUT /v1/silences/{silence_id}": Role.OPERATOR,
    "POST /v1/silences/{silence_id}/expire": Role.OPERATOR,
    "GET /v1/handover": Role.VIEWER,
    "GET /v1/handover.css": Role.VIEWER,
    "GET /v1/audit": Role.ADMINISTRATOR,
    "GET /v1/rules": Role.VIEWER,
    "GET /v1/rules/report": Role.VIEWER,
    "POST /v1/rules/replay": Role.OPERATOR,
    "GET /v1/rules/{rule_id}": Role.VIEWER,
    "PUT /v1/rules/{rule_id}": Role.ADMINISTRATOR,
    "DELETE /v1/rules/{rule_id}": Role.ADMINISTRATOR,
    "GET /v1/sources": Role.VIEWER,
    "GET /v1/sources/{source}": Role.VIEWER,
    "GET /v1/sources/{source}/ledger": Role.VIEWER,
    "PUT /v1/sources/{source}": Role.ADMINISTRATOR,
    "POST /v1/sources/{source}/stations": Role.ADMINISTRATOR,
    "POST /v1/sources/{source}/stations/{station}/approve": Role.OPERATOR,
    "GET /v1/quarantine": Role.OPERATOR,
    "GET /v1/quarantine/{number}": Role.OPERATOR,
    "GET /v1/quarantine/{number}/payload": Role.OPERATOR,
    "POST /v1/quarantine/replay": Role.OPERATOR,
    "DELETE /v1/quarantine": Role.ADMINISTRATOR,
    "GET /v1/indicators": Role.VIEWER,
    "GET /v1/indicators/levels": Role.VIEWER,
    "GET /v1/indicators/trends": Role.VIEWER,
    "GET /v1/indicators/progress": Role.VIEWER,
    "GET /v1/indicators/transitions": Role.VIEWER,
    "GET /v1/indicators/catalog.jsonld": Role.VIEWER,
    "GET /v1/indicators/report": Role.VIEWER,
    "GET /v1/indicators/units/{code}": Role.VIEWER,
    "GET /v1/indicators/{indicator}": Role.VIEWER,
    "GET /v1/indicators/{indicator}/values": Role.VIEWER,
    "GET /v1/indicators/{indicator}/ranking": Role.VIEWER,
    "GET /v1/indicators/{indicator}/versions": Role.VIEWER,
    "GET /v1/systems": Role.VIEWER,
    "GET /v1/systems/freshness": Role.VIEWER,
    "GET /v1/systems/{system}": Role.VIEWER,
    "GET /v1/cases": Role.VIEWER,
    "GET /v1/cases/{case}/places": Role.VIEWER,
    "GET /v1/cases/{case}": Role.OPERATOR,
    "GET /v1/cases/{case}/funnel": Role.VIEWER,
    "GET /v1/cases/{case}/board": Role.VIEWER,
    "GET /v1/cases/{case}/clusters": Role.VIEWER,
    "GET /v1/layers": Role.PLANNER,
    "GET /v1/layers/{layer}": Role.PLANNER,
    "PUT /v1/layers/{layer}": Role.ADMINISTRATOR,
    "GET /v1/layers/{layer}/succession": Role.PLANNER,
    "PUT /v1/layers/{layer}/succession": Role.ADMINISTRATOR,
    "GET /v1/layers/{layer}/former": Role.PLANNER,
    "PUT /v1/layers/{layer}/former": Role.ADMINISTRATOR,
    "GET /v1/layers/{layer}/versions": Role.PLANNER,
    "POST /v1/layers/{layer}/versions": Role.ADMINISTRATOR,
    "GET /v1/layers/{layer}/versions/{version}": Role.PLANNER,
    "GET /v1/layers/{layer}/versions/{version}/diff": Role.PLANNER,
    "POST /v1/layers/{layer}/versions/{version}/serve": Role.ADMINISTRATOR,
    STREAM: Role.VIEWER,
}


def role_for(door: str) -> Role | None:
    """Return the role that `door` ("GET /path") needs, None where it is open; a door that is not in the table needs the highest."""
    return None if door in OPEN | PUBLIC else NEEDED.get(door, Role.ADMINISTRATOR)
