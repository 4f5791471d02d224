"""Signals: what tells an answer from a passage that only looks like one.

All of them compare a question with the evidence that is about to be quoted. None depends on how
many passages the library holds, so they mean the same over one article and over thousands.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa.answer_kind import AnswerKind, answer_kind, asked_noun, offers
from qa.cross_encoder import Reranker
from qa.late_interaction import LateInteraction
from qa.opposites import is_negated, says_opposite
from qa.words import Word, is_among, keys_of, words

# The cross-encoder's logit for a text that has nothing to do with the question.
NO_LOGIT = -11.0
# Above this one it says nothing more.
MAX_LOGIT = 6.0
# A logit this good needs no lead over other passages.
CLEAR_LOGIT = 2.0
# At most so many words are left out in turn; each costs a pair for the cross-encoder.
MAX_DROPPED = 4
# Below this logit nothing is left out: the answer is a refusal anyway.
HOPELESS = -4.0

RELEVANCE = ("logit", "alignment", "lead", "answers", "answers_sentence")
FIDELITY = (
    "answers",
    "answers_sentence",
    "logit",
    "weakest_word",
    "gain",
    "coverage",
    "unseen",
    "missing_name",
    "missing_year",
    "missing_number",
    "other_year",
    "negation",
    "opposite",
    "offered",
)


@dataclass(frozen=True, slots=True)
class Judged:
    """What is judged: the best quote, with its title and whole passage, and its rivals.

    `logit` is the cross-encoder's for the titled quote, `best` its best for one sentence of the
    same passage, `rival` its best for a sentence of another passage, `None` when there is none.
    """

    question: str
    title: str
    quote: str
    sentence: str
    passage: str
    logit: float
    best: float
    rival: float | None


def titled(title: str, text: str) -> str:
    """A text as the models read it: behind its title, which names what the text calls "it"."""
    return f"{title}: {text}" if title else text


def measure(
    judged: Judged,
    reranker: Reranker,
    late_interaction: LateInteraction,
    answerability: Reranker,
) -> dict[str, float]:
    """Every signal of RELEVANCE and FIDELITY by its name."""
    asked = _asked_words(judged.question)
    in_quote = keys_of(judged.quote, judged.title)
    in_passage = keys_of(judged.passage, judged.title)
    missing = [word for word in asked if not is_among(word.key, in_quote)]
    unseen = [word for word in asked if not is_among(word.key, in_passage)]
    rarity = {word: late_interaction.rarity(word.text) for word in asked}
    alignment, weakest_word = _alignment(judged, asked, late_interaction)
    misses_year = _holds_kind(missing, "year")
    whole, alone = answerability(
        [(judged.question, titled(judged.title, text)) for text in (judged.quote, judged.sentence)]
    )
    return {
        "answers": whole,
        "answers_sentence": alone,
        "logit": _clipped(judged.logit, NO_LOGIT, MAX_LOGIT),
        "lead": _lead(judged),
        "alignment": alignment,
        "weakest_word": weakest_word,
        "gain": _gain(judged, missing, rarity, reranker),
        "coverage": 1 - sum(rarity[w] for w in missing) / (sum(rarity.values()) + 0.5),
        "unseen": max((rarity[word] for word in unseen), default=0.0),
        "missing_name": float(_holds_kind(unseen, "name")),
        "missing_year": float(misses_year),
        "missing_number": float(_holds_kind(missing, "number")),
        "other_year": float(misses_year and _holds_kind(words(judged.quote), "year")),
        "negation": float(is_negated(judged.question) and not is_negated(judged.quote)),
        "opposite": float(says_opposite(judged.question, judged.quote)),
        "offered": _offered(judged),
    }


def _asked_words(question: str) -> list[Word]:
    """The words that an answer has to fit, each once, without the noun that it stands in for."""
    noun = asked_noun(question)
    found = {word.key: word for word in reversed(words(question)) if word.is_content}
    return [word for key, word in reversed(found.items()) if key != noun]


def _holds_kind(found: Sequence[Word], kind: str) -> bool:
    return any(word.kind == kind for word in found)


def _lead(judged: Judged) -> float:
    """How far the quoted passage is ahead of the others, 0 to 8; a clear logit needs no lead.

    So an answer that stands in two documents is not doubted for standing there twice.
    """
    ahead = judged.best - (NO_LOGIT if judged.rival is None else judged.rival)
    return _clipped(max(ahead, 2 * (judged.logit - CLEAR_LOGIT)), 0, 8)


def _alignment(
    judged: Judged, asked: Sequence[Word], late_interaction: LateInteraction
) -> tuple[float, float]:
    """How well the question's words find their like in the evidence, cosines from -1 to 1.

    The mean over the content words, and the minimum over all: a word that was exchanged for
    another finds no like.
    """
    question = judged.question
    offsets, best = late_interaction.best_matches(question, titled(judged.title, judged.quote))
    pieces = [
        (start, end, cosine)
        for (start, end), cosine in zip(offsets, best, strict=True)
        if any(char.isalnum() for char in question[start:end])
    ]
    by_word = [
        [cosine for start, end, cosine in pieces if start < word.end and end > word.start]
        for word in asked
    ]
    means = [statistics.fmean(cosines) for cosines in by_word if cosines]
    weakest = min((cosine for _, _, cosine in pieces), default=1.0)
    return statistics.fmean(means) if means else 1.0, weakest


def _gain(
    judged: Judged, missing: Sequence[Word], rarity: Mapping[Word, float], reranker: Reranker
) -> float:
    """How much better the evidence fits once a word that it lacks is left out; -1 to 4 logits."""
    if not missing or judged.logit < HOPELESS:
        return 0.0
    dropped = sorted(missing, key=lambda word: -rarity[word])[:MAX_DROPPED]
    shown = titled(judged.title, judged.quote)
    logits = reranker([(_without(judged.question, word), shown) for word in dropped])
    return _clipped(max(logits) - judged.logit, -1, 4)


def _without(question: str, word: Word) -> str:
    return " ".join((question[: word.start] + question[word.end :]).split())


def _offered(judged: Judged) -> float:
    """`offers` for the kinds that words can tell, when and how many; 1 for the others."""
    kind = answer_kind(judged.question)
    is_told = kind in (AnswerKind.TIME, AnswerKind.COUNT)
    return offers(kind, judged.question, judged.quote) if is_told else 1.0


def _clipped(value: float, low: float, high: float) -> float:
    return min(high, max(low, value))
