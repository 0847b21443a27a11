"""Catalogue entries: what a layer is called, whose it is, how it was made, and where its attributes are found."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
import yaml
from msgspec import Meta, Struct

from ioc.errors import ConfigurationError

LayerId: TypeAlias = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,62}$")]
Rhythm: TypeAlias = Literal["daily", "weekly", "monthly", "quarterly", "annual", "irregular", "never"]
# The topic categories of ISO 19115-1:2014, B.3.30 MD_TopicCategoryCode.
Theme: TypeAlias = Literal[
    "farming",
    "biota",
    "boundaries",
    "climatologyMeteorologyAtmosphere",
    "economy",
    "elevation",
    "environment",
    "geoscientificInformation",
    "health",
    "imageryBaseMapsEarthCover",
    "intelligenceMilitary",
    "inlandWaters",
    "location",
    "oceans",
    "planningCadastre",
    "society",
    "structure",
    "transportation",
    "utilitiesCommunication",
    "extraTerrestrial",
    "disaster",
]
# Those that are told by name; windows-1258 and UTF-8 are Unicode's own, TCVN3 and VNI are those of fonts.
EncodingName: TypeAlias = Literal["UTF-8", "windows-1258", "TCVN3", "VNI"]

LIVE = frozenset({"alerts", "events", "stations", "units-now"})
"""The collections that are made from the live state; no layer can have their names."""


class Text(Struct, frozen=True, forbid_unknown_fields=True):
    """The same words in Vietnamese and English."""

    vi: str
    en: str


class Contact(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to ask about a layer."""

    name: str
    email: str | None = None
    phone: str | None = None
    url: str | None = None


class Constant(Struct, frozen=True, forbid_unknown_fields=True):
    """A value that every feature has, whatever the file says."""

    const: Any


class CatalogueEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One layer; sdi/README.md explains every word."""

    id: LayerId
    title: Text
    summary: Text
    file: str = ""
    kind: Literal["units", "features"] = "features"
    note: Text | None = None
    file_layer: str | None = None
    crs: str | None = None
    encoding: EncodingName | None = None
    lon: str | None = None
    lat: str | None = None
    wkt: str | None = None
    join: bool = False
    public: bool = False
    owner: str
    licence: str
    lineage: Text
    update_rhythm: Rhythm = "irregular"
    contact: Contact | None = None
    keywords: list[Text] = []
    theme: Theme | None = None
    issued: date | None = None
    key: str | None = None
    succession: str | None = None
    former: str | None = None
    fields: dict[str, str | Constant] = {}

    def __post_init__(self) -> None:
        if self.join and self.kind != "units":
            raise ValueError(f"layer {self.id} is of kind {self.kind}: only a layer of kind units can join")
        if self.key and self.kind == "units":
            raise ValueError(f"layer {self.id} is of kind units: its key is code and valid_from, not {self.key}")
        if self.kind != "units" and (self.succession or self.former):
            raise ValueError(f"layer {self.id} is of kind {self.kind}: only units have a succession and former units")
        if (self.lon is None) != (self.lat is None):
            raise ValueError(f"layer {self.id} names lon {self.lon} and lat {self.lat}: name both or neither")

    def as_json(self) -> str:
        """Return the entry as a JSON object, as `decode_entry` reads it."""
        return msgspec.json.encode(self).decode()


class _Catalogue(Struct, frozen=True, forbid_unknown_fields=True):
    layers: list[CatalogueEntry]


def refuse_live(name: str) -> None:
    """Raise ValueError where a layer would have the name of a live collection."""
    if name in LIVE:
        raise ValueError(f"layer {name} has the name of a live collection ({', '.join(sorted(LIVE))}): choose another")


def decode_entry(text: str) -> CatalogueEntry:
    """Return the entry that `text` is the JSON of."""
    return msgspec.json.decode(text, type=CatalogueEntry)


def read_catalogue(path: Path) -> list[CatalogueEntry]:
    """Return the entries of the catalogue file `path`, in order of precedence.

    Raises:
        ConfigurationError: it cannot be read, has a word that is not known or lacks one, or names a layer twice.
    """
    try:
        entries = msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), _Catalogue).layers
        for entry in entries:
            refuse_live(entry.id)
    except OSError as error:
        raise ConfigurationError(f"the catalogue {path} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigurationError(f"the catalogue {path} is wrong: {error}") from error
    names = [entry.id for entry in entries]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigurationError(f"the catalogue {path} names {', '.join(twice)} more than once")
    if without := [entry.id for entry in entries if not entry.file]:
        raise ConfigurationError(f"the catalogue {path} names no file for {', '.join(without)}")
    return entries
