"""The indicators as open data: a DCAT 2 catalogue in JSON-LD, a data set for each, in the forms in which it can be had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ioc.indicators.definition import Definition
from ioc.indicators.system import Text

_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
}
_FORMS = {
    "json": "application/json",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonstat": "application/json",
}
_FREQUENCY = {
    "day": "DAILY",
    "week": "WEEKLY",
    "month": "MONTHLY",
    "quarter": "QUARTERLY",
    "year": "ANNUAL",
}
_AUTHORITY = "http://publications.europa.eu/resource/authority/frequency/"


def catalogue(base: str, indicators: Sequence[Definition], publisher: Text | None) -> dict[str, Any]:
    """Return the catalogue; `base` is the service's address without a slash at the end, `publisher` who issues reports, where somebody is named."""
    address = f"{base}/v1/indicators/catalog.jsonld"
    return {
        "@context": _CONTEXT,
        "@id": address,
        "@type": "dcat:Catalog",
        "dct:title": _both(Text("Chỉ số của tỉnh", "Indicators of the province")),
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": _both(publisher) if publisher else "ioc"},
        "dcat:dataset": [_report(base), *(_dataset(base, one) for one in indicators)],
    }


def _report(base: str) -> dict[str, Any]:
    address = f"{base}/v1/indicators/report"
    return {
        "@id": address,
        "@type": "dcat:Dataset",
        "dct:identifier": "report",
        "dct:title": _both(Text("Báo cáo tháng của đơn vị", "Monthly report of a unit")),
        "dct:description": _both(
            Text(
                "Mọi chỉ số của một đơn vị trong kỳ: unit là mã đơn vị, at là kỳ báo cáo.",
                "All figures of a unit in a period: unit is the code of a unit, at the period.",
            )
        ),
        "dct:accrualPeriodicity": {"@id": _AUTHORITY + "MONTHLY"},
        "dcat:distribution": [
            {
                "@id": f"{address}?lang={code}",
                "@type": "dcat:Distribution",
                "dct:title": f"html ({code})",
                "dcat:mediaType": {"@id": "https://www.iana.org/assignments/media-types/text/html"},
                "dcat:accessURL": {"@id": f"{address}?lang={code}"},
            }
            for code in ("vi", "en")
        ],
    }


def _dataset(base: str, one: Definition) -> dict[str, Any]:
    address = f"{base}/v1/indicators/{one.id}"
    kind = one.periods[0]
    about = Text(*(" ".join(filter(None, (getattr(one.entry.description, code), getattr(one.words, code)))) for code in ("vi", "en")))
    return {
        "@id": address,
        "@type": "dcat:Dataset",
        "dct:identifier": one.id,
        "dct:title": _both(one.entry.title),
        "dct:description": _both(about),
        "dcat:keyword": [one.system, *one.dimensions],
        "dct:accrualPeriodicity": {"@id": _AUTHORITY + _FREQUENCY.get(kind, "MONTHLY")},
        "dcat:distribution": [
            {
                "@id": f"{address}/values?period={kind}&f={form}".replace(" ", "%20"),
                "@type": "dcat:Distribution",
                "dct:title": form,
                "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{media_type}"},
                "dcat:accessURL": {"@id": f"{address}/values?period={kind}&f={form}".replace(" ", "%20")},
            }
            for form, media_type in _FORMS.items()
        ],
    }


def _both(text: Text) -> list[dict[str, str]]:
    return [{"@language": "vi", "@value": text.vi}, {"@language": "en", "@value": text.en}]
