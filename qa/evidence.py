"""Evidence: the sentences of the best passages, weighed against the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index import Passage, Span
from qa.cross_encoder import Reranker

# The passages whose sentences are weighed; each further one costs time and adds little.
PASSAGES_WEIGHED = 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of a passage; its logit is about -11 (unrelated) to 11 (answers it)."""

    passage: Passage
    span: Span
    logit: float

    @property
    def text(self) -> str:
        """The sentence."""
        return Span(self.span.start - self.passage.start, self.span.end - self.passage.start).of(
            self.passage.text
        )


def weigh(question: str, passages: Sequence[Passage], reranker: Reranker) -> list[Evidence]:
    """The sentences of the first passages, best evidence first."""
    candidates = [
        Evidence(passage, sentence, 0.0)
        for passage in passages[:PASSAGES_WEIGHED]
        for sentence in passage.sentences
    ]
    logits = reranker(question, [candidate.text for candidate in candidates])
    weighed = [
        Evidence(candidate.passage, candidate.span, logit)
        for candidate, logit in zip(candidates, logits, strict=True)
    ]
    return sorted(weighed, key=lambda evidence: -evidence.logit)
