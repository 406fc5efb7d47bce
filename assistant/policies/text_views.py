"""The same text seen in several ways, so that spelling a number oddly does not hide it. Every view knows its origin.

NFKC, digits of any script, no invisible characters; separators taken out; Chinese digits as digits; letters that look
like digits; read backwards; and what long tokens say when decoded from hexadecimal, Base64, percent signs or character
codes, twice over. The recognisers are a backstop: arithmetic defeats them,
lineage (nl2sql/facts.py) does not.
"""

from __future__ import annotations

import base64
import binascii
import re
import sys
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote_to_bytes

_GAP = re.compile(r"(?<=[0-9A-Za-z〇-龥])[ \-_.·•/\u2010-\u2015\u2212\t()*|~,，、:;]{1,4}(?=[0-9A-Za-z〇-龥])")
_CHINESE_DIGITS = {
    ord(character): str(i)
    for digits in ("〇一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖", "零壹貳參肆伍陸柒捌玖", "○弌弍弎肆伍陸柒捌玖")
    for i, character in enumerate(digits)
} | {ord("幺"): "1", ord("两"): "2", ord("洞"): "0", ord("拐"): "7", ord("勾"): "9"}
_SPELT = re.compile(r"[0-9〇零○一二三四五六七八九壹贰叁肆伍陆柒捌玖貳參陸弌弍弎幺两洞拐勾]{7,}")
_DIGIT = re.compile(r"[0-9〇零○一二三四五六七八九壹贰叁肆伍陆柒捌玖貳參陸弌弍弎幺]")
_ANYTHING = re.compile(r"(?<=[0-9A-Za-z])(?:<[^<>]{0,20}>|[^0-9A-Za-z\u3400-\u9fff〇]){1,8}(?=[0-9A-Za-z])")
_DIGIT_LIKE = re.compile(r"(?<![0-9A-Za-z])(?=(?:[A-Za-z|]*\d){6})[0-9OoQIil|SsBZz]{11,19}X?(?![0-9A-Za-z])")
_LOOKALIKES = str.maketrans("OoQIil|SsBZz", "000111155822")
_CROSSES = str.maketrans("ХхΧχ×✕✖╳", "XXXXXXXX")  # as the last place of an ID number
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:0x)?((?:[0-9a-fA-F]{2}[ :,-]?){6,255}[0-9a-fA-F]{2})(?![0-9A-Za-z])")
_CODES = re.compile(r"(?:&#x[0-9a-fA-F]{2,5};|&#[0-9]{2,6};|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}){7,512}")
_CODE = re.compile(r"&#x([0-9a-fA-F]+);|&#([0-9]+);|\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")
_DECODED_TWICE = 2
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{10,512}={0,2}(?![A-Za-z0-9+/=])")
_PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2}|[A-Za-z0-9]){7,512}")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """`text` for the recognisers; `origin[i]` is the place of its i-th character in the text as given."""

    text: str
    origin: Sequence[int]
    backwards: bool = False  # only recognisers that are meant for it: chance would find too much here
    whole: tuple[int, int] | None = None  # a decoded token: every hit covers all of it
    joined: bool = False  # separators were taken out
    loose: bool = False  # whatever stood between was taken out: only what a check digit confirms is believed

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Half-open span of view positions -> half-open span in the text as given."""
        if self.whole is not None:
            return self.whole
        places = self.origin[start:end]
        return min(places), max(places) + 1


def views(text: str) -> Iterator[View]:
    """The plain view first, then the others where they differ from it."""
    plain = _plain(text)
    yield from _readings(plain)
    for inner in _decoded(plain, _DECODED_TWICE):
        yield from _readings(inner)


def _readings(plain: View) -> Iterator[View]:
    yield plain
    joined = _joined(plain)
    if joined is not None:
        yield joined
    base = joined or plain
    spelt = _spelt(base)
    if spelt is not None:
        yield spelt
    loose = _loose(plain)
    if loose is not None:
        yield loose
    if sum(c.isdigit() for c in base.text) > 13:
        yield replace(base, text=base.text[::-1], origin=base.origin[::-1], backwards=True, joined=True)


