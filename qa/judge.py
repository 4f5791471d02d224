"""The judge: from passages to quotes, and how probable it is that they answer the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from statistics import fmean

from index import Passage
from qa.acronyms import asked_acronym, spells_out, wants_name_alone
from qa.answerability import Answerability
from qa.confidence import Confidence, fitted_confidence
from qa.cross_encoder import CrossEncoder, Remembering, Reranker
from qa.evidence import Quote, Sentence, joined, select, weigh, worth_weighing
from qa.follow_up import Reading
from qa.late_interaction import LateInteraction
from qa.parts import parts
from qa.retrieval import reranked
from qa.signals import Judged, measure, titled

# So many sentences are read by the answerability network too, and what its log-odds count; more
# for a question that leans on others, which it has learned to read and the cross-encoder has not.
READ_AGAIN = 8
ANSWERS_WEIGHT = 1.0
ANSWERS_WEIGHT_LEANING = 5.0
# The log-odds of a sentence that spells out the acronym asked for, which the network does not see.
CLEAR_ANSWER = 4.0
# A part of a question is answered by a sentence of its own from this logit on.
PART_LOGIT = 0.0
# The most confidence in quotes that only use the acronym whose name is asked for, and the least in
# quotes that spell it out.
UNSPELLED, SPELLED = 0.2, 0.9


@dataclass(frozen=True, slots=True)
class Verdict:
    """What would be quoted, best first, and the confidence that it answers the question.

    `signals` are those of the first wording that is judged.
    """

    quotes: tuple[Quote, ...]
    signals: dict[str, float]
    confidence: float


class Judge:
    """Weighs passages against a question with the bundled models."""

    def __init__(
        self,
        reranker: Reranker | None = None,
        late_interaction: LateInteraction | None = None,
        answerability: Answerability | None = None,
        *,
        confidence: Confidence | None = None,
    ) -> None:
        """By default the bundled models and the fitted coefficients."""
        self._reranker = reranker or CrossEncoder()
        self._late_interaction = late_interaction or LateInteraction()
        self._answerability = answerability or Answerability()
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
        self._answerability.load()

    def rerank(self, question: str, passages: Sequence[Passage]) -> list[Passage]:
        """The passages in the order in which they answer the question as a whole."""
        return reranked(question, passages, self._reranker)

    def __call__(self, reading: Reading, passages: Sequence[Passage]) -> Verdict:
        """The verdict on what these passages, best first, say about the question."""
        # Without an earlier question that stands before it.
        own = reading.judged[-1]
        asked_parts = parts(own)
        near = worth_weighing((*reading.weighed, *asked_parts), passages)
        # What is read to choose the sentences is a signal of the chosen ones, too.
        answers = Remembering(self._answerability)
        weight = ANSWERS_WEIGHT_LEANING if reading.leans else ANSWERS_WEIGHT
        weighed = self._weighed(reading, near) if near else []
        sentences = _read_again(reading.answered, weighed, answers, weight)
        quotes = select(sentences)
        if not quotes:
            return Verdict((), {}, 0.0)
        signals = [self._signals(asked, quotes[0], sentences, answers) for asked in reading.judged]
        confidence = fmean(map(self._confidence, signals))
        chosen = quotes
        if len(asked_parts) > 1:
            best = [self._best(part, near, answers) for part in asked_parts]
            chosen = _with_parts(quotes, [sentence for sentence, _ in best])
            # Each quote may answer one part alone, and so the whole question badly.
            confidence = max(confidence, fmean(sure for _, sure in best))
        if asked_acronym(own) is not None:
            if any(spells_out(own, quote.text) for quote in quotes):
                confidence = max(confidence, SPELLED)
            elif wants_name_alone(own):
                confidence = min(confidence, UNSPELLED)
        return Verdict(tuple(chosen), signals[0], confidence)

    def _weighed(self, reading: Reading, passages: Sequence[Passage]) -> list[Sentence]:
        """Each sentence with the mean score of all wordings, and the best logit."""
        by_wording = [weigh(asked, passages, self._reranker) for asked in reading.weighed]
        return [
            replace(
                alike[0],
                score=fmean(sentence.score for sentence in alike),
                logit=max(sentence.logit for sentence in alike),
            )
            for alike in zip(*by_wording, strict=True)
        ]

    def _best(
        self, part: str, passages: Sequence[Passage], answers: Reranker
    ) -> tuple[Sentence, float]:
        """The best sentence for a part of the question, and the confidence that it answers it."""
        weighed = weigh(part, passages, self._reranker)
        sentences = _read_again([part], weighed, answers, ANSWERS_WEIGHT)
        best = max(sentences, key=lambda sentence: sentence.score)
        return best, self._confidence(self._signals(part, Quote((best,)), sentences, answers))

    def _signals(
        self, question: str, quote: Quote, sentences: Sequence[Sentence], answers: Reranker
    ) -> dict[str, float]:
        passage = quote.passage
        here = [s.logit for s in sentences if s.passage.key == passage.key]
        elsewhere = [s.logit for s in sentences if s.passage.key != passage.key]
        judged = Judged(
            question=question,
            title=passage.heading,
            quote=quote.text,
            sentence=max(quote.sentences, key=lambda sentence: sentence.score).text,
            passage=passage.text,
            logit=self._logit(question, quote),
            best=max(here),
            rival=max(elsewhere, default=None),
        )
        return measure(judged, self._reranker, self._late_interaction, answers)

    def _logit(self, question: str, quote: Quote) -> float:
        if len(quote.sentences) == 1:
            return quote.sentences[0].logit
        (logit,) = self._reranker([(question, titled(quote.passage.heading, quote.text))])
        return logit


def _read_again(
    wordings: Sequence[str], sentences: Sequence[Sentence], answers: Reranker, weight: float
) -> list[Sentence]:
    """The sentences with what the answerability network says of the best ones in their scores."""
    best = sorted(sentences, key=lambda sentence: -sentence.score)[:READ_AGAIN]
    pairs = [(w, titled(s.passage.heading, s.text)) for s in best for w in wordings]
    logits = iter(answers(pairs))
    said = {s.key: fmean(islice(logits, len(wordings))) for s in best}
    said |= {s.key: CLEAR_ANSWER for s in best if any(spells_out(w, s.text) for w in wordings)}
    least = min(said.values(), default=0.0)
    # Twice the mean, so that the margins of `select` fit whatever the weight is.
    scale = 2 / (1 + weight)
    return [
        replace(s, score=scale * (s.score + weight * said.get(s.key, least))) for s in sentences
    ]


def _with_parts(quotes: Sequence[Quote], best: Sequence[Sentence]) -> list[Quote]:
    """The quotes with the sentence for each part that one answers."""
    chosen = {s.key: s for quote in quotes for s in quote.sentences}
    for sentence in best:
        if sentence.logit >= PART_LOGIT:
            chosen.setdefault(sentence.key, sentence)
    return joined(chosen.values())
