"""The catalogue in the words of DCAT-AP 3.0, as JSON-LD, for the portals that harvest it; `base` is the address of `/ogc`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from ioc.domain.clock import rfc3339
from ioc.geo import dcat_words as words
from ioc.geo.collection import BBox, Collection
from ioc.geo.documents import HTML, OPENAPI, TITLE, Json
from ioc.geo.entry import CatalogueEntry, Contact, Text
from ioc.geo.tile_documents import MATRIX_SET, MVT, address_of

JSON_LD = "application/ld+json"

_CONTEXT: Json = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_DESCRIPTION = Text(
    vi="Danh mục các lớp dữ liệu không gian đang được công bố.",
    en="The spatial layers that are published.",
)
_PUBLISHER = Text(vi="Trung tâm giám sát, điều hành", en="Operations centre")
_SERVICE = Text(vi="Dịch vụ OGC API", en="OGC API service")
_IANA = "https://www.iana.org/assignments/media-types/"
_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_FEATURES = "http://www.opengis.net/spec/ogcapi-features-1/1.0"


@dataclass(frozen=True, slots=True)
class Offered:
    """A layer and how it can be had: the media type of each form by what `f` calls it, and whether there are tiles."""

    served: Collection
    forms: Mapping[str, str]
    has_tiles: bool


def catalogue(base: str, address: str, layers: Sequence[Offered]) -> Json:
    """Return the whole catalogue, which itself is at `address`."""
    changed = max((each.served.changed_at for each in layers), default=None)
    owners = {each.served.entry.owner for each in layers}
    name = {"foaf:name": owners.pop()} if len(owners) == 1 else {"foaf:name": _both(_PUBLISHER)}
    return {
        "@context": _CONTEXT,
        "@id": address,
        "@type": "dcat:Catalog",
        "dct:title": _both(TITLE),
        "dct:description": _both(_DESCRIPTION),
        "dct:publisher": {"@type": "foaf:Agent", **name},
        "dct:language": _languages(),
        "foaf:homepage": _typed(f"{base}?f=html", "foaf:Document"),
        "dcat:themeTaxonomy": {**_typed(words.DATA_THEMES, "skos:ConceptScheme"), "dct:title": _in("en", "Data theme")},
        **({"dct:modified": _instant(changed)} if changed else {}),
        "dcat:service": _service(base, layers),
        "dcat:dataset": [_dataset(base, each) for each in layers],
    }


def dataset(base: str, layer: Offered) -> Json:
    """Return one layer by itself."""
    return {"@context": _CONTEXT, **_dataset(base, layer)}


def _dataset(base: str, layer: Offered) -> Json:
    served, entry = layer.served, layer.served.entry
    address = f"{base}/collections/{entry.id}"
    return {
        "@id": address,
        "@type": "dcat:Dataset",
        "dct:identifier": entry.id,
        "dct:title": _both(entry.title),
        "dct:description": [_in(lang, _description(entry, lang)) for lang in ("vi", "en")],
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": entry.owner},
        **({"dcat:contactPoint": _contact(entry.contact)} if entry.contact else {}),
        **({"dcat:keyword": [each for word in entry.keywords for each in _both(word)]} if entry.keywords else {}),
        **_theme(entry),
        "dct:language": _languages(),
        "dct:accessRights": _typed(words.PUBLIC if entry.public else words.RESTRICTED, "dct:RightsStatement"),
        "dct:accrualPeriodicity": _typed(words.FREQUENCIES[entry.update_rhythm], "dct:Frequency"),
        "dct:provenance": {"@type": "dct:ProvenanceStatement", "rdfs:label": _both(entry.lineage)},
        "dct:conformsTo": _typed(_CRS84, "dct:Standard"),
        **({"dct:spatial": _location(served.bbox)} if served.bbox else {}),
        **_temporal(served),
        "dct:issued": _day(entry.issued) if entry.issued else _instant(served.published_at),
        "dct:modified": _instant(served.published_at),
        "dcat:version": str(served.version),
        "dcat:landingPage": _typed(f"{address}?f=html", "foaf:Document"),
        "dcat:distribution": _distributions(base, address, layer),
    }


def _distributions(base: str, address: str, layer: Offered) -> list[Json]:
    entry = layer.served.entry
    found = []
    for form, media_type in layer.forms.items():
        if media_type != HTML:
            name, file_type = words.FILE_TYPES.get(form, (form, None))
            found.append(_distribution(base, f"{address}/items?f={form}", name, media_type, file_type, entry))
    if layer.has_tiles:
        found.append(_distribution(base, f"{address_of(base, entry.id)}/{MATRIX_SET}", "Vector tiles (MVT)", MVT, None, entry))
    return found


def _distribution(base: str, address: str, name: str, media_type: str, file_type: str | None, entry: CatalogueEntry) -> Json:
    plain = media_type.partition(";")[0]
    return {
        "@id": f"{address}#distribution",
        "@type": "dcat:Distribution",
        "dct:title": [_in(lang, f"{getattr(entry.title, lang)}: {name}") for lang in ("vi", "en")],
        "dct:description": [_in(lang, getattr(entry.summary, lang)) for lang in ("vi", "en")],
        "dcat:accessURL": _typed(address, "rdfs:Resource"),
        "dcat:accessService": {"@id": _service_id(base)},
        "dcat:mediaType": _typed(f"{_IANA}{plain}", "dct:MediaType"),
        "dct:format": _typed(file_type, "dct:MediaTypeOrExtent") if file_type else {"@type": "dct:MediaTypeOrExtent", "rdfs:label": name},
        "dct:license": _licence(entry.licence),
        "dcatap:availability": {**_typed(words.STABLE, "skos:Concept"), "skos:prefLabel": _in("en", "stable")},
    }


def _service(base: str, layers: Iterable[Offered]) -> Json:
    return {
        "@id": _service_id(base),
        "@type": "dcat:DataService",
        "dct:title": _both(_SERVICE),
        "dcat:endpointURL": _typed(base, "rdfs:Resource"),
        "dcat:endpointDescription": _typed(f"{base}/api", "rdfs:Resource"),
        "dct:conformsTo": _typed(_FEATURES, "dct:Standard"),
        "dct:format": {"@type": "dct:MediaTypeOrExtent", "rdfs:label": OPENAPI},
        "dcat:servesDataset": [{"@id": f"{base}/collections/{each.served.entry.id}"} for each in layers],
    }


def _service_id(base: str) -> str:
    return f"{base}#service"


def _description(entry: CatalogueEntry, language: str) -> str:
    return "\n\n".join(getattr(text, language) for text in (entry.summary, entry.note) if text is not None)


def _contact(contact: Contact) -> Json:
    return {
        "@type": ["vcard:Kind", "vcard:Organization"],
        "vcard:fn": contact.name,
        **({"vcard:hasEmail": {"@id": f"mailto:{contact.email}"}} if contact.email else {}),
        **({"vcard:hasTelephone": {"@id": f"tel:{''.join(contact.phone.split())}"}} if contact.phone else {}),
        **({"vcard:hasURL": {"@id": contact.url}} if contact.url else {}),
    }


def _theme(entry: CatalogueEntry) -> Json:
    if entry.theme is None:
        return {}
    address, name = words.theme_of(entry.theme)
    scheme = {"skos:inScheme": {"@id": words.DATA_THEMES}}
    return {
        "dcat:theme": {**_typed(address, "skos:Concept"), "skos:prefLabel": _in("en", name), **scheme},
        "dct:subject": {"@id": words.topic_of(entry.theme)},
    }


def _location(bbox: BBox) -> Json:
    west, south, east, north = bbox
    ring = ", ".join(f"{x} {y}" for x, y in ((west, south), (east, south), (east, north), (west, north), (west, south)))
    return {"@type": "dct:Location", "dcat:bbox": {"@value": f"POLYGON (({ring}))", "@type": "geo:wktLiteral"}}


def _temporal(served: Collection) -> Json:
    """Return the time that the features speak of; the last day is the one before that on which none is in force any more."""
    since, until = served.interval
    if since is None and until is None:
        return {}
    start = {"dcat:startDate": _day(since)} if since else {}
    end = {"dcat:endDate": _day(until - timedelta(days=1))} if until else {}
    return {"dct:temporal": {"@type": "dct:PeriodOfTime", **start, **end}}


def _licence(licence: str) -> Json:
    address = words.licence_address(licence)
    return _typed(address, "dct:LicenseDocument") if address else {"@type": "dct:LicenseDocument", "dct:title": licence}


def _languages() -> list[Json]:
    return [_typed(each, "dct:LinguisticSystem") for each in (words.VIETNAMESE, words.ENGLISH)]


def _typed(address: str, kind: str) -> Json:
    return {"@id": address, "@type": kind}


def _both(text: Text) -> list[Json]:
    return [_in("vi", text.vi), _in("en", text.en)]


def _in(language: str, text: str) -> dict[str, Any]:
    return {"@value": text, "@language": language}


def _instant(moment: datetime) -> Json:
    return {"@value": rfc3339(moment), "@type": "xsd:dateTime"}


def _day(day: date) -> Json:
    return {"@value": day.isoformat(), "@type": "xsd:date"}