def _plain(text: str) -> View:
    shown: list[str] = []
    origin: list[int] = []
    for place, character in enumerate(text):
        if unicodedata.category(character) in ("Cf", "Mn", "Me", "Cc") and character not in "\n\t\r":
            continue
        for simple in _digit(character) or unicodedata.normalize("NFKC", character):
            shown.append(simple)
            origin.append(place)
    return View(text="".join(shown).translate(_CROSSES), origin=origin)


def _digit(character: str) -> str:
    """What a digit of any script or form says, "" for anything else (Chinese ones are words as well: _spelt)."""
    value = unicodedata.numeric(character, -1) if unicodedata.category(character) in ("Nd", "No") else -1
    return str(int(value)) if value in range(10) else ""


def _joined(view: View) -> View | None:
    """Without the separators inside numbers and codes; words stay apart from numbers."""
    dropped: set[int] = set()
    for gap in _GAP.finditer(view.text):
        before, after = _tail(view.text, gap.start()), _head(view.text, gap.end())
        if before and after and (before == "digit" or after == "digit"):
            dropped.update(range(gap.start(), gap.end()))
    return _without(view, dropped) if dropped else None


def _loose(view: View) -> View | None:
    """Without anything between letters and digits, and with digits for the letters that look like them."""
    dropped = {place for gap in _ANYTHING.finditer(view.text) for place in range(*gap.span())}
    found = _without(view, dropped)
    text = _DIGIT_LIKE.sub(lambda run: run[0].translate(_LOOKALIKES), found.text)
    return replace(found, text=text, loose=True) if text != view.text else None


def _without(view: View, dropped: Collection[int]) -> View:
    kept = [i for i in range(len(view.text)) if i not in dropped]
    return replace(view, text="".join(view.text[i] for i in kept), origin=[view.origin[i] for i in kept], joined=True)


def _tail(text: str, end: int) -> str:
    """What stands before a gap: "digit", "letter" (one or two of them, as in codes), or ""."""
    if _DIGIT.match(text[end - 1]):
        return "digit"
    return "letter" if re.search(r"(?<![A-Za-z])[A-Z]{1,2}$", text[max(0, end - 3) : end]) else ""


def _head(text: str, start: int) -> str:
    if _DIGIT.match(text[start]):
        return "digit"
    return "letter" if re.match(r"[A-Z]{1,2}(?![A-Za-z])", text[start : start + 3]) else ""


def _spelt(view: View) -> View | None:
    """Long runs of Chinese digits as digits."""
    if not any(not run[0].isascii() for run in _SPELT.finditer(view.text)):
        return None
    text = _SPELT.sub(lambda run: run[0].translate(_CHINESE_DIGITS), view.text)
    return replace(view, text=text, joined=True)


def _decoded(view: View, times: int) -> Iterator[View]:
    """What tokens say, and what tokens in that say."""
    if not times:
        return
    for pattern, decode in _ENCODINGS:
        for token in pattern.finditer(view.text):
            said = decode(token)
            if said is not None:
                whole = view.whole or (view.origin[token.start()], view.origin[token.end() - 1] + 1)
                inner = replace(_plain(said), whole=whole)
                yield inner
                yield from _decoded(inner, times - 1)


def _from_hex(token: re.Match[str]) -> str | None:
    return _readable(bytes.fromhex(re.sub(r"[ :,-]", "", token[1])))


def _from_base64(token: re.Match[str]) -> str | None:
    body = token[0].rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return _readable(base64.b64decode(body + "=" * (-len(body) % 4), validate=True))
    except (binascii.Error, ValueError):
        return None


def _from_percent(token: re.Match[str]) -> str | None:
    return _readable(unquote_to_bytes(token[0])) if "%" in token[0] else None


def _from_codes(token: re.Match[str]) -> str | None:
    codes = [int(code[2]) if code[2] else int(code[1] or code[3] or code[4], 16) for code in _CODE.finditer(token[0])]
    if any(code > sys.maxunicode or 0xD800 <= code < 0xE000 for code in codes):
        return None
    return _readable("".join(map(chr, codes)).encode())


def _readable(raw: bytes) -> str | None:
    """The text, when it is text and holds a digit run or an address sign."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if not text.isprintable() or sum(c.isdigit() for c in text) < 5:
        return None
    return text


_ENCODINGS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]], ...] = (
    (_HEX, _from_hex),
    (_BASE64, _from_base64),
    (_PERCENT, _from_percent),
    (_CODES, _from_codes),
)
