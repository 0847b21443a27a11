"""What each source may send, as the systems' files say: types and the JSON Schema of their data. Sources that no file names may send anything."""

from __future__ import annotations

from collections.abc import Sequence

import jsonschema_rs
import msgspec

from ioc.domain.event import ServiceEvent
from ioc.domain.measure import is_from
from ioc.indicators.system import SystemFile

_NAMED_TYPES = 12


class EventTypes:
    """Says what is wrong with an event; for the sources that systems name."""

    def __init__(self, systems: Sequence[SystemFile]) -> None:
        """Take note of the event types; their schemas were checked before."""
        self._systems = systems
        self._of_source: dict[str, dict[str, list[jsonschema_rs.Validator]] | None] = {}

    def fault_of(self, event: ServiceEvent) -> tuple[str, str] | None:
        """Return the reason (`unknown_type`, `schema`) why an event is not acceptable and a sentence that says so, None where it is."""
        known = self._known(event.source)
        if known is None:
            return None
        validators = known.get(event.type)
        if validators is None:
            named = ", ".join(sorted(known)[:_NAMED_TYPES]) + (", …" if len(known) > _NAMED_TYPES else "")
            return "unknown_type", f"source {event.source} sends no events of type {event.type}; its types are {named}"
        data = msgspec.json.decode(event.data)
        if any(validator.is_valid(data) for validator in validators):
            return None
        fault = next(validators[0].iter_errors(data))
        place = ".".join(["data", *map(str, fault.instance_path)])
        return "schema", f"{place} of {event.type}: {fault.message}"

    def _known(self, source: str) -> dict[str, list[jsonschema_rs.Validator]] | None:
        if source not in self._of_source:
            known: dict[str, list[jsonschema_rs.Validator]] = {}
            for one in self._systems:
                if is_from(source, one.sources):
                    for event in one.events:
                        known.setdefault(event.type, []).append(jsonschema_rs.validator_for(event.schema, validate_formats=True))
            self._of_source[source] = known or None
        return self._of_source[source]
