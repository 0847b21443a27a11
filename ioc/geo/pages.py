"""The same documents as pages for a person: they need no script, a map beside them does; nothing comes from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import quote

import msgspec

from ioc.domain.clock import LOCAL_ZONE
from ioc.geo.column_words import column_title
from ioc.geo.documents import TITLE, Json, Language, with_format
from ioc.geo.entry import Text

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
html { background: light-dark(#fff, #15181b); color: light-dark(#15181b, #eceff1); }
body { margin: 0 auto; max-width: 90rem; padding: 1rem; overflow-wrap: anywhere; }
nav, footer { display: flex; gap: .25rem 1rem; flex-wrap: wrap; }
footer { margin-block: 2rem 1rem; }
a { padding-block: .2rem; color: light-dark(#0b4f94, #9fc9ff); }
h1 { line-height: 1.2; }
main > p { max-width: 45rem; white-space: pre-line; }
dl { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr; gap: .25rem 1rem; }
dt { font-weight: 600; }
dd { margin: 0; }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
input { flex: 1 1 16rem; min-width: 0; }
input, button { font: inherit; padding: .4rem .6rem; }
form p { flex-basis: 100%; margin: 0; }
[role=alert] { color: light-dark(#a30010, #ff9c94); }
.beside { display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
@media (min-width: 60rem) { .beside { grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); } .beside .map { position: sticky; top: 1rem; order: 1; } }
.map { height: min(60vh, 28rem); border: 1px solid #8886; align-self: start; }
.map:empty::before { content: attr(data-waiting); display: block; padding: 1rem; }
.downloads { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; padding: 0; }
.map:has(+ .scroll) { height: min(40vh, 20rem); }
.map + .scroll { margin-block-start: 1rem; }
.scroll { overflow: auto; max-height: 80vh; }
time { white-space: nowrap; }
thead th { position: sticky; top: 0; background: light-dark(#fff, #15181b); }
table { border-collapse: collapse; overflow-wrap: normal; }
th, td { border-bottom: 1px solid #8886; padding: .25rem .75rem .25rem 0; text-align: left; vertical-align: top; }
tr:target, tr.chosen { background: light-dark(#fff2b8, #4a4010); }
"""
_WORDS = {
    "home": Text("Trang chủ", "Home"),
    "collections": Text("Các lớp", "Collections"),
    "items": Text("Đối tượng", "Features"),
    "next": Text("Trang sau", "Next page"),
    "matched": Text("phù hợp", "matched"),
    "shown": Text("hiển thị", "shown"),
    "conformance": Text("Tuân thủ", "Conformance"),
    "id": Text("Mã", "Id"),
    "owner": Text("Chủ quản", "Owner"),
    "licence": Text("Giấy phép", "Licence"),
    "lineage": Text("Nguồn gốc", "Lineage"),
    "updateRhythm": Text("Cập nhật", "Updated"),
    "version": Text("Phiên bản", "Version"),
    "published": Text("Công bố", "Published"),
    "itemCount": Text("Số đối tượng", "Features"),
    "freshness": Text("Độ mới", "Freshness"),
    "fresh": Text("mới", "fresh"),
    "due": Text("đến hạn cập nhật", "due"),
    "daily": Text("hằng ngày", "daily"),
    "weekly": Text("hằng tuần", "weekly"),
    "monthly": Text("hằng tháng", "monthly"),
    "quarterly": Text("hằng quý", "quarterly"),
    "annual": Text("hằng năm", "annual"),
    "irregular": Text("không định kỳ", "irregular"),
    "never": Text("không cập nhật", "never"),
    "address": Text("Địa chỉ cho QGIS và các phần mềm GIS khác (OGC API Features)", "Address for QGIS and other GIS (OGC API Features)"),
    "overdue": Text("quá hạn cập nhật", "overdue"),
    "tiles": Text("Ô bản đồ véc-tơ", "Vector tiles"),
    "maplibre": Text("Kiểu bản đồ MapLibre", "MapLibre style"),
    "dcat": Text("Mô tả DCAT", "DCAT description"),
    "other": Text("English", "Tiếng Việt"),
    "map": Text("Bản đồ", "Map"),
    "table": Text("Bảng thuộc tính", "Table of attributes"),
    "map_needs": Text("Bản đồ cần JavaScript và giao diện bản đồ đã dựng.", "The map needs JavaScript and the map interface to be built."),
    "filter": Text("Lọc (CQL2)", "Filter (CQL2)"),
    "apply": Text("Lọc", "Apply"),
    "attributes": Text("Thuộc tính để lọc", "Attributes to filter by"),
    "downloads": Text("Tải về", "Downloads"),
    "live": Text("Trực tiếp", "Live"),
    "yes": Text("có", "yes"),
}
# The relation of a link, and what the page calls it.
_MACHINES = {"tilesets-vector": "tiles", "stylesheet": "maplibre", "describedby": "dcat"}
_FACTS = ("owner", "licence", "lineage", "updateRhythm", "version", "published", "itemCount")
_NAMES = {"json": "GeoJSON", "jsonfg": "JSON-FG", "geojsonseq": "GeoJSON-Seq", "csv": "CSV", "fgb": "FlatGeobuf", "gpkg": "GeoPackage"}
_NAMES |= {"geoparquet": "GeoParquet"}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
# What a person asks anew where another filter is asked for.
_ONWARD = frozenset({"f", "filter", "filter-lang", "cursor", "offset"})


