"""The same documents as pages for a person: plain, without scripts, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from ioc.geo.documents import TITLE, Json, Language, with_format
from ioc.geo.entry import Text

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 75rem; padding: 1rem; }
nav, footer { display: flex; gap: 1rem; flex-wrap: wrap; }
main > p { max-width: 45rem; white-space: pre-line; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
dt { font-weight: 600; }
dd { margin: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { border-bottom: 1px solid #8886; padding: .25rem .75rem .25rem 0; text-align: left; vertical-align: top; }
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
    "other": Text("English", "Tiếng Việt"),
}
_FACTS = ("owner", "licence", "lineage", "updateRhythm", "version", "published", "itemCount")


class Pages:
    """Pages in one language; `base` is the address of the landing page."""

    def __init__(self, base: str, language: Language) -> None:
        self._base = base
        self._language = language

    def landing(self, document: Json) -> str:
        """Return the landing page."""
        ways = [("collections", self._word("collections")), ("conformance", self._word("conformance"))]
        links = "".join(f"<li>{self._link(f'{self._base}/{path}', word)}</li>" for path, word in ways)
        api = f'<li><a href="{escape(self._base)}/api">OpenAPI</a></li>'
        return self._page("", document["title"], f"<p>{escape(document['description'])}</p><ul>{links}{api}</ul>")

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
        facts = [(self._word(name), document[name]) for name in _FACTS]
        extent = [("bbox", ", ".join(map(str, document["extent"]["spatial"]["bbox"][0])))]
        items = f"<p>{self._link(f'{self._base}{path}/items', self._word('items'))}</p>"
        return self._page(path, document["title"], f"<p>{escape(document['description'])}</p>{items}{_facts(facts + extent)}")

    def items(self, name: str, title: str, features: Sequence[Json], links: Iterable[Json], matched: int) -> str:
        """Return a page of features as a table of their attributes."""
        path = f"/collections/{name}/items"
        columns = list(dict.fromkeys(key for feature in features for key in feature["properties"]))
        head = "".join(f"<th>{escape(each)}</th>" for each in [self._word("id"), *columns])
        rows = "".join(self._row(path, feature, columns) for feature in features)
        onward = "".join(
            f'<p><a rel="next" href="{escape(each["href"])}">{self._word("next")}</a></p>' for each in links if each["rel"] == "next"
        )
        count = f"<p>{matched} {self._word('matched')}, {len(features)} {self._word('shown')}</p>"
        table = f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
        return self._page(path, title, count + table + onward)

    def item(self, name: str, feature: Json) -> str:
        """Return one feature: its attributes and the kind of its geometry."""
        facts = [*feature["properties"].items(), ("geometry", feature["geometry"]["type"])]
        return self._page(f"/collections/{name}/items/{quote(feature['id'], safe='')}", feature["id"], _facts(facts))

    def _row(self, path: str, feature: Json, columns: Sequence[str]) -> str:
        link = self._link(f"{self._base}{path}/{quote(feature['id'], safe='')}", feature["id"])
        cells = "".join(f"<td>{_cell(feature['properties'].get(each))}</td>" for each in columns)
        return f"<tr><td>{link}</td>{cells}</tr>"

    def _link(self, address: str, word: str) -> str:
        return f'<a href="{escape(with_format(address, [("lang", self._language)], "html"))}">{escape(word)}</a>'

    def _word(self, name: str) -> str:
        return str(getattr(_WORDS[name], self._language))

    def _page(self, path: str, title: str, body: str) -> str:
        other = "en" if self._language == "vi" else "vi"
        switch = escape(with_format(self._base + path, [("lang", other)], "html"))
        crumbs = [self._link(self._base, self._word("home")), self._link(f"{self._base}/collections", self._word("collections"))]
        if path.count("/") > 2:  # noqa: PLR2004 - below a collection
            name = path.split("/")[2]
            crumbs += [self._link(f"{self._base}/collections/{name}", name)]
        return (
            f'<!doctype html><html lang="{self._language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
            f'<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="{escape(self._base)}/style.css"></head><body>'
            f"<header><nav>{''.join(crumbs)}</nav></header><main><h1>{escape(title)}</h1>{body}</main>"
            f'<footer><span>{escape(getattr(TITLE, self._language))}</span> <a href="{escape(with_format(self._base + path, [], "json"))}">JSON</a>'
            f' <a hreflang="{other}" href="{switch}">{self._word("other")}</a></footer></body></html>'
        )


def _facts(facts: Iterable[tuple[str, Any]]) -> str:
    return f"<dl>{''.join(f'<dt>{escape(name)}</dt><dd>{_cell(value)}</dd>' for name, value in facts)}</dl>"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return escape(str(value) if not isinstance(value, Mapping | list) else repr(value))
