"""The default answerer: the best sentences themselves, each with its mark."""

from __future__ import annotations

import math
from collections.abc import Sequence

from index import Passage, Span
from qa.answers import Answer, Citation, Statement
from qa.evidence import Evidence

MAX_QUOTES = 3
# Another sentence is quoted beside the best one when it is nearly as good.
MARGIN = 2.0
REFUSAL = "The documents do not answer this question."
EMPTY = "There are no documents yet. Add one with `qa add FILE`."


def quoted_answer(
    question: str, evidence: Sequence[Evidence], passages: Sequence[Passage], *, confidence: float
) -> Answer:
    """The best sentences in reading order; `evidence` is ranked and not empty."""
    best = evidence[0].logit
    chosen = [e for e in evidence[:MAX_QUOTES] if e.logit >= best - MARGIN and e.logit > 0]
    citations = _citations(chosen or [evidence[0]])
    statements = tuple(
        Statement(" ".join(citation.quote.split()), (citation.number,)) for citation in citations
    )
    return Answer(question, statements, "answer", confidence, citations, tuple(passages))


def refusal(question: str, passages: Sequence[Passage], *, confidence: float) -> Answer:
    """Says plainly that there is no answer; the nearest passages are still shown."""
    words = REFUSAL if passages else EMPTY
    return Answer(question, (Statement(words),), "refusal", confidence, (), tuple(passages))


def reply(question: str, words: str) -> Answer:
    """Words of the assistant's own, to small talk: no citations, since nothing was looked up."""
    return Answer(question, (Statement(words),), "reply", 1.0)


def probability(logit: float) -> float:
    """The logistic function."""
    return 1 / (1 + math.exp(-logit))


def _citations(chosen: Sequence[Evidence]) -> tuple[Citation, ...]:
    """One citation a stretch: neighbours in the same passage are quoted together."""
    stretches: list[tuple[Evidence, Span, float]] = []
    for evidence in sorted(chosen, key=lambda e: (e.passage.key, e.span)):
        if stretches:
            last, span, logit = stretches[-1]
            if last.passage.key == evidence.passage.key and _adjacent(last.passage, span, evidence):
                joined = Span(span.start, evidence.span.end)
                stretches[-1] = (last, joined, max(logit, evidence.logit))
                continue
        stretches.append((evidence, evidence.span, evidence.logit))
    return tuple(
        _citation(number, evidence.passage, span, logit)
        for number, (evidence, span, logit) in enumerate(stretches, start=1)
    )


def _adjacent(passage: Passage, span: Span, evidence: Evidence) -> bool:
    between = passage.text[span.end - passage.start : evidence.span.start - passage.start]
    return not between.strip()


def _citation(number: int, passage: Passage, span: Span, logit: float) -> Citation:
    return Citation(
        number=number,
        quote=passage.text[span.start - passage.start : span.end - passage.start],
        source=passage.source,
        title=passage.title,
        document_id=passage.document_id,
        page=passage.page,
        start=span.start,
        end=span.end,
        score=probability(logit),
    )
