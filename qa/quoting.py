"""The default answerer: the best sentences themselves, each with its mark."""

from __future__ import annotations

from collections.abc import Sequence

from index import Passage, Span
from qa.answers import Answer, Citation, Statement
from qa.confidence import sigmoid
from qa.evidence import Quote

REFUSAL = "The documents do not answer this question."
EMPTY = "There are no documents yet. Add one with `qa add FILE`."


def quoted_answer(
    question: str, quotes: Sequence[Quote], passages: Sequence[Passage], *, confidence: float
) -> Answer:
    """The quotes in reading order, the document with the best one first."""
    documents = list(dict.fromkeys(quote.passage.document_id for quote in quotes))
    in_order = sorted(quotes, key=lambda q: (documents.index(q.passage.document_id), q.span))
    citations = tuple(
        citation_of(number, quote.passage, quote.span, score=sigmoid(quote.score))
        for number, quote in enumerate(in_order, start=1)
    )
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


def citation_of(number: int, passage: Passage, span: Span, *, score: float) -> Citation:
    """The stretch of the passage as a citation; `score` is its evidence, 0 to 1."""
    return Citation(
        number=number,
        quote=passage.of(span),
        source=passage.source,
        title=passage.title,
        document_id=passage.document_id,
        page=passage.page_at(span.start),
        start=span.start,
        end=span.end,
        score=score,
        section=passage.section,
    )
