"""Answering a policy question from quotes: every sentence is a cited article's own words, or it is not said. Pure.

An article supports an answer when it is in force, has the kind of thing that is asked for (answer_forms.py), speaks of
the thing that is asked for by name (asked_things.py), and is near enough to the question: `nearness` starts where
unrelated questions stand (nearness.py); the share of the question's matter (its tokens, or the field's words for them)
that the article holds, its place in the search and its form add to it, weighed as questions with and without an answer
are best told apart (docs/decisions/retrieval.md). Where no vector was looked at, the share alone decides. What is near
but unsupported is named, not quoted.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.domain import Evidence, Lang
from assistant.language import to_traditional
from assistant.retrieval.answer_forms import AnswerForm, asked_forms, fit, holds_firm
from assistant.retrieval.asked_things import asked_thing
from assistant.retrieval.citations import paragraphs
from assistant.retrieval.glossary import load_glossary
from assistant.retrieval.matter import Matter
from assistant.retrieval.policy_questions import asks_about_policy

__all__ = ["PolicyAnswer", "SupportedSentence", "answer_policy_question", "asks_about_policy", "fitting_quote"]

# Measured on the questions of tests/cases/retrieval.yaml and evals/cases/policy_questions.
SUPPORT = 0.3  # least share of the question's matter, where the share alone decides
BESIDE_BEST = 0.6  # and every article must hold this share of what the best one holds
SUPPORT_BY_MEANING = 0.62  # least sum of nearness and what follows
SUPPORT_UNASKED = 0.68  # where the question has no form of one about rules
SUPPORT_DESPITE_DATA = 0.75  # where some of its words name what the data hold
SHARE_SUPPORTS, SCORE_SUPPORTS, FORM_SUPPORTS = 0.5, 0.25, 0.05  # of share, of the search's score, of the form (0-1)
# Where the workspace's own questions taught whether there is an answer (taught.py): log-odds a unit of the best
# article's sum, least log-odds that there is one, and least sum of each article.
SURE_BY_SUPPORT, SURE, SUPPORT_IF_SURE = 8.0, 0.0, 0.35
THING_HELD = 0.7  # more than this share of the thing that is asked for by name: 居住 is not 居住证
NEAR = 0.25  # least nearness of an article that is worth naming where nothing supports an answer
SHARE_WEIGHT, FORM_WEIGHT, NEARNESS_WEIGHT = 0.4, 0.2, 1.0  # beside the search's score (0-1), in the order
BEHIND_BEST = 0.4  # how far behind the first article another one may stand
MOST_ARTICLES = 3
LONGEST_QUOTE = 240  # characters; a longer 款 is quoted by its most fitting sentences
_CONSIDERED = 10  # passages
_SENTENCE = re.compile(r"[^。；！？]*[。；！？]|[^。；！？]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportedSentence:
    """`text` is what is said, in the reader's language; `quote` stands in it word for word and in the document."""

    text: str
    quote: str
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAnswer:
    """Sentences with their grounds; none means that no basis was found, and `nearest` says what comes closest."""

    sentences: tuple[SupportedSentence, ...]
    nearest: tuple[Evidence, ...]
    text: str

    @property
    def is_supported(self) -> bool:
        return bool(self.sentences)


def best_support(question: str, evidence: Sequence[Evidence], rarity: Callable[[str], float]) -> float:
    """What speaks for the best article that has what is asked for; 0.0 where none has (taught.py learns beside it)."""
    return max((_sum(one) for one in _read(question, evidence, rarity)[1] if one.holds_firm), default=0.0)


def answer_policy_question(
    question: str,
    evidence: Sequence[Evidence],
    lang: Lang,
    *,
    rarity: Callable[[str], float] = lambda token: 1.0,
    least: float = SUPPORT_BY_MEANING,
) -> PolicyAnswer:
    """The answer that `evidence` (best first, as search returns it) supports with at least `least`.

    `rarity` (Retriever.rarity) weighs the question's tokens, so that a word the documents never use counts against
    support more than a common one that they lack.
    """
    matter, read = _read(question, evidence, rarity)
    sentences = tuple(_sentence(item, matter, lang) for item in _supporting(read, least))
    near = [one.evidence for one in read if one.evidence.nearness is None or one.evidence.nearness >= NEAR]
    nearest = () if sentences else tuple(near[:MOST_ARTICLES])
    text = "\n".join(sentence.text for sentence in sentences) or _no_basis(nearest, lang)
    return PolicyAnswer(sentences=sentences, nearest=nearest, text=text)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """An article with what speaks for it."""

    evidence: Evidence
    share: float  # of the question's matter, 0-1
    rank: float  # the search's score and what the search does not know
    fit: float  # of the forms that are asked for, 0-1
    holds_firm: bool


