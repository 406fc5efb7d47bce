"""What a share is of: the value that the word for it stands beside, or those who live in the place named. Pure."""

from __future__ import annotations

import re

from assistant.nl2sql.plans.question_reading import QuestionReading
from assistant.nl2sql.plans.semantic_model import SemanticModel
from assistant.nl2sql.plans.terms import Terms

_OF_ALL = re.compile(r"全市|总数|总量|全部|of the city|of all|city ?wide")


def told_share(read: QuestionReading) -> str:
    """The dimension of the value that the share is of, "" where none is: women in 女性占几成, 女性在本科生里占多少.

    In English it follows the word: proportion of women among residents with a degree.
    """
    tags = read.tags
    at = next((index for index, tag in enumerate(tags) if tag.is_operator("share")), None)
    if at is None:
        return ""
    inside = next((index for index in range(at - 1, -1, -1) if tags[index].text == "在"), -1)
    among = inside >= 0 and any(tag.text in ("中", "里", "里面", "当中", "之中") for tag in tags[inside:at])
    before = tags[: inside if among else at][::-1]
    near = tags[at + 1 :] if tags[at].text.isascii() else before
    value = next((tag for tag in near if tag.of("value")), None)
    named = {item.dimension for item in read.terms.filters}
    return next((sense.target for sense in value.of("value") if sense.target in named), "") if value is not None else ""


def is_of_a_place(terms: Terms, read: QuestionReading, model: SemanticModel) -> bool:
    """雾溪县60岁以上的老人占多大比重: of those who live there, where the two count the same rows. Not 占全市."""
    shared = {one.table for one in model.dimensions if one.code}  # tables of places belong to no topic
    places = all(model.dimension_by_id[item.dimension].table in shared for item in terms.filters)
    ratio = next((m for m in model.metrics if m.numerator == terms.metrics[0] and m.unit == "%"), None)
    if ratio is None or terms.dimensions or not places or _OF_ALL.search(read.text):
        return False
    above, under = model.metric_by_id[ratio.numerator], model.metric_by_id[ratio.denominator]
    return above.entity == under.entity and above.timing == under.timing == "snapshot"
