"""Article numbers as Chinese law writes them: 第十二条之一, 第二款, 第（三）项. Pure."""

from __future__ import annotations

import re
import unicodedata

_DIGITS = {character: value for value, character in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "兩": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
NUMERAL = "0-9０-９〇零一二三四五六七八九十百千两兩"
_ARTICLE = re.compile(rf"第?\s*([{NUMERAL}][{NUMERAL}\s]*)\s*[条條]?\s*(?:之\s*([{NUMERAL}]+))?")


def to_number(numeral: str) -> int | None:
    """`十二` -> 12, `12` -> 12, `一百零三` -> 103; None when it is no numeral."""
    compact = unicodedata.normalize("NFKC", re.sub(r"\s", "", numeral))
    if compact.isdigit() and compact.isascii():
        return int(compact)
    total = current = 0
    for character in compact:
        if character in _DIGITS:
            current = _DIGITS[character]
        elif character in _UNITS:
            total += (current or 1) * _UNITS[character]
            current = 0
        else:
            return None
    return total + current if compact else None


def to_numeral(number: int) -> str:
    """12 -> `十二`, 103 -> `一百零三`; for 1 to 9999."""
    names = "零一二三四五六七八九"
    digits = [int(digit) for digit in str(number)]
    out = ""
    for position, digit in zip(range(len(digits) - 1, -1, -1), digits, strict=True):
        if digit:
            out += names[digit] + ("", "十", "百", "千")[position]
        elif out and not out.endswith("零") and any(digits[len(digits) - position :]):
            out += "零"
    return out.removeprefix("一") if out.startswith("一十") else out


def canonical_article(label: str) -> str | None:
    """`第 12 条`, `十二`, `12`, `第十二条之1` -> `第十二条`, `第十二条之一`; None when it names no article."""
    match = _ARTICLE.fullmatch(label.strip())
    if match is None:
        return None
    number, branch = to_number(match[1]), to_number(match[2]) if match[2] else 0
    if not number or branch is None:
        return None
    return f"第{to_numeral(number)}条" + (f"之{to_numeral(branch)}" if branch else "")