def _read(question: str, evidence: Sequence[Evidence], rarity: Callable[[str], float]) -> tuple[Matter, list[_Weighed]]:
    """What is asked about, and the articles in force that are considered."""
    matter = Matter(question, load_glossary(), rarity)
    thing = asked_thing(question)
    named = Matter(thing, load_glossary(), lambda token: 1.0) if thing else None
    forms = asked_forms(question)
    articles = [item for item in evidence[:_CONSIDERED] if item.kind == "policy" and item.in_force]
    return matter, [_weighed(item, matter, forms, named) for item in articles]


def _weighed(item: Evidence, matter: Matter, forms: Sequence[AnswerForm], thing: Matter | None) -> _Weighed:
    share, fits = matter.share(f"{item.title} {item.quote}"), fit(forms, item.quote)
    rank = item.score + SHARE_WEIGHT * share + FORM_WEIGHT * fits
    rank += NEARNESS_WEIGHT * (item.nearness or 0.0)
    firm = holds_firm(forms, item.quote) and (thing is None or thing.share(item.quote) > THING_HELD)
    return _Weighed(item, share, rank, fits, firm)


def _supporting(read: Sequence[_Weighed], least: float) -> list[Evidence]:
    """The articles that may be relied upon, best first."""
    most = max((one.share for one in read), default=0.0)
    firm = [one for one in read if one.holds_firm]
    least = _least(firm, least)
    relied = [one for one in firm if _supports(one, most, least)]
    ordered = sorted(relied, key=lambda one: (-one.rank, one.evidence.id))
    return [one.evidence for one in ordered if one.rank >= ordered[0].rank - BEHIND_BEST][:MOST_ARTICLES]


def _supports(one: _Weighed, most: float, least: float) -> bool:
    if one.evidence.nearness is None:
        return one.share >= max(SUPPORT, BESIDE_BEST * most)
    return _sum(one) >= least


def _sum(one: _Weighed) -> float:
    """Nearness and what the words, the search and the form add to it."""
    words = SHARE_SUPPORTS * one.share + SCORE_SUPPORTS * one.evidence.score + FORM_SUPPORTS * one.fit
    return (one.evidence.nearness or 0.0) + words


def log_odds(sure: float, best: float) -> float:
    """That the documents answer: by the question alone, and by the sum of the best article that holds what is asked."""
    return sure + SURE_BY_SUPPORT * (best - SUPPORT_BY_MEANING)


def _least(firm: Sequence[_Weighed], least: float) -> float:
    """What each article must reach: `least`, or where it was taught whether there is an answer, what that allows."""
    sure = next((one.evidence.answerable for one in firm if one.evidence.answerable is not None), None)
    if sure is None:
        return least
    needed = SURE + SURE_BY_SUPPORT * (least - SUPPORT_BY_MEANING)
    return SUPPORT_IF_SURE if log_odds(sure, max(map(_sum, firm))) >= needed else math.inf


def _sentence(evidence: Evidence, matter: Matter, lang: Lang) -> SupportedSentence:
    quote = fitting_quote(evidence.quote, matter.share)
    return SupportedSentence(text=_said(evidence, quote, lang), quote=quote, evidence=evidence)


def fitting_quote(article: str, share: Callable[[str], float]) -> str:
    """The 款 that fits best, whole with its items; of a long one the sentences that fit, in one piece."""
    if len(article) <= LONGEST_QUOTE:
        return article
    best = max(("\n".join(lines) for lines in paragraphs(article)), key=lambda text: share(text))
    if len(best) <= LONGEST_QUOTE:
        return best
    pieces = [piece for piece in _SENTENCE.findall(best) if piece.strip()]
    start = max(range(len(pieces)), key=lambda at: share(pieces[at]))
    end = start + 1
    while end < len(pieces) and len("".join(pieces[start : end + 1])) <= LONGEST_QUOTE:
        end += 1
    return "".join(pieces[start:end]).strip()


def _said(evidence: Evidence, quote: str, lang: Lang) -> str:
    if lang == "en":
        return f"{evidence.title}, {evidence.section or 'text'}: “{quote}”"
    lead = f"《{evidence.title}》{evidence.section}规定："
    # The quote stays as the document has it: a converted quote is not a quote.
    return f"{to_traditional(lead) if lang == 'zh-Hant' else lead}“{quote}”"


def _no_basis(nearest: Sequence[Evidence], lang: Lang) -> str:
    titles = "、".join(dict.fromkeys(f"《{item.title}》{item.section}" for item in nearest))
    if lang == "en":
        near = f" The nearest articles are {titles}; please check whether they apply." if nearest else ""
        return f"No basis was found in the documents that you may read.{near}"
    text = "没有找到依据。" + (f"最接近的条文是{titles}，请核对是否适用。" if nearest else "可换一种说法再问。")
    return to_traditional(text) if lang == "zh-Hant" else text
