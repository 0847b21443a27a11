"""A hand-over as a page to print and to read aloud: first a sentence that sums up, then what stands, then what happened. It needs no script."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Any, Literal
from urllib.parse import urlencode

from ioc.alerts.rule import Text
from ioc.domain.clock import LOCAL_ZONE, rfc3339

Language = Literal["vi", "en"]
Json = Mapping[str, Any]
STYLE = """
.summary { font-size: 1.15rem; }
.extreme, .severe { font-weight: 700; }
td:first-child { white-space: nowrap; }
@media print {
  @page { margin: 15mm; }
  html { font-size: 11px; background: none; color: #000; }
  nav, footer { display: none; }
  body { max-width: none; padding: 0; }
  a { color: inherit; text-decoration: none; }
  h2 { break-after: avoid; }
  tr { break-inside: avoid; }
  thead { display: table-header-group; }
}
"""
_MOST_ROWS = 500
_WORDS = {
    "title": Text("Bàn giao ca trực", "Shift hand-over"),
    "earlier": Text("Ca trước", "Earlier"),
    "later": Text("Ca sau", "Later"),
    "map": Text("Bản đồ", "Map"),
    "other": Text("English", "Tiếng Việt"),
    "open": Text("Còn mở", "Still open"),
    "shelved": Text("Tạm gác, sẽ trở lại", "Shelved, coming back"),
    "cleared_unseen": Text("Đã hết nhưng chưa ai xem", "Cleared before anyone saw them"),
    "silences": Text("Lệnh tắt tiếng", "Silences"),
    "opened": Text("Mới phát sinh", "Opened"),
    "worsened": Text("Nặng thêm", "Worsened"),
    "acknowledged": Text("Đã xác nhận", "Acknowledged"),
    "assigned": Text("Đã giao việc", "Assigned"),
    "cleared": Text("Đã hết", "Cleared"),
    "closed": Text("Đã đóng", "Closed"),
    "comments": Text("Ghi chú", "Comments"),
    "severity": Text("Mức", "Severity"),
    "alert": Text("Cảnh báo", "Alert"),
    "place": Text("Nơi", "Place"),
    "since": Text("Từ", "Since"),
    "age": Text("Đã kéo dài", "For"),
    "state": Text("Tình trạng", "State"),
    "who": Text("Ai", "Who"),
    "at": Text("Lúc", "At"),
    "note": Text("Nội dung", "Note"),
    "back": Text("Trở lại lúc", "Back at"),
    "until": Text("Đến", "Until"),
    "what": Text("Tắt tiếng", "Hides"),
    "none": Text("Không có.", "None."),
    "unseen": Text("chưa ai xác nhận", "nobody has acknowledged it"),
    "seen_by": Text("{} đã xác nhận", "acknowledged by {}"),
    "assignee": Text("giao cho {}", "assigned to {}"),
    "nobody": Text("không giao cho ai", "assigned to nobody"),
    "is_silenced": Text("đang bị tắt tiếng", "silenced"),
    "is_over": Text("đã hết hiệu lực", "over"),
    "more": Text("và {} nữa", "and {} more"),
    "minor": Text("nhẹ", "minor"),
    "moderate": Text("vừa", "moderate"),
    "severe": Text("nặng", "severe"),
    "extreme": Text("rất nặng", "extreme"),
    "firing": Text("đang diễn ra", "going on"),
    "recovering": Text("đang hồi phục", "recovering"),
    "normal": Text("đã hết", "cleared"),
    "resolved": Text("đã xử lý", "resolved"),
    "false_alarm": Text("báo nhầm", "false alarm"),
    "duplicate": Text("trùng", "duplicate"),
    "exercise": Text("diễn tập", "exercise"),
    "other_reason": Text("lý do khác", "another reason"),
    "still_held": Text("khi đó vẫn đang diễn ra", "it still held"),
    "summary": Text(
        "Từ {begin} đến {end}: {opened} cảnh báo mới, {worsened} nặng thêm, {cleared} đã hết, {closed} đã đóng. "
        "Còn mở {open}, trong đó {unseen} chưa ai xác nhận; {cleared_unseen} đã hết trước khi có ai xem; {shelved} tạm gác.",
        "From {begin} to {end}: {opened} alerts opened, {worsened} worsened, {cleared} cleared, {closed} closed. "
        "{open} are still open, of which nobody has acknowledged {unseen}; {cleared_unseen} cleared before anyone saw them; {shelved} are shelved.",
    ),
}
_REASONS = {"other": "other_reason"}
_HAPPENED = ("opened", "worsened", "acknowledged", "assigned", "cleared", "closed", "comments")


def page(document: Json, language: Language) -> str:
    """Return the page of a hand-over in one language; what people wrote stands in it as they wrote it, and does nothing."""
    return _Page(document, language).whole()


class _Page:
    def __init__(self, document: Json, language: Language) -> None:
        self._document, self._language = document, language
        self._begin, self._end = datetime.fromisoformat(document["from"]), datetime.fromisoformat(document["to"])

    def whole(self) -> str:
        """Return the page."""
        title = self._word("title")
        other: Language = "en" if self._language == "vi" else "vi"
        length = self._end - self._begin
        nav = [
            f'<a href="../">{self._word("map")}</a>',
            self._link(self._begin - length, self._begin, self._language, "earlier"),
            self._link(self._end, self._end + length, self._language, "later"),
        ]
        stands = self._section("open", self._open, ("severity", "alert", "place", "since", "age", "state"))
        stands += self._section("cleared_unseen", self._happened, ("at", "severity", "alert", "place", "who", "note"))
        stands += self._section("shelved", self._shelved, ("back", "severity", "alert", "place", "who"))
        stands += self._section("silences", self._silence, ("until", "what", "who", "note"))
        happened = "".join(self._section(name, self._happened, ("at", "severity", "alert", "place", "who", "note")) for name in _HAPPENED)
        return (
            f'<!doctype html><html lang="{self._language}"><head><meta charset="utf-8"><title>{title} {self._local(self._end)}</title>'
            '<meta name="viewport" content="width=device-width"><link rel="icon" href="../favicon.svg">'
            '<link rel="stylesheet" href="../ogc/style.css"><link rel="stylesheet" href="handover.css"></head><body>'
            f"<header><nav>{''.join(nav)}</nav></header><main><h1>{title}</h1><p class=summary>{self._summary()}</p>{stands}{happened}</main>"
            f"<footer>{self._link(self._begin, self._end, self._language, None, 'json')} {self._link(self._begin, self._end, other, 'other')}</footer>"
            "</body></html>"
        )

    def _summary(self) -> str:
        unseen = sum(entry["acknowledged_by"] is None for entry in self._document["open"])
        same_day = self._begin.astimezone(LOCAL_ZONE).date() == self._end.astimezone(LOCAL_ZONE).date()
        end = self._end.astimezone(LOCAL_ZONE).strftime("%H:%M") if same_day else self._local(self._end)
        return self._word("summary").format(begin=self._local(self._begin), end=end, unseen=unseen, **self._document["counts"])

    def _section(self, name: str, row: Callable[[Json], Sequence[str]], columns: Sequence[str]) -> str:
        entries = self._document[name]
        heading = f'<h2 id="{name}">{self._word(name)} ({len(entries)})</h2>'
        if not entries:
            return f"{heading}<p>{self._word('none')}</p>"
        head = "".join(f"<th scope=col>{self._word(column)}</th>" for column in columns)
        rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row(entry))}</tr>" for entry in entries[:_MOST_ROWS])
        more = f"<p>{self._word('more').format(len(entries) - _MOST_ROWS)}</p>" if len(entries) > _MOST_ROWS else ""
        return f"{heading}<div class=scroll><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{more}"

    def _open(self, entry: Json) -> Sequence[str]:
        seen, assignee = entry["acknowledged_by"], entry["assignee"]
        states = [
            self._word(entry["condition"]),
            self._word("seen_by").format(escape(seen)) if seen else self._word("unseen"),
            self._word("assignee").format(escape(assignee)) if assignee else self._word("nobody"),
            *([self._word("is_silenced")] if entry["silenced_by"] else []),
        ]
        return (*self._what(entry), self._time(entry["fired_at"]), self._age(entry["age_s"]), "; ".join(states))

    def _shelved(self, entry: Json) -> Sequence[str]:
        return (self._time(entry["shelved_until"]), *self._what(entry), escape(entry["shelved_by"] or ""))

    def _happened(self, entry: Json) -> Sequence[str]:
        detail = entry["detail"] or {}
        reason = detail.get("reason") if entry["section"] == "closed" else None
        said = [
            *([self._word(_REASONS.get(reason, reason))] if reason else []),
            *([self._word("still_held")] if reason and detail.get("condition") not in (None, "normal") else []),
            *([f"→ {escape(detail['assignee'] or self._word('nobody'))}"] if "assignee" in detail else []),
            *([escape(entry["note"])] if entry["note"] else []),
        ]
        return (self._time(entry["time"]), *self._what(entry), escape(entry["actor"]), "; ".join(said))

    def _silence(self, entry: Json) -> Sequence[str]:
        named = [" ".join([each["name"], each["op"], _joined(each["value"])]) for each in entry["matchers"]]
        area = entry["area"] or {}
        named += [area["unit"]] if "unit" in area else ["◇"] if area else []
        over = "" if entry["in_force"] else f" ({self._word('is_over')})"
        return (f"{self._time(entry['ends_at'])}{over}", escape("; ".join(named)), escape(entry["created_by"]), escape(entry["comment"]))

    def _what(self, entry: Json) -> Sequence[str]:
        unit = entry["unit"] or {}
        place = ", ".join(part for part in (entry["station_name"], unit.get(f"path_{self._language}")) if part)
        severity = f'<span class="{entry["severity"]}">{self._word(entry["severity"])}</span>'
        return severity, escape(entry["title"].get(self._language) or entry["rule"]), escape(place or entry["subject"])

    def _link(self, begin: datetime, end: datetime, language: Language, word: str | None, form: str = "html") -> str:
        asked = urlencode({"from": rfc3339(begin), "to": rfc3339(end), "f": form, "lang": language})
        return f'<a href="handover?{escape(asked)}">{self._word(word) if word else "JSON"}</a>'

    def _time(self, instant: str) -> str:
        return f'<time datetime="{instant}">{self._local(datetime.fromisoformat(instant))}</time>'

    def _local(self, instant: datetime) -> str:
        return instant.astimezone(LOCAL_ZONE).strftime("%H:%M %d/%m/%Y" if self._language == "vi" else "%Y-%m-%d %H:%M")

    def _age(self, seconds: int) -> str:
        days, rest = divmod(timedelta(seconds=seconds), timedelta(days=1))
        hours, minutes = divmod(rest // timedelta(minutes=1), 60)
        units = ("ngày", "giờ", "phút") if self._language == "vi" else ("d", "h", "min")
        told = [f"{number} {unit}" for number, unit in zip((days, hours, minutes), units, strict=True) if number]
        return " ".join(told[:2]) or f"0 {units[2]}"

    def _word(self, name: str) -> str:
        return str(getattr(_WORDS[name], self._language))


def _joined(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)
