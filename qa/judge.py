"""The judge: from passages to quotes, and how probable it is that they answer the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index import Passage
from qa.confidence import Confidence, fitted_confidence
from qa.cross_encoder import CrossEncoder, Reranker
from qa.evidence import Quote, Sentence, joined, select, weigh
from qa.late_interaction import LateInteraction
from qa.parts import parts
from qa.signals import Judged, measure, titled

# A part of a question is answered by a sentence of its own from this logit on.
PART_LOGIT = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What would be quoted, best first, with its signals and the confidence made of them."""

    quotes: tuple[Quote, ...]
    signals: dict[str, float]
    confidence: float


class Judge:
    """Weighs passages against a question with the bundled models."""

    def __init__(
        self, *, reranker: Reranker | None = None, confidence: Confidence | None = None
    ) -> None:
        """By default the bundled cross-encoder and the fitted coefficients."""
        self._reranker = reranker or CrossEncoder()
        self._late_interaction = LateInteraction()
        self._confidence = confidence or fitted_confidence()

    @property
    def threshold(self) -> float:
        """The fitted confidence below which a question is better refused."""
        return self._confidence.threshold

    def load(self) -> None:
        """Load the models now rather than with the first question; raises ModelError."""
        if isinstance(self._reranker, CrossEncoder):
            self._reranker.load()
        self._late_interaction.load()

    def __call__(self, question: str, passages: Sequence[Passage]) -> Verdict:
        """The verdict on what these passages, best first, say about the question."""
        sentences = weigh(question, passages, self._reranker) if passages else []
        quotes = select(sentences)
        if not quotes:
            return Verdict((), {}, 0.0)
        signals = self._signals(question, quotes[0], sentences)
        chosen = self._with_parts(question, quotes, passages)
        return Verdict(tuple(chosen), signals, self._confidence(signals))

    def _with_parts(
        self, question: str, quotes: list[Quote], passages: Sequence[Passage]
    ) -> list[Quote]:
        """The quotes and, for a question with several parts, the best sentence for each."""
        asked = parts(question)
        if len(asked) < 2:
            return quotes
        chosen = {s.key: s for quote in quotes for s in quote.sentences}
        for part in asked:
            best = max(weigh(part, passages, self._reranker), key=lambda s: s.score)
            if best.logit >= PART_LOGIT:
                chosen.setdefault(best.key, best)
        return joined(chosen.values())

    def _signals(
        self, question: str, quote: Quote, sentences: Sequence[Sentence]
    ) -> dict[str, float]:
        passage = quote.passage
        here = [s.logit for s in sentences if s.passage.key == passage.key]
        elsewhere = [s.logit for s in sentences if s.passage.key != passage.key]
        judged = Judged(
            question=question,
            title=passage.title,
            quote=quote.text,
            passage=passage.text,
            logit=self._logit(question, quote),
            best=max(here),
            rival=max(elsewhere, default=None),
        )
        return measure(judged, self._reranker, self._late_interaction)

    def _logit(self, question: str, quote: Quote) -> float:
        if len(quote.sentences) == 1:
            return quote.sentences[0].logit
        (logit,) = self._reranker([(question, titled(quote.passage.title, quote.text))])
        return logit
