"""What leaders, planners and statisticians are answered."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re

import pytest
from openpyxl import load_workbook

from ioc.store.fact_groups import GroupState
from tests.integration.indicators.asker import Asker


async def test_figures_are_told_with_completeness_age_origin_target_and_what_lies_in_no_unit(ask: Asker) -> None:
    told = await ask.get("/v1/indicators/online-rate/values?unit=P&from=2023-05&to=2023-05")
    (value,) = told["values"]
    assert (value["value"], value["part"], value["of"], value["status"]) == (75, 3, 4, "met")
    assert not value["few"]
    (of_one,) = (await ask.get("/v1/indicators/online-rate/values?unit=C22&from=2023-05&to=2023-05"))["values"]
    assert (of_one["of"], of_one["few"]) == (1, True)
    assert value["target"] == {"at_least": 60, "plan": ""}
    assert value["period"] == {"kind": "month", "label": "2023-05", "from": "2023-05-01", "to": "2023-05-31"}
    assert (value["newest"], value["origin"]["version"], value["origin"]["published"]) == ("2023-05-06T02:00:00Z", 1, "2023-06-10")
    assert told["without_unit"] == {"events": 1, "codes": {"C99": 1}}
    (complete,) = (await ask.get("/v1/indicators/received/values?unit=P&from=2023-05&to=2023-05"))["values"]
    assert complete["complete"] == {"reported": 3, "expected": 4}


async def test_a_unit_of_which_nothing_came_has_none_and_a_share_of_nothing_is_unknown(ask: Asker) -> None:
    counted = await ask.get("/v1/indicators/received/values?level=commune&from=2023-05&to=2023-05")
    assert {v["unit"]["code"]: v["value"] for v in counted["values"]} == {"C11": 2, "C12": 0, "C21": 1, "C22": 1}
    complete = {v["unit"]["code"]: v["complete"] for v in counted["values"]}
    assert (complete["C11"], complete["C12"]) == ({"reported": 1, "expected": 1}, {"reported": 0, "expected": 1})
    (unasked,) = (await ask.get("/v1/indicators/received/values?unit=P&from=2023-08&to=2023-08"))["values"]
    assert unasked["complete"] is None, "nobody has to report for what is to come"
    shares = await ask.get("/v1/indicators/online-rate/values?level=commune&unit=D1&from=2023-05&to=2023-05")
    assert {v["unit"]["code"]: v["value"] for v in shares["values"]} == {"C11": 50, "C12": None}


async def test_until_history_is_counted_nothing_is_known_of_a_unit_of_which_nothing_came(ask: Asker) -> None:
    path = "/v1/indicators/received/values?unit=C12&from=2023-05&to=2023-05"
    (counted,) = (await ask.get(path))["values"]
    assert ask.here.job.state is not None
    ask.here.job.state.groups = [GroupState(one.id, is_filled=False) for one in ask.here.job.state.groups]
    (unknown,) = (await ask.get(path))["values"]
    assert (counted["value"], counted["complete"]) == (0, {"reported": 0, "expected": 1})
    assert (unknown["value"], unknown["complete"], unknown["origin"]["computed_at"]) == (None, None, None)


async def test_a_beginning_alone_is_from_then_up_to_now_and_an_end_alone_one_period(ask: Asker) -> None:
    for asked, wanted in (
        ("from=2023-04", ["2023-04", "2023-05", "2023-06"]),
        ("to=2023-04", ["2023-04"]),
        ("from=2023-08", ["2023-08"]),
        ("", ["2023-06"]),
    ):
        told = await ask.get(f"/v1/indicators/received/values?unit=P&{asked}")
        assert [value["period"]["label"] for value in told["values"]] == wanted, asked


async def test_other_periods_are_computed_when_asked_for(ask: Asker) -> None:
    weeks = await ask.get("/v1/indicators/received/values?unit=P&period=week&from=2023-W18&to=2023-W19")
    assert [v["value"] for v in weeks["values"]] == [4, 0]
    days = await ask.get("/v1/indicators/online-rate/values?unit=P&period=last 30 days&from=2023-05-31&to=2023-05-31")
    assert days["values"][0]["value"] == 75


async def test_dimensions_are_told_apart(ask: Asker) -> None:
    told = await ask.get("/v1/indicators/received/values?unit=P&from=2023-05&to=2023-05&by=channel")
    assert {v["member"]: v["value"] for v in told["values"]} == {"online": 3, "counter": 1}


async def test_units_are_ranked_with_ties_and_caution(ask: Asker) -> None:
    told = await ask.get("/v1/indicators/received/ranking?level=commune&at=2023-05")
    assert [(r["rank"], r["tied"], r["unit"]["code"]) for r in told["ranking"]] == [
        (1, False, "C11"),
        (2, True, "C21"),
        (2, True, "C22"),
        (4, False, "C12"),
    ]
    assert told["ranking"][0]["previous"] == {"period": "2023-04", "value": 1, "change": 1}
    few = await ask.get("/v1/indicators/online-rate/ranking?level=commune&at=2023-05")
    assert [(r["rank"], r["few"], r["unit"]["code"]) for r in few["ranking"]] == [
        (1, False, "C11"),
        (None, True, "C21"),
        (None, True, "C22"),
        (None, False, "C12"),
    ]


async def test_what_was_known_on_a_day_is_told(ask: Asker) -> None:
    ask.here.clock.advance(days=2)
    await ask.here.send(
        "dossier.received", {"subject": "H8", "unit": "C11", "time": "2023-05-09T09:00:00+07:00", "data": {"channel": "online"}}
    )
    await ask.here.job.catch_up()
    now, then = [
        (await ask.get(f"/v1/indicators/received/values?unit=P&from=2023-05&to=2023-05{known}"))["values"][0]["value"]
        for known in ("", "&known=2023-06-11")
    ]
    assert (now, then) == (5, 4)
    versions = (await ask.get("/v1/indicators/received/versions?unit=P&at=2023-05"))["versions"]
    assert [(v["value"], v["published"], v["superseded"]) for v in versions] == [(4, "2023-06-10", "2023-06-12"), (5, "2023-06-12", None)]


async def test_tables_say_the_same(ask: Asker) -> None:
    query = "/v1/indicators/received/values?level=commune&from=2023-04&to=2023-05"
    text = (await ask.client.get(f"{query}&f=csv")).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {(r["unit"], r["period"]): r["value"] for r in rows}["C11", "2023-05"] == "2"
    (row,) = [r for r in rows if (r["unit"], r["period"]) == ("C11", "2023-05")]
    assert (row["target"], row["published"], row["computed_at"][:10]) == ("", "2023-06-10", "2023-06-10")
    shares = (await ask.client.get("/v1/indicators/online-rate/values?unit=P&from=2023-05&to=2023-05&f=csv")).content.decode("utf-8-sig")
    assert [(r["value"], r["status"], r["target"]) for r in csv.DictReader(io.StringIO(shares))] == [("75", "met", "60")]
    book = load_workbook(io.BytesIO((await ask.client.get(f"{query}&f=xlsx")).content))
    assert book.sheetnames == ["received", "definition"]
    assert len(list(book["received"].rows)) == len(rows) + 1 == 9
    stat = await ask.get(f"{query}&f=jsonstat")
    assert (stat["id"], stat["size"]) == (["unit", "time"], [4, 2])
    codes, times = (stat["dimension"][name]["category"]["index"] for name in ("unit", "time"))
    assert stat["value"][codes.index("C11") * 2 + times.index("2023-05")] == 2
    by = await ask.get("/v1/indicators/received/values?unit=P&from=2023-05&to=2023-05&by=level&f=jsonstat")
    assert by["dimension"]["level"] == {"label": "Level", "category": {"index": ["commune"], "label": {"commune": "Commune"}}}


async def test_who_reported_is_not_told_under_the_units_of_another_day(ask: Asker) -> None:
    (value,) = (await ask.get("/v1/indicators/received/values?unit=P&from=2023-05&to=2023-05&as-of=2023-06-01"))["values"]
    assert (value["value"], value["complete"]) == (4, None)
    (value,) = (await ask.get("/v1/indicators/received/values?unit=P&from=2023-05&to=2023-05&as-of=2023-05-31"))["values"]
    assert (value["value"], value["complete"]) == (4, {"reported": 3, "expected": 4})


async def test_a_definition_is_told_in_words_of_both_languages_with_its_versions(ask: Asker) -> None:
    told = await ask.get("/v1/indicators/score")
    assert told["made_of"] == ["online-rate", "on-time"]
    assert told["formula"]["vi"].startswith("trung bình có trọng số: 3 × “Tỷ lệ trực tuyến”")
    assert [version["version"] for version in told["versions"]] == [1]
    assert told["unsent"] == []
    assert told["targets"] == []


async def test_a_plan_names_the_units_that_it_binds(ask: Asker) -> None:
    targets = (await ask.get("/v1/indicators/online-rate"))["targets"]
    assert [target["unit"] for target in targets] == [None, None, "P"]
    assert [target["unit_name"] and target["unit_name"]["en"] for target in targets] == [None, None, "P"]


async def test_a_unit_is_told_with_all_its_figures(ask: Asker) -> None:
    told = await ask.get("/v1/indicators/units/D2?at=2023-05")
    assert {v["indicator"]: v["value"] for v in told["values"]}["received"] == 2
    assert not {v["indicator"]: v["few"] for v in told["values"]}["received"], "a number of cases is never of few"


async def test_trends_of_many_indicators_are_told_at_once(ask: Asker) -> None:
    told = await ask.get("/v1/indicators/trends?unit=P&at=2023-05&periods=3")
    assert told["periods"] == ["2023-03", "2023-04", "2023-05"]
    assert told["trends"]["received"] == [None, 1, 4]
    assert told["trends"]["online-rate"] == [None, 0, 75]
    assert "applicants" in told["trends"]
    none = await ask.get("/v1/indicators/trends?unit=P&at=2023-05&system=another")
    assert none["trends"] == {}


async def test_levels_are_told_the_highest_first(ask: Asker) -> None:
    assert [level["id"] for level in (await ask.get("/v1/indicators/levels"))["levels"]] == ["province", "district", "commune"]
    online = next(one for one in (await ask.get("/v1/indicators"))["indicators"] if one["id"] == "online-rate")
    assert online["target_levels"] == ["commune", "province"]


async def test_a_report_can_be_printed(ask: Asker) -> None:
    for language, words in (("vi", ("Báo cáo chỉ số, chỉ tiêu", "≥ 60", "đạt")), ("en", ("Report of indicators", "75.0", "met"))):
        answer = await ask.client.get(f"/v1/indicators/report?unit=P&at=2023-05&lang={language}")
        page = answer.text
        assert all(word in page for word in words)
        assert "<svg" in page
        assert "<script" not in page
        (style,) = re.findall("<style>(.*)</style>", page, re.DOTALL)
        assert "@page" in style, "who saves the page has its style"
        allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"style-src 'sha256-{allowed}'" in answer.headers["content-security-policy"]


async def test_a_report_says_for_leaders_when_what_and_how_much_is_missing(ask: Asker) -> None:
    page = (await ask.client.get("/v1/indicators/report?unit=P&at=2023-05")).text
    assert "<h1>Báo cáo chỉ số, chỉ tiêu tháng 5/2023</h1>" in page
    assert "<small>4 sự kiện · mới nhất 06/05/2023 · phiên bản 1</small>" in page
    assert "01/05/2023 – 31/05/2023" in page
    assert re.search(r"Lập lúc \d\d/06/2023 \d\d:\d\d \(GMT\+7\)<", page)
    assert "<p class=issuer>" in page
    assert '<span class="met">1 đạt</span><span class="at_risk">0 có nguy cơ</span><span class="missed">0 không đạt</span>' in page
    assert "<li>3 trên 4: Hồ sơ tiếp nhận</li>" in page
    assert "<small>Đầy đủ: 3 trên 4 · 4 sự kiện · mới nhất 06/05/2023 · phiên bản 1</small>" in page
    assert "≥ 60<" in page, "a whole target has no decimals"
    assert "Kỳ chưa kết thúc" not in page
    assert "đều đã báo cáo" not in page
    running = (await ask.client.get("/v1/indicators/report?unit=P&at=2023-06")).text
    assert "Kỳ chưa kết thúc" in running
    silent = (await ask.client.get("/v1/indicators/report?unit=C12&at=2023-05&lang=en")).text
    assert "All who were to report" not in silent


async def test_a_ranking_is_of_the_newest_period_that_is_over_and_a_table_of_it_says_the_same(ask: Asker) -> None:
    told = await ask.get("/v1/indicators/online-rate/ranking?level=commune&unit=P")
    assert told["period"]["label"] == "2023-05"
    answer = await ask.client.get("/v1/indicators/online-rate/ranking?level=commune&unit=P&f=csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="online-rate_P_commune_2023-05.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["Hạng"], row["Ít trường hợp"], row["Mã đơn vị"], row["Phần"], row["Trên"]) for row in rows] == [
        ("1", "", "C11", "1", "2"),
        ("", "có", "C21", "1", "1"),
        ("", "có", "C22", "1", "1"),
        ("", "", "C12", "", ""),
    ]
    assert [(row["Kết quả"], row["Chỉ tiêu"]) for row in rows[:2]] == [("đạt", "50"), ("đạt", "50")]
    book = load_workbook(io.BytesIO((await ask.client.get("/v1/indicators/received/ranking?level=commune&f=xlsx&lang=en&unit=P")).content))
    sheet, about = (book[name] for name in book.sheetnames)
    assert sheet.title.startswith("2023-05 ")
    assert [cell.value for cell in sheet[1]][:6] == ["Rank", "Tied", "Few cases", "Code", "Unit", "Value"]
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [1, 2, 2, 4]
    assert [row[1].value for row in sheet.iter_rows(min_row=2)] == [None, "yes", "yes", None]
    assert {row[0].value: row[1].value for row in about.iter_rows()}["Period"] == "May 2023"


async def test_indicators_are_open_data(ask: Asker) -> None:
    told = (await ask.client.get("/v1/indicators/catalog.jsonld")).json()
    assert told["dct:publisher"]["foaf:name"] == "ioc", "nobody is named in the settings"
    (report,) = [one for one in told["dcat:dataset"] if one["dct:identifier"] == "report"]
    for one in report["dcat:distribution"]:
        assert (await ask.client.get(one["dcat:accessURL"]["@id"])).status_code == 200
    received = next(one for one in told["dcat:dataset"] if one["dct:identifier"] == "received")
    assert {one["dct:title"] for one in received["dcat:distribution"]} == {"json", "csv", "xlsx", "jsonstat"}
    for one in received["dcat:distribution"]:
        assert (await ask.client.get(one["dcat:accessURL"]["@id"])).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "why"),
    [
        ("/v1/indicators/received/values?from=2001", 400, "from 2001-01 to 2023-06 are not 1 to 120 periods"),
        ("/v1/indicators/nothing/values", 404, "there is no indicator 'nothing'"),
        ("/v1/indicators/received/values?unit=X", 404, "there is no unit 'X'"),
        ("/v1/indicators/received/values?level=village", 400, "there is no level 'village'"),
        ("/v1/indicators/received/values?period=fortnight", 400, "period 'fortnight' is not"),
        ("/v1/indicators/received/values?from=2023-13", 400, "2023-13"),
        ("/v1/indicators/received/values?period=day&from=2000-01-01&to=2023-01-01", 400, "ask for a shorter time"),
        ("/v1/indicators/received/values?by=colour", 400, "it is by channel, level"),
        ("/v1/indicators/received/values?period=week&known=2023-05-01", 400, "for published periods only"),
        ("/v1/systems/nothing", 404, "there is no system 'nothing'"),
        ("/v1/cases/nothing/funnel", 404, "there is no case 'nothing'"),
        ("/v1/cases/dossier?lacks=flying", 400, "has no step 'flying'"),
        ("/v1/cases/nothing/places", 404, "there is no case 'nothing'"),
        ("/v1/cases/dossier?at=yesterday", 400, "'yesterday' is no year"),
        ("/v1/indicators/trends?unit=X", 404, "there is no unit 'X'"),
        ("/v1/cases/dossier/board", 400, "does not say who has it in hand"),
    ],
)
async def test_what_cannot_be_answered_is_told_with_the_reason(ask: Asker, path: str, status: int, why: str) -> None:
    assert why in (await ask.get(path, status))["detail"]
