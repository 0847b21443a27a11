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
_MONTH_LENGTH = len("10")
_WORDS = {
    "title": Text("Bàn giao ca trực", "Shift hand-over"),
    "earlier": Text("Ca trước", "Earlier"),
    "later": Text("Ca sau", "Later"),
    "map": Text("Bản đồ", "Map"),
    "other": Text("English", "Tiếng Việt"),
    "open": Text("Còn diễn ra", "Still going on"),
    "over": Text("Đã hết nhưng chưa ai xác nhận", "Over, and nobody has acknowledged it"),
    "targets": Text("Chỉ tiêu chưa đạt", "Targets"),
    "shelved": Text("Tạm gác, sẽ trở lại", "Shelved, coming back"),
    "silences": Text("Đợt tạm ẩn cảnh báo", "Silences"),
    "opened": Text("Mới phát sinh", "Opened"),
    "worsened": Text("Nặng thêm", "Worsened"),
    "acknowledged": Text("Đã xác nhận", "Acknowledged"),
    "assigned": Text("Đã giao việc", "Assigned"),
    "cleared": Text("Đã hết", "Cleared"),
    "closed": Text("Đã đóng", "Closed"),
    "reopened": Text("Mở lại", "Reopened"),
    "comments": Text("Ghi chú", "Comments"),
    "severity": Text("Mức", "Severity"),
    "alert": Text("Cảnh báo", "Alert"),
    "place": Text("Nơi", "Place"),
    "since": Text("Từ", "Since"),
    "age": Text("Đã kéo dài", "For"),
    "state": Text("Tình trạng", "State"),
    "who": Text("Ai", "Who"),
    "hand": Text("Người xử lý", "In hand of"),
    "at": Text("Lúc", "At"),
    "note": Text("Nội dung", "Note"),
    "back": Text("Trở lại lúc", "Back at"),
    "until": Text("Đến", "Until"),
    "what": Text("Tạm ẩn", "Hides"),
    "none": Text("Không có.", "None."),
    "unseen": Text("chưa ai xác nhận", "nobody has acknowledged it"),
    "seen_by": Text("{} đã xác nhận", "acknowledged by {}"),
    "nobody": Text("chưa giao", "nobody"),
    "is_silenced": Text("đang tạm ẩn", "silenced"),
    "is_over": Text("đã hết hiệu lực", "over"),
    "more": Text("và {} nữa", "and {} more"),
    "minor": Text("Nhẹ", "Minor"),
    "moderate": Text("Trung bình", "Moderate"),
    "severe": Text("Nghiêm trọng", "Severe"),
    "extreme": Text("Đặc biệt nghiêm trọng", "Extreme"),
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
        "Còn diễn ra {standing}, trong đó {unseen} chưa ai xác nhận; {over} đã hết nhưng chưa ai xác nhận; {shelved} tạm gác; {targets} chỉ tiêu chưa đạt.",
        "From {begin} to {end}: {opened} alerts opened, {worsened} worsened, {cleared} cleared, {closed} closed. "
        "{standing} still go on, of which nobody has acknowledged {unseen}; {over} are over and nobody has acknowledged them; {shelved} are shelved; "
        "{targets} are of targets.",
    ),
}
_REASONS = {"other": "other_reason"}
_HAPPENED = ("opened", "worsened", "acknowledged", "assigned", "cleared", "closed", "reopened", "comments")


def page(document: Json, language: Language) -> str:
    """Return the page of a hand-over in one language; what people wrote stands in it as they wrote it, and does nothing."""
    return _Page(document, language).whole()


class _Page:
    def __init__(self, document: Json, language: Language) -> None:
        self._document, self._language = document, language
        self._begin, self._end = datetime.fromisoformat(document["from"]), datetime.fromisoformat(document["to"])
        self._standing: dict[str, list[Json]] = {"open": [], "over": [], "targets": []}
        for entry in document["open"]:
            part = "targets" if entry["kind"] == "target" else "over" if entry["condition"] == "normal" else "open"
            self._standing[part].append(entry)

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
        columns = ("severity", "alert", "place", "since", "age", "state", "hand")
        stands = "".join(self._section(name, self._open, columns) for name in self._standing)
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
        standing = {name: len(entries) for name, entries in self._standing.items() if name != "open"}
        unseen = sum(entry["acknowledged_by"] is None for entry in self._standing["open"])
        same_day = self._begin.astimezone(LOCAL_ZONE).date() == self._end.astimezone(LOCAL_ZONE).date()
        end = self._end.astimezone(LOCAL_ZONE).strftime("%H:%M") if same_day else self._local(self._end)
        counts = {**self._document["counts"], **standing, "standing": len(self._standing["open"]), "unseen": unseen}
        return self._word("summary").format(begin=self._local(self._begin), end=end, **counts)

    def _section(self, name: str, row: Callable[[Json], Sequence[str]], columns: Sequence[str]) -> str:
        entries = self._standing[name] if name in self._standing else self._document[name]
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
            *([self._word("is_silenced")] if entry["silenced_by"] else []),
        ]
        hand = escape(assignee) if assignee else self._word("nobody")
        return (*self._what(entry), self._time(entry["fired_at"]), self._age(entry["age_s"]), "; ".join(states), hand)

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
        title = entry["title"].get(self._language) or entry["rule"]
        if (figure := entry["figure"]) is not None:
            title = f"{title}: {figure['title'].get(self._language) or figure['title']['vi']} · {self._period(figure['period'])}"
        return severity, escape(title), escape(place or entry["subject"])

    def _period(self, period: str) -> str:
        """Return a month as it is said; any other period as its label."""
        year, _, month = period.partition("-")
        return f"tháng {int(month)}/{year}" if self._language == "vi" and len(month) == _MONTH_LENGTH and month.isdigit() else period

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
