"""What a short reply means: a choice among the readings offered, or half the name of a neighbouring metric. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from assistant.domain import Clarification, Option, QueryPlan, Text
from assistant.nl2sql.plans.normalising import normalise
from assistant.nl2sql.plans.phrases import dice, units
from assistant.nl2sql.plans.semantic_model import SemanticModel

_ORDINALS = {"第1": 0, "first": 0, "第2": 1, "second": 1, "第3": 2, "third": 2, "第4": 3, "fourth": 3}
_PLACE = re.compile(r"^(?:选|我选|要|the )?\s*(第[1-4]|first|second|third|fourth)(?:个|种|项|条|one| one| option)?$")
_NO_MATTER = Text(
    zh="没关系。每一种指的是什么写在下面，选最接近的一种即可，看了结果还可以再换：",
    en="Never mind. This is what each of them stands for: take the closest one, it can be changed afterwards.",
)
_UNSURE = re.compile(
    r"^(?:我)?(?:也|真|就)?(?:不知道|不清楚|不确定|不懂|不晓得|没想好|说不准|拿不准|唔知道?|随便|都行|都可以|无所谓|看着办|你定|你看着办|哪个都[行可]以?)"
    r"(?:选哪个|哪个|怎么选|啊|呢|吧|了|啦|欸)*$"
    r"|^(?:i |well,? i )?(?:really )?(?:don't|do not|dont) (?:really )?know(?: which.*)?$"
    r"|^(?:i have )?no idea$|^(?:i'm |i am )?(?:not sure|unsure)(?: which.*)?$"
    r"|^(?:whatever|any of them|either|you choose|you decide)$"
)
_LEAST_ALIKE = 0.2  # dice of the names: 户籍人口 and 常住人口 have 0.33


def chosen_option(reply: str, options: tuple[Option, ...]) -> Option | None:
    """The only option that the reply names: by its place, or by words that no other option's name has."""
    text = normalise(reply).rstrip(" .。!！?？")
    place = _PLACE.match(text)
    if place is not None:
        return options[_ORDINALS[place[1]]] if _ORDINALS[place[1]] < len(options) else None
    same = [option for option in options if text in (normalise(option.label), normalise(option.question))]
    if len(same) == 1:
        return same[0]
    names = [_pieces(normalise(re.split("[:：]", option.label, maxsplit=1)[0])) for option in options]
    own = [one - set().union(*(o for o in names if o is not one)) for one in names]
    fitting = [option for option, pieces in zip(options, own, strict=True) if pieces & _pieces(text)]
    return fitting[0] if len(fitting) == 1 else None


def is_unsure(reply: str) -> bool:
    """不知道, don't know, whichever: a reply that chooses none of the readings."""
    return bool(_UNSURE.match(normalise(reply).rstrip(" .。!！?？~")))


def told_again(asked: Clarification) -> Clarification:
    """The same readings, with what each stands for in the words themselves (labels are in the asker's language)."""
    lines = "".join(f"\n{number}. {option.label}" for number, option in enumerate(asked.options, 1))
    return replace(asked, prompt=Text(zh=_NO_MATTER.zh + lines, en=_NO_MATTER.en + lines))


def sibling(word: str, last: QueryPlan, model: SemanticModel) -> str | None:
    """那户籍的呢 after 常住人口: the metric of the same topic with this word in a name, most like the last one."""
    before = model.metric_by_id[last.metrics[0]]
    alike: list[tuple[float, str]] = []
    for metric in model.metrics:
        names = [normalise(name) for name in (metric.name, metric.name_en, *metric.synonyms, *metric.synonyms_en)]
        named = len(word) > 1 and any(word in name.replace(f"非{word}", "") for name in names)
        if named and metric.topic == before.topic and metric.id not in last.metrics:
            alike.append((dice(metric.name, before.name), metric.id))
    alike.sort(reverse=True)
    if not alike or alike[0][0] < _LEAST_ALIKE or (len(alike) > 1 and alike[0][0] == alike[1][0]):
        return None
    return alike[0][1]


def _pieces(text: str) -> set[str]:
    """Words of English, pairs of characters of Chinese."""
    row = units(text)
    words = {unit.text for unit in row if unit.is_word and len(unit.text) > 2}
    return words | {a.text + b.text for a, b in pairwise(row) if not (a.text.isascii() or b.text.isascii())}
