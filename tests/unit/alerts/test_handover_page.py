from __future__ import annotations

import re
from typing import Any

from ioc.alerts.handover import SECTIONS, Chapter, hand_over
from ioc.alerts.handover_page import page
from ioc.domain.alert_story import Step
from ioc.domain.clock import rfc3339
from tests.support.examples import alert, at

HOUR = 3600.0


def document(**changed: Any) -> dict[str, Any]:
    steps = [
        Step("fired", at(-HOUR), at(-HOUR), "severe", "engine"),
        Step("acknowledged", at(60), at(60), "severe", "lan", "<script>alert(1)</script> đã gọi"),
        Step("closed", at(120), at(120), "severe", "lan", None, {"reason": "other", "condition": "firing"}),
        Step("worsened", at(180), at(180), "extreme", "engine"),
        Step("assigned", at(240), at(240), "extreme", "lan", None, {"assignee": "Minh & Hoa"}),
    ]
    sections = hand_over([Chapter(alert(1), steps)], at(0), at(8 * HOUR))
    silences = [
        {
            "matchers": [{"name": "rule", "op": "in", "value": ["flood", "heat"]}],
            "area": {"unit": "24"},
            "comment": "diễn tập",
            "created_by": "lan",
            "ends_at": rfc3339(at(9 * HOUR)),
            "in_force": True,
        }
    ]
    counts = {name: len(sections[name]) for name in SECTIONS}
    return {"from": rfc3339(at(0)), "to": rfc3339(at(8 * HOUR)), "counts": counts, **sections, "silences": silences, **changed}


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_first_sentence_sums_up() -> None:
    assert "Từ 12:00 22/11/2026 đến 20:00: 0 cảnh báo mới, 1 nặng thêm, 0 đã hết, 1 đã đóng. Còn diễn ra 1, trong đó 1 chưa ai" in page(
        document(), "vi"
    )
    assert "From 2026-11-22 12:00 to 20:00: 0 alerts opened, 1 worsened" in page(document(), "en")


def test_every_section_is_told_in_both_languages() -> None:
    vietnamese, english = text(page(document(), "vi")), text(page(document(), "en"))
    for words in (
        "Còn diễn ra (1)",
        "Đã hết nhưng chưa ai xác nhận (0)",
        "Đợt tạm ẩn cảnh báo (1)",
        "Đặc biệt nghiêm trọng",
        "8 giờ",
        "chưa ai xác nhận",
        "diễn tập",
    ):
        assert words in vietnamese
    for words in ("Still going on (1)", "Over, and nobody has acknowledged it (0) None.", "8 h", "another reason; it still held"):
        assert words in english
    assert "rule in flood, heat; 24" in english


def test_who_has_an_alert_in_hand_stands_in_a_column_of_its_own() -> None:
    html = page(document(), "en")
    table = next(part for part in html.split("<table") if "In hand of" in part and "<td" in part)
    header, row = table.split("<tbody")[0], table.split("<tbody")[1].split("</tr>")[0]
    column = header[: header.index("In hand of")].count("<th ")
    assert "Minh &amp; Hoa" in re.split(r"<t[dh][ >]", row)[column]


def test_what_people_wrote_does_nothing() -> None:
    html = page(document(), "vi")
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; đã gọi" in html
    assert "Minh &amp; Hoa" in html
    assert "style=" not in html


def test_the_shifts_before_and_after_are_a_link_away() -> None:
    html = page(document(), "en")
    assert "from=2026-11-21T21%3A00%3A00Z&amp;to=2026-11-22T05%3A00%3A00Z&amp;f=html&amp;lang=en" in html
    assert "from=2026-11-22T13%3A00%3A00Z&amp;to=2026-11-22T21%3A00%3A00Z" in html


def test_a_table_that_is_too_long_says_how_much_more_there_is() -> None:
    many = [{**document()["open"][0], "id": str(n)} for n in range(510)]
    assert "and 10 more" in page(document(open=many), "en")


def test_what_is_over_and_what_is_about_targets_stands_apart_and_says_of_which_figure() -> None:
    (standing,) = document()["open"]
    figure = {"title": {"vi": "Hồ sơ đúng hạn", "en": "Dossiers on time"}, "period": "2026-10"}
    target = {**standing, "id": "2", "kind": "target", "figure": figure, "title": {"vi": "Không đạt chỉ tiêu", "en": "Target missed"}}
    over = {**standing, "id": "3", "condition": "normal"}
    told = text(page(document(open=[standing, target, over]), "vi"))
    for words in ("Còn diễn ra (1)", "Chỉ tiêu chưa đạt (1)", "xác nhận (1)", "Không đạt chỉ tiêu: Hồ sơ đúng hạn · tháng 10/2026"):
        assert words in told
    assert "1 đã hết nhưng chưa ai xác nhận; 0 tạm gác; 1 chỉ tiêu chưa đạt" in told
    assert "Target missed: Dossiers on time · 2026-10" in text(page(document(open=[target]), "en"))
