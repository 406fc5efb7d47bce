"""A question as the text that is read: one script, one spelling, without its frame, in the forms that are known."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from assistant.language import to_simplified
from assistant.steward.dates import dated
from assistant.steward.framing import unframed
from assistant.steward.spoken_forms import plainly_spoken
from assistant.steward.usual_forms import in_usual_form
from assistant.steward.vocabulary import unhyphened
from assistant.steward.year_parts import with_years

QUOTED = re.compile(r"[“「『《\"](?P<a>[^”」』》\"]{1,60})[”」』》\"]|(?<!\w)['‘](?P<b>[^'’]{1,60})['’](?!\w)")
# Written otherwise in Taiwan and Hong Kong, or an older form of the character.
_VARIANTS = (("资讯", "信息"), ("帐", "账"), ("身分", "身份"), ("讯息", "信息"))


def plain_text(question: str, as_of: date) -> str:
    """What the words of the question are looked for in; days are counted from `as_of`."""
    plain = plainly_spoken(unframed(normalised(question)))
    return dated(in_usual_form(with_years(plain, as_of), as_of), as_of)


def normalised(question: str) -> str:
    """NFKC, Simplified, lower case, single spaces."""
    plain = unicodedata.normalize("NFKC", to_simplified(question)).replace("’s ", "'s ")
    for variant, usual in _VARIANTS:
        plain = plain.replace(variant, usual)
    single = re.sub(r"\s+", " ", plain).strip().lower()
    parts = re.split(f"({QUOTED.pattern.replace('?P<a>', '?:').replace('?P<b>', '?:')})", single)
    return "".join(part if QUOTED.fullmatch(part) else unhyphened(part) for part in parts if part)
