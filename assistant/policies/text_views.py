"""The same text seen in several ways, so that spelling a number oddly does not hide it. Every view knows its origin.

NFKC and no invisible characters; separators taken out; Chinese digits as digits; read backwards; and what long tokens
say when decoded from hexadecimal, Base64 or percent signs. The recognisers are a backstop: arithmetic defeats them,
lineage (nl2sql/facts.py) does not.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

_GAP = re.compile(r"(?<=[0-9A-Za-z〇-龥])[ \-_.·•/\u2010-\u2015\u2212\t()*|~,，、:;]{1,4}(?=[0-9A-Za-z〇-龥])")
_CHINESE_DIGITS = {
    ord(character): str(i)
    for digits in ("〇一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖", "零壹貳參肆伍陸柒捌玖", "○弌弍弎肆伍陸柒捌玖")
    for i, character in enumerate(digits)
} | {ord("幺"): "1", ord("两"): "2", ord("洞"): "0", ord("拐"): "7", ord("勾"): "9"}
_SPELT = re.compile(r"[0-9〇零○一二三四五六七八九壹贰叁肆伍陆柒捌玖貳參陸弌弍弎幺两洞拐勾]{7,}")
_DIGIT = re.compile(r"[0-9〇零○一二三四五六七八九壹贰叁肆伍陆柒捌玖貳參陸弌弍弎幺]")
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:0x)?((?:[0-9a-fA-F]{2}){7,256})(?![0-9A-Za-z])")
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

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Half-open span of view positions -> half-open span in the text as given."""
        if self.whole is not None:
            return self.whole
        places = self.origin[start:end]
        return min(places), max(places) + 1


def views(text: str) -> Iterator[View]:
    """The plain view first, then the others where they differ from it."""
    plain = _plain(text)
    yield plain
    joined = _joined(plain)
    if joined is not None:
        yield joined
    base = joined or plain
    spelt = _spelt(base)
    if spelt is not None:
        yield spelt
    if sum(c.isdigit() for c in base.text) > 13:
        yield View(text=base.text[::-1], origin=base.origin[::-1], backwards=True, joined=True)
    yield from _decoded(plain)


def _plain(text: str) -> View:
    shown: list[str] = []
    origin: list[int] = []
    for place, character in enumerate(text):
        if unicodedata.category(character) in ("Cf", "Mn", "Cc") and character not in "\n\t\r":
            continue
        for simple in unicodedata.normalize("NFKC", character):
            shown.append(simple)
            origin.append(place)
    return View(text="".join(shown), origin=origin)


def _joined(view: View) -> View | None:
    """Without the separators inside numbers and codes; words stay apart from numbers."""
    dropped: set[int] = set()
    for gap in _GAP.finditer(view.text):
        before, after = _tail(view.text, gap.start()), _head(view.text, gap.end())
        if before and after and (before == "digit" or after == "digit"):
            dropped.update(range(gap.start(), gap.end()))
    if not dropped:
        return None
    kept = [i for i in range(len(view.text)) if i not in dropped]
    return View(text="".join(view.text[i] for i in kept), origin=[view.origin[i] for i in kept], joined=True)


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
    return View(text=text, origin=view.origin, joined=True)


def _decoded(view: View) -> Iterator[View]:
    for pattern, decode in ((_HEX, _from_hex), (_BASE64, _from_base64), (_PERCENT, _from_percent)):
        for token in pattern.finditer(view.text):
            said = decode(token)
            if said is not None:
                whole = (view.origin[token.start()], view.origin[token.end() - 1] + 1)
                inner = _plain(said)
                yield View(text=inner.text, origin=inner.origin, whole=whole)


def _from_hex(token: re.Match[str]) -> str | None:
    return _readable(bytes.fromhex(token[1]))


def _from_base64(token: re.Match[str]) -> str | None:
    body = token[0].rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return _readable(base64.b64decode(body + "=" * (-len(body) % 4), validate=True))
    except (binascii.Error, ValueError):
        return None


def _from_percent(token: re.Match[str]) -> str | None:
    return _readable(unquote_to_bytes(token[0])) if "%" in token[0] else None


def _readable(raw: bytes) -> str | None:
    """The text, when it is text and holds a digit run or an address sign."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if not text.isprintable() or sum(c.isdigit() for c in text) < 5:
        return None
    return text
