"""Checking: whether a passage carries a written sentence, and which words of it do.

Each stretch of one or two sentences of a passage is compared with the written sentence; the one
that is most like it becomes the quote. What else is looked at: whether every name, year and number
stands there, whether one denies what the other affirms, how well the worst word is matched, and
what the answerability network, which has learned from statements too, says of the two.
A plain logistic model makes a probability of it; with the extra `check` a model of entailment has
a say too, and far more true sentences pass. The coefficients of both stand in checking.json,
written by tests/benchmarks/checking.py, which says how good they are and what they miss.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from index import Passage, Span
from qa.confidence import Logistic, sigmoid
from qa.cross_encoder import Reranker
from qa.entailment import Entailment
from qa.late_interaction import LateInteraction
from qa.opposites import is_negated, says_opposite
from qa.signals import titled
from qa.words import is_among, keys_of, words

COEFFICIENTS = Path(__file__).with_name("checking.json")
SIGNALS = (
    "likeness",
    "weakest",
    "weakest_new",
    "new_words",
    "logit",
    "missing_name",
    "missing_year",
    "missing_number",
    "distant",
    "negation",
    "opposite",
    "order",
    "carried",
)
ENTAILMENT = ("entailment", "entailment_untitled", "entailment_passage")
SENTENCES_IN_QUOTE = 2
# A second sentence has to be worth its words, in mean cosine.
LONGER = 0.01
# A sentence with fewer words of its own says nothing that could be checked.
LEAST_WORDS = 2


@dataclass(frozen=True, slots=True)
class Support:
    """The stretch of a passage that carries a sentence best; `probability` is 0 to 1."""

    passage: Passage
    span: Span
    probability: float

    @property
    def quote(self) -> str:
        """The exact words."""
        return self.passage.of(self.span)


@dataclass(frozen=True, slots=True)
class Check:
    """The fitted model; a sentence is supported from `threshold` on."""

    model: Logistic
    threshold: float

    def to_dict(self) -> dict[str, object]:
        """The coefficients as checking.json holds them."""
        return {
            "intercept": self.model.intercept,
            "weights": dict(self.model.weights),
            "threshold": self.threshold,
        }


@cache
def fitted_check(*, with_entailment: bool) -> Check:
    """The model with the coefficients that come along."""
    both = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
    told = both["with_entailment" if with_entailment else "without"]
    return Check(Logistic(told["intercept"], told["weights"]), told["threshold"])


class Checker:
    """Holds sentences against passages with the bundled models."""

    def __init__(
        self,
        reranker: Reranker,
        late_interaction: LateInteraction,
        answerability: Reranker,
        entailment: Entailment | None = None,
        *,
        least: float | None = None,
    ) -> None:
        """Without a model of entailment the check is as strict, and passes fewer true sentences.

        `least` is the probability, 0 to 1, from which a sentence is supported; by default the
        fitted threshold.
        """
        self._reranker = reranker
        self._late_interaction = late_interaction
        self._answerability = answerability
        self._entailment = entailment
        self._check = fitted_check(with_entailment=entailment is not None)
        self._least = self._check.threshold if least is None else least

    def __call__(self, sentence: str, passages: Sequence[Passage]) -> Support | None:
        """What carries the sentence; the earlier passage where two do. `None`: nothing does."""
        if sum(word.is_content for word in words(sentence)) < LEAST_WORDS:
            return None
        for passage in passages:
            span, signals = self.compare(sentence, passage)
            probability = sigmoid(self._check.model.log_odds(signals))
            if probability >= self._least:
                return Support(passage, span, probability)
        return None

    def compare(self, sentence: str, passage: Passage) -> tuple[Span, dict[str, float]]:
        """The stretch of the passage most like the sentence, and every signal by its name."""
        stretches = list(_stretches(passage))
        texts = [titled(passage.heading, passage.of(span)) for span in stretches]
        offsets, alike = self._late_interaction.matches(sentence, texts)
        scores = [
            sum(cosines) / max(1, len(cosines)) + 0.04 * _share_of_facts(sentence, text) - length
            for cosines, text, length in zip(
                alike, texts, (LONGER * _extra(passage, span) for span in stretches), strict=True
            )
        ]
        best = max(range(len(stretches)), key=scores.__getitem__)
        matched = list(zip(offsets, alike[best], strict=True))
        signals = self._signals(sentence, passage, texts[best], matched)
        if self._entailment is not None:
            told = (texts[best], passage.of(stretches[best]), passage.text)
            logits = self._entailment([(text, sentence) for text in told])
            signals |= dict(zip(ENTAILMENT, logits, strict=True))
        return stretches[best], signals

    def _signals(
        self,
        sentence: str,
        passage: Passage,
        quote: str,
        matched: Sequence[tuple[tuple[int, int], float]],
    ) -> dict[str, float]:
        here, around = keys_of(quote), keys_of(passage.heading, passage.text)
        content = [word for word in words(sentence) if word.is_content]
        missing = [word for word in content if not is_among(word.key, around)]
        facts = [word for word in content if word.kind != "word"]
        new = [w for w in content if w.kind == "word" and not is_among(w.key, here)]
        cosines = [
            cosine
            for (start, end), cosine in matched
            if any(char.isalnum() for char in sentence[start:end])
        ]
        of_new = [
            cosine
            for (start, end), cosine in matched
            if any(start < word.end and end > word.start for word in new)
        ]
        (logit,) = self._reranker([(sentence, quote)])
        (carried,) = self._answerability([(sentence, quote)])
        return {
            "likeness": sum(cosines) / max(1, len(cosines)),
            "weakest": min(cosines, default=0.0),
            "weakest_new": min(of_new, default=1.0),
            "new_words": len(new) / max(1, len(content)),
            "logit": min(9.0, logit),
            **{
                f"missing_{kind}": float(any(word.kind == kind for word in missing))
                for kind in ("name", "year", "number")
            },
            "distant": float(any(not is_among(word.key, here) for word in facts)),
            "negation": float(is_negated(sentence) != is_negated(quote)),
            "opposite": float(says_opposite(sentence, quote) or says_opposite(quote, sentence)),
            "carried": carried,
            "order": _disorder([word.key for word in content], [w.key for w in words(quote)]),
        }


def _stretches(passage: Passage) -> Iterator[Span]:
    for first in range(len(passage.sentences)):
        for last in range(first, min(first + SENTENCES_IN_QUOTE, len(passage.sentences))):
            yield Span(passage.sentences[first].start, passage.sentences[last].end)


def _extra(passage: Passage, span: Span) -> int:
    return sum(span.start < sentence.start < span.end for sentence in passage.sentences)


def _share_of_facts(sentence: str, text: str) -> float:
    facts = [word for word in words(sentence) if word.kind != "word"]
    keys = keys_of(text)
    return sum(is_among(word.key, keys) for word in facts) / len(facts) if facts else 0.0


def _disorder(said: Sequence[str], quoted: Sequence[str]) -> float:
    """The share of pairs of words, 0 to 1, that stand the other way round in the quote."""
    places = [quoted.index(key) for key in said if key in quoted]
    pairs = [(a, b) for i, a in enumerate(places) for b in places[i + 1 :] if a != b]
    return sum(a > b for a, b in pairs) / len(pairs) if pairs else 0.0
