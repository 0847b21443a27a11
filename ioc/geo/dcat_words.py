"""Words of the authorities that DCAT-AP 3.0 asks for: rhythms, themes, licences and file types as the addresses that stand for them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ioc.geo.entry import Rhythm, Theme

_EU = "http://publications.europa.eu/resource/authority/"

DATA_THEMES = f"{_EU}data-theme"
VIETNAMESE, ENGLISH = f"{_EU}language/VIE", f"{_EU}language/ENG"
PUBLIC, RESTRICTED = f"{_EU}access-right/PUBLIC", f"{_EU}access-right/RESTRICTED"
STABLE = f"{_EU}planned-availability/STABLE"

# The vocabulary "Frequency" of the EU Publications Office.
FREQUENCIES: Mapping[Rhythm, str] = {
    "daily": f"{_EU}frequency/DAILY",
    "weekly": f"{_EU}frequency/WEEKLY",
    "monthly": f"{_EU}frequency/MONTHLY",
    "quarterly": f"{_EU}frequency/QUARTERLY",
    "annual": f"{_EU}frequency/ANNUAL",
    "irregular": f"{_EU}frequency/IRREG",
    "never": f"{_EU}frequency/NEVER",
}

_THEMES: Mapping[str, tuple[Theme, ...]] = {
    "AGRI": ("farming",),
    "ECON": ("economy",),
    "ENVI": ("biota", "climatologyMeteorologyAtmosphere", "environment", "inlandWaters", "oceans", "elevation", "geoscientificInformation"),
    "GOVE": ("intelligenceMilitary", "utilitiesCommunication", "disaster"),
    "HEAL": ("health",),
    "REGI": ("boundaries", "imageryBaseMapsEarthCover", "location", "planningCadastre", "structure"),
    "SOCI": ("society",),
    "TECH": ("extraTerrestrial",),
    "TRAN": ("transportation",),
}

_THEME_NAMES = {
    "AGRI": "Agriculture, fisheries, forestry and food",
    "ECON": "Economy and finance",
    "ENVI": "Environment",
    "GOVE": "Government and public sector",
    "HEAL": "Health",
    "REGI": "Regions and cities",
    "SOCI": "Population and society",
    "TECH": "Science and technology",
    "TRAN": "Transport",
}

# What `f` calls a form, its name for people, and its word in the vocabulary "File type"; the others have none.
FILE_TYPES: Mapping[str, tuple[str, str | None]] = {
    "json": ("GeoJSON", f"{_EU}file-type/GEOJSON"),
    "jsonfg": ("JSON-FG", None),
    "geojsonseq": ("GeoJSON text sequence", None),
    "csv": ("CSV", f"{_EU}file-type/CSV"),
    "fgb": ("FlatGeobuf", None),
    "gpkg": ("GeoPackage", f"{_EU}file-type/GPKG"),
    "geoparquet": ("GeoParquet", f"{_EU}file-type/PARQUET"),
}

# Of the list of SPDX, those that data and layers come under; any other expression is told in words.
_SPDX = re.compile(
    r"^(CC0-1\.0|CC-BY(-SA|-NC|-ND|-NC-SA|-NC-ND)?-[1-4]\.0|ODbL-1\.0|ODC-By-1\.0|PDDL-1\.0|OGL-UK-[1-3]\.0|CDLA-Permissive-[12]\.0"
    r"|CDLA-Sharing-1\.0|etalab-2\.0|NLOD-[12]\.0|DL-DE-BY-2\.0|DL-DE-ZERO-2\.0|MIT|ISC|Apache-2\.0|BSD-[23]-Clause)$"
)


def theme_of(topic: Theme) -> tuple[str, str]:
    """Return the address and the English name of the data theme that a topic category of ISO 19115-1 belongs to."""
    code = next(code for code, topics in _THEMES.items() if topic in topics)
    return f"{DATA_THEMES}/{code}", _THEME_NAMES[code]


def topic_of(topic: Theme) -> str:
    """Return the address of a topic category itself, in the register of INSPIRE."""
    return f"http://inspire.ec.europa.eu/metadata-codelist/TopicCategory/{topic}"


def licence_address(licence: str) -> str | None:
    """Return the address that stands for a licence: its own, or that of SPDX; None where it is told in words only."""
    if re.match(r"^https?://\S+$", licence):
        return licence
    return f"https://spdx.org/licenses/{licence}" if _SPDX.match(licence) else None
