"""TCVN3, VNI, windows-1258 and UTF-8 are told apart by what the texts come to; what cannot be proved is refused."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from ioc.errors import BadInput
from ioc.geo import encodings
from ioc.geo.encodings import from_tcvn3, from_vni, is_syllable, read_bytes_as, read_unicode_as
from ioc.geo.entry import read_catalogue
from ioc.geo.source import read_source
from tests.support.shapes import entry

NAMES = ("Phường Hoàng Văn Thụ", "Xã Nghĩa Trung", "Huyện Yên Thế", "Thị trấn Bố Hạ", "Đường Nguyễn Huệ", "Quỳnh Lưu", "Xã Mỹ Thuận")
TCVN3 = {letter: chr(byte) for byte, letter in encodings._TCVN3.items()}
VNI = {"ơ": "ô", "ư": "ö", "đ": "ñ", "í": "í", "ì": "ì", "ỉ": "æ", "ĩ": "ó", "ị": "ò", "ỵ": "î"}
VNI |= {unicodedata.normalize("NFC", base + mark): base + sign for base in "aeouy" for sign, mark in encodings._VNI_MARKS.items()}
VNI |= {
    unicodedata.normalize("NFC", base + mark): sign + tone
    for base, sign in (("ơ", "ô"), ("ư", "ö"))
    for tone, mark in encodings._VNI_TONES.items()
}


def in_tcvn3(text: str) -> str:
    return "".join(TCVN3.get(letter, letter) for letter in text)


def in_vni(text: str) -> str:
    return "".join(VNI.get(letter, VNI[letter.lower()].upper() if letter.lower() in VNI else letter) for letter in text)


def in_1258(text: str) -> str:
    """Windows has no letter with circumflex, breve or horn and a tone: the tone comes after it."""
    plain = []
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        tones = "".join(part for part in parts if part in "\u0300\u0301\u0303\u0309\u0323")
        rest = unicodedata.normalize("NFC", "".join(part for part in parts if part not in tones))
        plain.append(rest + tones)
    return "".join(plain).encode("cp1258").decode("latin-1")


def in_utf8(text: str) -> str:
    return text.encode().decode("latin-1")


WRITERS = {"TCVN3": in_tcvn3, "VNI": in_vni, "windows-1258": in_1258, "UTF-8": in_utf8}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (from_tcvn3("B¶o Th¾ng"), "Bảo Thắng"),
        (from_tcvn3("M\xad\xeang Kh\xad\xacng"), "Mường Khương"),
        (from_tcvn3("Thµnh phè B¾c Giang"), "Thành phố Bắc Giang"),
        (from_tcvn3("B¾C GIANG"), "BẮC GIANG"),
        (from_tcvn3("Hµ NéI"), "HÀ NỘI"),
        (from_tcvn3("X· Mü An"), "Xã Mỹ An"),
        (from_tcvn3("X· NGHÜA TRUNG"), "XÃ NGHĨA TRUNG"),
        (from_vni("Xin chaøo caùc baïn"), "Xin chào các bạn"),
        (from_vni("Tænh Baéc Giang, QUAÄN NINH KIEÀU, Ñöôøng Nguyeãn Hueä"), "Tỉnh Bắc Giang, QUẬN NINH KIỀU, Đường Nguyễn Huệ"),
    ],
)
def test_texts_of_fonts_are_read(written: str, meant: str) -> None:
    assert written == meant


@pytest.mark.parametrize("name", WRITERS)
def test_encoding_is_proved_by_the_texts(name: str) -> None:
    texts = [WRITERS[name](text) for text in NAMES]
    reading = read_bytes_as(texts, declared=None, stated="1252", where="a.shp")
    assert (reading.name, reading.how.partition(":")[0]) == (name, "proved")
    assert [unicodedata.normalize("NFC", reading.decode(text)) for text in texts] == list(NAMES)


def test_every_name_of_the_shipped_units_is_made_of_syllables_and_survives_each_encoding() -> None:
    sdi = Path(__file__).parents[3] / "sdi"
    names = {row["name_vi"] for one in read_catalogue(sdi / "catalogue.yaml")[:1] for row in read_source(sdi / one.file, one).rows}
    assert [word for name in names for word in name.split() if word.isalpha() and not is_syllable(word)] == []
    assert [name for name in names if from_tcvn3(in_tcvn3(name)) != name or from_vni(in_vni(name)) != name] == []


def test_what_is_declared_holds_and_is_refused_where_it_cannot_be() -> None:
    assert read_bytes_as([in_tcvn3("Ü")], declared="VNI", stated="UTF-8", where="a.shp").how == "declared"
    with pytest.raises(BadInput, match=r"a.shp has the text .* which is not UTF-8 \(declared\)"):
        read_bytes_as([in_tcvn3("Bắc")], declared="UTF-8", stated=None, where="a.shp")
    with pytest.raises(BadInput, match=r"which is not UTF-8 \(stated by the file\)"):
        read_bytes_as([in_tcvn3("Bắc")], declared=None, stated="UTF-8", where="a.shp")


def test_what_cannot_be_proved_is_refused_with_the_scores() -> None:
    with pytest.raises(
        BadInput, match=r"the encoding of a.shp is not told and cannot be proved from 1 texts.*TCVN3 0\.\d\d.*Name it as encoding"
    ):
        read_bytes_as(["Zürich Åß"], declared=None, stated=None, where="a.shp")
    assert read_bytes_as(["Zürich Åß"], declared=None, stated="ISO88591-1252", where="a.shp").name == "windows-1252"


def test_plain_letters_need_no_proof() -> None:
    assert read_bytes_as(["Bac Giang"], declared=None, stated=None, where="a.shp").how == "plain letters only"


def test_letters_of_fonts_in_a_unicode_file_are_found_and_unicode_is_left_alone() -> None:
    reading = read_unicode_as([in_tcvn3(name) for name in NAMES], declared=None)
    assert reading.name == "TCVN3"
    assert reading.decode("Bắc") == "Bắc"
    assert read_unicode_as(NAMES, declared=None).name == "UTF-8"
    assert read_unicode_as(["Zürich", "Café"], declared=None).name == "UTF-8"


@pytest.mark.parametrize("name", ["TCVN3", "VNI"])
def test_shapefile_of_the_years_before_unicode_is_read(name: str, tmp_path: Path) -> None:
    texts = [WRITERS[name](text) for text in NAMES]
    frame = gpd.GeoDataFrame({"ten": texts}, geometry=[shapely.Point(106, 21)] * len(NAMES), crs=4326)
    frame.to_file(tmp_path / "a.shp", encoding="ISO-8859-1")
    source = read_source(tmp_path / "a.shp", entry())
    assert [row["ten"] for row in source.rows] == list(NAMES)
    assert source.notes["encoding"] == name
    assert source.notes["encoding_known"].startswith(f"proved: {name} 1.00")
