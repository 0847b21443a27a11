"""Pages of live collections speak the language of whoever looks, on the clock of the centre; layers keep their own names."""

import pytest

from ioc.geo.column_words import column_title
from ioc.geo.pages import Pages


@pytest.mark.parametrize(
    ("collection", "name", "vi", "en"),
    [
        ("stations", "last_seen", "Tin mới nhất", "Last seen"),
        ("stations", "pm2_5_time", "pm2_5 (lúc)", "pm2_5 (at)"),
        ("stations", "pm2_5", "pm2_5", "pm2_5"),
        ("school-zones", "name", "name", "name"),
    ],
)
def test_a_column_has_a_title_where_the_collection_is_live(collection: str, name: str, vi: str, en: str) -> None:
    assert (column_title(collection, name, "vi"), column_title(collection, name, "en")) == (vi, en)


def test_a_page_of_items_has_titles_and_local_times() -> None:
    feature = {
        "id": "a/b",
        "geometry": None,
        "properties": {"last_seen": "2026-11-28T15:41:28.821275Z", "name": "2026-11-28", "moving": True},
    }
    page = Pages("http://x/ogc", "vi").items("stations", "Trạm", [feature], [], 1, {})
    assert '<th scope="col">Tin mới nhất</th><th scope="col">Tên</th>' in page
    assert '<time datetime="2026-11-28T15:41:28.821275Z">28/11/2026 22:41:28</time>' in page
    assert "<td>✓</td>" in page
    assert "<td>2026-11-28</td>" in page, "a text that is no instant stays as it is"
