"""Questions far beyond what anybody asks: each is refused in words that name value and limit, by a service that goes on."""

from __future__ import annotations

from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import httpx
import pytest

from tests.clients.conftest import Centre


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({"filter": "code='1'" + " OR code='1'" * 400}, "terms, more than 1000"),
        ({"filter": "(" * 500 + "code='1'" + ")" * 500}, "nested more than 64 deep, at character 65"),
        ({"filter": "NOT " * 500 + "code='1'"}, "nested more than 64 deep"),
        ({"filter": '{"op":"not","args":[' * 100 + "true" + "]}" * 100, "filter-lang": "cql2-json"}, "nested more than 64 deep"),
        ({"filter": "colour = 'red'"}, "the filter has the property colour: units has geometry, id, code, level"),
        ({"bbox": "1,2,3"}, "bbox 1,2,3 has 3 numbers, not 4"),
        ({"bbox": "1,2,3,4,5"}, "bbox 1,2,3,4,5 has 5 numbers, not 4"),
        ({"bbox": "nan,1,2,3"}, "bbox nan,1,2,3 has nan where a number is wanted"),
        ({"bbox": "106,22,107,21"}, "bbox south 22.0 is above north 21.0"),
        ({"filter": "S_INTERSECTS(geometry,POINT(90 180))"}, "is not on the Earth"),
        ({"filter": f"code = '{'x' * 7000}" + "'"}, None),
        ({"bbox": "170,-90,-170,90"}, None),
    ],
)
def test_question_beyond_a_limit_is_refused_by_name(centre: Centre, question: dict[str, str], words: str | None) -> None:
    answer = httpx.get(f"{centre.ogc}/collections/units/items", params=question, timeout=30)
    if words is None:
        assert (answer.status_code, answer.json()["numberMatched"]) == (200, 0)
    else:
        assert answer.status_code == 400
        assert words in answer.json()["detail"]


def test_filter_of_ten_thousand_terms_is_refused_by_name(centre: Centre) -> None:
    # Most clients do not even send it.
    question = urlencode({"filter": " OR ".join(f"code='{number}'" for number in range(10_000))})
    with pytest.raises(HTTPError) as refused, urlopen(f"{centre.ogc}/collections/units/items?{question}", timeout=30):
        pass
    assert (refused.value.code, b"bytes, more than 8192" in refused.value.read()) == (400, True)