class Pages:
    """Pages in one language; `base` is the address of the landing page."""

    def __init__(self, base: str, language: Language) -> None:
        self._base = base
        self._language = language
        self._root = escape(base.removesuffix("/ogc"))

    def landing(self, document: Json) -> str:
        """Return the landing page."""
        ways = [("collections", self._word("collections")), ("conformance", self._word("conformance"))]
        links = "".join(f"<li>{self._link(f'{self._base}/{path}', word)}</li>" for path, word in ways)
        api = f'<li><a href="{escape(self._base)}/api">OpenAPI</a></li>'
        catalogue = f'<li><a href="{self._root}/catalog.jsonld">DCAT-AP</a></li>'
        address = f"<p>{self._word('address')}: <code>{escape(self._base)}</code></p>"
        return self._page("", document["title"], f"<p>{escape(document['description'])}</p>{address}<ul>{links}{api}{catalogue}</ul>")

    def conformance(self, document: Json) -> str:
        """Return the conformance classes."""
        rows = "".join(f"<li>{escape(each)}</li>" for each in document["conformsTo"])
        return self._page("/conformance", self._word("conformance"), f"<ul>{rows}</ul>")

    def collections(self, document: Json) -> str:
        """Return the list of collections."""
        rows = "".join(
            f"<dt>{self._link(self._base + '/collections/' + each['id'], each['id'])}</dt>"
            f"<dd>{escape(each['title'])} ({each['itemCount']})</dd>"
            for each in document["collections"]
        )
        return self._page("/collections", self._word("collections"), f"<dl>{rows}</dl>")

    def collection(self, document: Json) -> str:
        """Return what is known about a collection."""
        path = f"/collections/{document['id']}"
        facts = [(self._word(name), self._word(document[name]) if name == "updateRhythm" else document[name]) for name in _FACTS]
        if document.get("freshness"):
            facts.append((self._word("freshness"), self._word(document["freshness"])))
        if document.get("live"):
            facts.append((self._word("live"), self._word("yes")))
        bbox = ", ".join(map(str, document["extent"]["spatial"]["bbox"][0]))
        items = f"<p>{self._link(f'{self._base}{path}/items', self._word('items'))}</p>"
        downloads = self._downloads(f"{self._base}{path}/items", [])
        downloads += self._machines(document)
        about = f"<div>{items}{_facts([*facts, ('bbox', bbox)])}<h2>{self._word('downloads')}</h2>{downloads}</div>"
        body = f"<p>{escape(document['description'])}</p><div class=beside>{self._map(bbox, None)}{about}</div>"
        return self._page(path, document["title"], body)

    def items(
        self,
        name: str,
        title: str,
        features: Sequence[Json],
        links: Iterable[Json],
        matched: int,
        asked: Mapping[str, str],
        note: str | None = None,
    ) -> str:
        """Return a page of features as a table of their attributes, below a map; `asked` are the parameters of the question."""
        path = f"/collections/{name}/items"
        columns = list(dict.fromkeys(key for feature in features for key in feature["properties"]))
        titles = [self._word("id"), *(column_title(name, each, self._language) for each in columns)]
        head = "".join(f'<th scope="col">{escape(each)}</th>' for each in titles)
        rows = "".join(self._row(path, number, feature, columns) for number, feature in enumerate(features))
        onward = "".join(
            f'<p><a rel="next" href="{escape(each["href"])}">{self._word("next")}</a></p>' for each in links if each["rel"] == "next"
        )
        count = f"<p>{matched} {self._word('matched')}, {len(features)} {self._word('shown')}</p>" + (
            f"<p>{escape(note)}</p>" if note else ""
        )
        table = (
            f'<div class="scroll" tabindex="0" role="region" aria-label="{self._word("table")}">'
            f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        )
        address = f"{self._base}{path}"
        shown = with_format(address, [(key, value) for key, value in asked.items() if key != "crs"], "json")
        body = f"{self._filter(name, asked)}{count}{self._map(None, shown)}{table}{onward}"
        whole = [(key, value) for key, value in asked.items() if key not in {"cursor", "offset", "limit", "lang"}]
        return self._page(path, title, f"{body}<h2>{self._word('downloads')}</h2>{self._downloads(address, whole)}")

    def refused(self, name: str, title: str, asked: Mapping[str, str], why: str) -> str:
        """Return the page of a question that could not be answered: the filter as it was asked for, and what is wrong."""
        return self._page(f"/collections/{name}/items", title, self._filter(name, asked, why))

    def item(self, name: str, feature: Json) -> str:
        """Return one feature: its attributes and the kind of its geometry."""
        shape = feature["geometry"]
        told = ((column_title(name, key, self._language), value) for key, value in feature["properties"].items())
        facts = [*told, ("geometry", shape and shape["type"])]
        path = f"/collections/{name}/items/{quote(feature['id'], safe='')}"
        shown = with_format(self._base + path, [], "json")
        return self._page(path, feature["id"], f"<div class=beside>{self._map(None, shown)}{_facts(facts)}</div>")

    def _machines(self, document: Json) -> str:
        """Return links to what programs read of a layer besides its features."""
        ways = [(_MACHINES.get(each["rel"].rpartition("/")[2]), each["href"]) for each in document["links"]]
        links = "".join(f'<li><a href="{escape(address)}">{self._word(word)}</a></li>' for word, address in ways if word)
        return f"<ul>{links}</ul>" if links else ""

    def _row(self, path: str, number: int, feature: Json, columns: Sequence[str]) -> str:
        link = self._link(f"{self._base}{path}/{quote(feature['id'], safe='')}", feature["id"])
        cells = "".join(f"<td>{_cell(feature['properties'].get(each))}</td>" for each in columns)
        return f'<tr id="row-{number}"><td>{link}</td>{cells}</tr>'

    def _filter(self, name: str, asked: Mapping[str, str], why: str | None = None) -> str:
        """Return the form in which features are filtered; `why` the last filter was refused stands beside it."""
        kept = [("f", "html"), *((key, value) for key, value in asked.items() if key not in _ONWARD)]
        hidden = "".join(f'<input type="hidden" name="{escape(key)}" value="{escape(value)}">' for key, value in kept)
        text = escape(asked.get("filter", ""))
        wrong = ' aria-invalid="true" aria-describedby="why"' if why else ""
        told = f'<p role="alert" id="why">{escape(why)}</p>' if why else ""
        known = f'<a href="{escape(self._base)}/collections/{name}/queryables">{self._word("attributes")}</a>'
        return (
            f'<form action="{escape(self._base)}/collections/{name}/items">{hidden}<label for="filter">{self._word("filter")}</label>'
            f'<input id="filter" name="filter" value="{text}" autocomplete="off" spellcheck="false"{wrong}>'
            f"<button>{self._word('apply')}</button> {known}{told}</form>"
        )

    def _map(self, extent: str | None, items: str | None) -> str:
        """Return the place of a map of a rectangle or of features; a script draws it."""
        about = f' data-extent="{escape(extent)}"' if extent else ""
        about += f' data-items="{escape(items)}"' if items else ""
        style = f"{self._base}/style.json?lang={self._language}"
        return (
            f'<div class="map" data-label="{self._word("map")}" data-style="{escape(style)}"{about} '
            f'data-waiting="{self._word("map_needs")}"></div>'
        )

    def _downloads(self, address: str, asked: Sequence[tuple[str, str]]) -> str:
        links = (f'<li><a href="{escape(with_format(address, asked, form))}">{name}</a></li>' for form, name in _NAMES.items())
        return f'<ul class="downloads">{"".join(links)}</ul>'

    def _link(self, address: str, word: str) -> str:
        return f'<a href="{escape(with_format(address, [("lang", self._language)], "html"))}">{escape(word)}</a>'

    def _word(self, name: str) -> str:
        return str(getattr(_WORDS[name], self._language))

    def _script(self, body: str) -> str:
        """Return what draws the map of a page that has one: it is built with the map interface."""
        assets = f"{self._root}/assets"
        drawn = f'<link rel="stylesheet" href="{assets}/maplibre-gl.css"><script type="module" src="{assets}/ogc.js"></script>'
        return drawn if 'class="map"' in body else ""

    def _page(self, path: str, title: str, body: str) -> str:
        other = "en" if self._language == "vi" else "vi"
        switch = escape(with_format(self._base + path, [("lang", other)], "html"))
        crumbs = [self._link(self._base, self._word("home")), self._link(f"{self._base}/collections", self._word("collections"))]
        if path.count("/") > 2:  # noqa: PLR2004 - below a collection
            name = path.split("/")[2]
            crumbs += [self._link(f"{self._base}/collections/{name}", name)]
        return (
            f'<!doctype html><html lang="{self._language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
            f'<meta name="viewport" content="width=device-width"><link rel="icon" href="{self._root}/favicon.svg"><link rel="stylesheet" href="{escape(self._base)}/style.css">{self._script(body)}</head><body>'
            f"<header><nav>{''.join(crumbs)}</nav></header><main><h1>{escape(title)}</h1>{body}</main>"
            f'<footer><span>{escape(getattr(TITLE, self._language))}</span> <a href="{escape(with_format(self._base + path, [], "json"))}">JSON</a>'
            f' <a hreflang="{other}" href="{switch}">{self._word("other")}</a></footer></body></html>'
        )


def _facts(facts: Iterable[tuple[str, Any]]) -> str:
    return f"<dl>{''.join(f'<dt>{escape(name)}</dt><dd>{_cell(value)}</dd>' for name, value in facts)}</dl>"


def _cell(value: Any) -> str:
    """Return a value for a person: an instant on the clock of the centre."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        local = datetime.fromisoformat(value).astimezone(LOCAL_ZONE)
        return f'<time datetime="{value}">{local:%d/%m/%Y %H:%M:%S}</time>'
    return escape(str(value) if not isinstance(value, Mapping | list) else msgspec.json.encode(value).decode())
