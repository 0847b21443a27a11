import pytest

from ioc.indicators.catalogue import load_plan
from tests.unit.indicators.support import SDI, SMALL


@pytest.mark.parametrize(
    ("indicator", "vi", "en"),
    [
        (
            "dossiers-online-rate",
            "(sự kiện “Tiếp nhận hồ sơ”, Hình thức nộp: Trực tuyến) ÷ (sự kiện “Tiếp nhận hồ sơ”) × 100",
            "(events “Dossier received”, Channel: Online) ÷ (events “Dossier received”) × 100",
        ),
        (
            "dossiers-on-time-rate",
            "(“Hồ sơ”, theo ngày của bước “Trả kết quả”, đúng hạn) ÷ (“Hồ sơ”, theo ngày của bước “Trả kết quả”, có “Hạn”) × 100",
            "(“Dossier”, by the day of “Resolved”, on time) ÷ (“Dossier”, by the day of “Resolved”, with “Due”) × 100",
        ),
        ("dossiers-overdue", "“Hồ sơ”, quá hạn vào cuối kỳ", "“Dossier”, overdue at the end of the period"),
        (
            "dossier-handling-time",
            "trung vị thời gian làm việc từ “Tiếp nhận” đến “Trả kết quả” của “Hồ sơ”, tính bằng giờ",
            "median of the working time from “Received” to “Resolved” of “Dossier”, in hours",
        ),
        ("pm25-mean", "trung bình của số đo Bụi PM2.5", "mean of readings of PM2.5"),
        (
            "vn-aqi",
            "giá trị lớn nhất: chỉ số phụ của “Nồng độ PM2.5 trung bình”, chỉ số phụ của “Nồng độ PM10 trung bình”",
            "largest: sub-index of “Mean PM2.5”, sub-index of “Mean PM10”",
        ),
        ("report-satisfaction", "trung bình của Điểm đánh giá: sự kiện “Người dân đánh giá”", "mean of Score: events “Report rated”"),
    ],
)
def test_a_definition_is_told_in_the_words_of_its_system(indicator: str, vi: str, en: str) -> None:
    words = load_plan(SDI).indicators[indicator].words
    assert (words.vi, words.en) == (vi, en)


def test_no_shipped_definition_shows_an_id_for_which_there_is_a_title() -> None:
    plan = load_plan(SDI)
    ids = {event.type for one in plan.systems.values() for event in one.events} | set(plan.cases) - {"alert", "team", "school"}
    for definition in plan.indicators.values():
        for text in (definition.words.vi, definition.words.en):
            assert not any(f"“{name}”" in text or f" {name}:" in text for name in ids), text
        assert all(title.vi != name for name, title in definition.dimension_titles.items()), definition.id


def test_what_has_no_title_is_called_by_its_id() -> None:
    definition = load_plan(SMALL).indicators["received"]
    assert definition.dimension_titles["channel"].vi == "channel"
    assert definition.dimension_titles["level"].vi == "Cấp"


def test_which_way_is_better_is_said_or_follows_from_a_target_or_is_not_known() -> None:
    plan = load_plan(SDI)
    told = {name: plan.indicators[name].better for name in ("dossiers-overdue", "dossiers-on-time-rate", "dossiers-received")}
    assert told == {"dossiers-overdue": "lower", "dossiers-on-time-rate": "higher", "dossiers-received": None}
