"""Encodings of Vietnamese texts: declared, or proved by what the texts come to when they are read so.

A file of the years before Unicode holds TCVN3 (fonts .VnTime, "ABC") or VNI (fonts VNI-Times) and rarely says so; often it says windows-1252,
or the letters were taken for windows-1252 and went into a Unicode file. Texts come here as characters up to U+00FF, one for each byte.
Tables: TCVN 5712:1993, VN3; VNI for Windows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ioc.errors import BadInput
from ioc.geo.entry import EncodingName

CLEARLY = 0.2
"""How much larger the share of right words must be than under every other encoding."""

ENOUGH = 0.8
"""The share of the words with other letters than a to z that must be Vietnamese syllables."""

_TCVN3_BYTES = (
    "A1 A2 A3 A4 A5 A6 A7 A8 A9 AA AB AC AD AE B5 B6 B7 B8 B9 BB BC BD BE C6 C7 C8 C9 CA CB CC CE CF D0 D1 D2 D3 D4 D5 D6 D7 D8 DC DD DE DF "
    "E1 E2 E3 E4 E5 E6 E7 E8 E9 EA EB EC ED EE EF F1 F2 F3 F4 F5 F6 F7 F8 F9 FA FB FC FD FE"
)
_TCVN3_LETTERS = "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"
_TCVN3 = {int(byte, 16): letter for byte, letter in zip(_TCVN3_BYTES.split(), _TCVN3_LETTERS, strict=True)}

_GRAVE, _HOOK, _TILDE, _ACUTE, _DOT = "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"
_BREVE, _CIRCUMFLEX = "\u0306", "\u0302"
_VNI_TONES = dict(zip("ùøûõï", (_ACUTE, _GRAVE, _HOOK, _TILDE, _DOT), strict=True))
_VNI_MARKS = (
    _VNI_TONES
    | {"ê": _BREVE, "â": _CIRCUMFLEX}
    | dict(zip("éèúüë", (_BREVE + tone for tone in (_ACUTE, _GRAVE, _HOOK, _TILDE, _DOT)), strict=True))
    | dict(zip("áàåãä", (_CIRCUMFLEX + tone for tone in (_ACUTE, _GRAVE, _HOOK, _TILDE, _DOT)), strict=True))
)
_VNI_ALONE = dict(zip("íìæóòîñôö", "íìỉĩịỵđơư", strict=True))
# Which marks follow which letter: a has all, e and o take no breve, the others take tones only.
_VNI_PAIR = re.compile("a[ùøûõïêâéèúüëáàåãä]|[eo][ùøûõïâáàåãä]|[uyôö][ùøûõï]|[íìæóòîñôö]", re.IGNORECASE)

_TONES = re.compile(f"[{_GRAVE}{_HOOK}{_TILDE}{_ACUTE}{_DOT}]")
_ONSET = "(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnprstvx])?"
_RIME = (
    "a(?:ch|ng|nh|[cimnoptuy])?|ă(?:ng|[cmnpt])|â(?:ng|[cmnptuy])|e(?:ng|[cmnopt])?|ê(?:ch|nh|ng|[mnptu])?|i(?:a|ch|nh|[mnptu])?|iê(?:ng|[cmnptu])|"
    "o(?:ng|[cimnpt])?|oo(?:ng|c)|ô(?:ng|[cimnpt])?|ơ(?:[imnpt])?|oa(?:ch|ng|nh|[cimnopty])?|oă(?:ng|[cmnt])|oe(?:[mnot])?|"
    "u(?:a|ng|[cimnpty])?|uâ(?:ng|[nty])|uê(?:ch|nh)?|uô(?:ng|[cimnt])|uơ|uy(?:a|ch|nh|[ntpu])?|uyê[nt]|"
    "ư(?:a|ng|[cintu])?|ươ(?:ng|[cimnptu])|y(?:ch|nh|[nptu])?|yê(?:ng|[mntu])"
)
_SYLLABLE = re.compile(f"{_ONSET}(?:{_RIME})")
_WORD = re.compile(r"[^\W\d_]+(?:[^\x00-\x7f]+[^\W\d_]*)*|[^\x00-\x7f]+")


@dataclass(frozen=True, slots=True)
class Reading:
    """How the texts of a file are read: `name` is the encoding, `how` says where it is known from, `decode` turns a text into Unicode."""

    name: str
    how: str
    decode: Callable[[str], str]


def from_tcvn3(text: str) -> str:
    """Return what TCVN3 means by `text`.

    Its capitals with tones are the small letters in another font. So a word with plain capitals, one of them not its first letter, and no plain
    small letter, is in capitals as a whole; and a text of such words with it, since `Hµ NéI` can be nothing else.
    """
    read = text.translate(_TCVN3)
    if _is_in_capitals(read):
        return read.upper()
    return _LETTERS.sub(lambda word: word[0].upper() if _is_in_capitals(word[0]) else word[0], read)


def from_vni(text: str) -> str:
    """Return what VNI means by `text`."""
    return _VNI_PAIR.sub(lambda found: _vni_letter(found[0]), text)


def _utf8(text: str) -> str:
    return text.encode("latin-1").decode("utf-8")


def _windows_1258(text: str) -> str:
    return text.encode("latin-1").decode("cp1258")


def _windows_1252(text: str) -> str:
    return text.encode("latin-1").decode("cp1252")


_OF_BYTES: Mapping[str, Callable[[str], str]] = {
    "UTF-8": _utf8,
    "windows-1258": _windows_1258,
    "TCVN3": from_tcvn3,
    "VNI": from_vni,
}
_OF_FONTS: Mapping[str, Callable[[str], str]] = {"TCVN3": from_tcvn3, "VNI": from_vni}
_STATED: Mapping[str, str] = {
    "utf8": "UTF-8",
    "65001": "UTF-8",
    "1258": "windows-1258",
    "windows1258": "windows-1258",
    "cp1258": "windows-1258",
    "ansi1258": "windows-1258",
}


def read_bytes_as(texts: Iterable[str], *, declared: EncodingName | None, stated: str | None, where: str) -> Reading:
    """Return how to read `texts`, which hold bytes: as `declared`, else as the file has `stated`, else as can be proved.

    Where the file states UTF-8 or windows-1258 that is believed if the texts can be read so. windows-1252 is not: it is what programs write that
    know nothing.

    Raises:
        BadInput: the texts cannot be read as declared, or nothing can be proved; the shares of right words are named. `where` names the file.
    """
    sample = [text for text in texts if not text.isascii()]
    if declared is not None:
        return _as_told(sample, declared, "declared", where)
    if not sample:
        return Reading("UTF-8", "plain letters only", _unchanged)
    told = _STATED.get(re.sub(r"[\s_-]", "", (stated or "").lower()))
    if told is not None and (told == "UTF-8" or _share(sample, _OF_BYTES[told]) >= ENOUGH):
        return _as_told(sample, told, "stated by the file", where)
    if _reads(sample, _utf8):  # other encodings look like UTF-8 by accident once in thousands of letters
        return Reading("UTF-8", "proved", _utf8)
    shares = {name: _share(sample, decode) for name, decode in _OF_BYTES.items()}
    proved = _clearly_best(shares)
    if proved is not None:
        return Reading(proved, f"proved: {_named(shares)}", _OF_BYTES[proved])
    if stated is not None and _reads(sample, _windows_1252) and max(shares.values()) < ENOUGH:
        return Reading("windows-1252", "stated by the file", _windows_1252)
    raise BadInput(
        f"the encoding of {where} is not told and cannot be proved from {len(sample)} texts such as {sample[0]!r:.80}; "
        f"share of right words: {_named(shares)}. Name it as encoding: UTF-8, windows-1258, TCVN3 or VNI"
    )


def read_unicode_as(texts: Iterable[str], *, declared: EncodingName | None) -> Reading:
    """Return how to read `texts` of a Unicode file: as they are, unless TCVN3 or VNI is declared, or proved to be what its letters were once."""
    if declared in _OF_FONTS:
        return Reading(str(declared), "declared", _per_text(_OF_FONTS[str(declared)]))
    sample = [text for text in texts if not text.isascii() and _is_one_byte_each(text)]
    shares = {name: _share(sample, decode) for name, decode in _OF_FONTS.items()} | {"UTF-8": _share(sample, _unchanged)}
    proved = _clearly_best(shares) if sample else None
    if proved in _OF_FONTS:
        return Reading(str(proved), f"proved: {_named(shares)}", _per_text(_OF_FONTS[str(proved)]))
    return Reading("UTF-8", "stated by the file", _unchanged)


def _as_told(sample: list[str], name: str, how: str, where: str) -> Reading:
    for text in sample:
        if not _reads([text], _OF_BYTES[name]):
            raise BadInput(f"{where} has the text {text!r:.80}, which is not {name} ({how})")
    return Reading(name, how, _OF_BYTES[name])


def _per_text(decode: Callable[[str], str]) -> Callable[[str], str]:
    """Return `decode` for texts of which some are Unicode already: what has letters beyond one byte is left as it is."""
    return lambda text: decode(text) if _is_one_byte_each(text) else text


def _is_one_byte_each(text: str) -> bool:
    return max(text, default="") <= "\xff"


def _unchanged(text: str) -> str:
    return text


def _reads(texts: Iterable[str], decode: Callable[[str], str]) -> bool:
    try:
        for text in texts:
            decode(text)
    except UnicodeDecodeError:
        return False
    return True


def _share(texts: Iterable[str], decode: Callable[[str], str]) -> float:
    """Return the share of the words with letters other than a to z that are Vietnamese syllables when `texts` are decoded so."""
    judged = right = 0
    for text in texts:
        try:
            words = _WORD.findall(unicodedata.normalize("NFC", decode(text)))
        except UnicodeDecodeError:
            return 0.0
        others = [word for word in words if not word.isascii()]
        # What is no letter any more counts as well: a text that came to nothing is no proof.
        judged += max(1, len(others))
        right += sum(map(is_syllable, others))
    return right / judged if judged else 0.0


def is_syllable(word: str) -> bool:
    """Return whether `word` can be a syllable of Vietnamese: an onset, a rime, one tone at most, and not capitals after small letters."""
    if word[1:] != word[1:].lower() and word != word.upper():
        return False
    letters, tones = _TONES.subn("", unicodedata.normalize("NFD", word.lower()))
    return tones <= 1 and _SYLLABLE.fullmatch(unicodedata.normalize("NFC", letters)) is not None


def _clearly_best(shares: Mapping[str, float]) -> str | None:
    ranked = sorted(shares, key=lambda name: -shares[name])
    is_clear = shares[ranked[0]] >= ENOUGH and shares[ranked[0]] - shares[ranked[1]] >= CLEARLY
    return ranked[0] if is_clear else None


def _named(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {share:.2f}" for name, share in sorted(shares.items(), key=lambda item: -item[1]))


def _vni_letter(pair: str) -> str:
    first = _VNI_ALONE.get(pair[0].lower(), pair[0].lower())
    letter = unicodedata.normalize("NFC", first + _VNI_MARKS.get(pair[1:].lower(), ""))
    return letter.upper() if pair[0].isupper() else letter


_LETTERS = re.compile(r"[^\W\d_]+")
_PLAIN_SMALL = re.compile("[a-z]")
_CAPITAL_INSIDE = re.compile(r"(?<=[^\W\d_])[A-Z]")


def _is_in_capitals(text: str) -> bool:
    return _PLAIN_SMALL.search(text) is None and _CAPITAL_INSIDE.search(text) is not None
