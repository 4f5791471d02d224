"""A run: every question asked once, each result kept as it comes, so that a stop loses nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from index import Library
from qa.answers import Answer
from qa.assistant import DEFAULT_PASSAGES, Assistant
from qa.confidence import fitted_confidence
from qa.evaluation import measures
from qa.evaluation.questions import TestQuestion
from qa.evaluation.results import Quoted, Result
from qa.evaluation.retrieval import retrieval_of
from qa.evaluation.run_file import WRITER, RunFile, RunSettings
from qa.language_model import NONE, LanguageModel

PASSAGES_RANKED = 10
PASSAGES_KEPT = 3


def evaluate(
    questions: Sequence[TestQuestion],
    library: Library,
    *,
    llm: LanguageModel | None = None,
    passages: int = DEFAULT_PASSAGES,
    threshold: float | None = None,
    kept: Path | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> list[Result]:
    """The results in the order of the questions; those already in `kept` are not asked again.

    Every question gets its citations and confidence, as at a threshold of 0: which of them are
    shown, a threshold says afterwards. The one to be taken, by default the fitted one, is written
    into `kept`. With a language model the answers are in its words. Raises RunError when `kept`
    belongs to other questions, documents, settings or another model.
    """
    settings = RunSettings(
        threshold=fitted_confidence().threshold if threshold is None else threshold,
        writer=llm.name if llm else NONE,
        passages=passages,
        questions=len(questions),
    )
    header = _header(questions, library, settings)
    file = None if kept is None else RunFile(kept, header, settings)
    results = {} if file is None else dict(file.results)
    assistant = Assistant(library, threshold=0.0, llm=llm or NONE, passages=passages)
    if any(question.id not in results for question in questions):
        # What is loaded once is not the first question's time.
        assistant.load()
    for done, question in enumerate(questions):
        progress(done)
        if question.id not in results:
            results[question.id] = _asked(assistant, question)
            if file is not None:
                file.add(results[question.id])
    progress(len(questions))
    return [results[question.id] for question in questions]


def _asked(assistant: Assistant, question: TestQuestion) -> Result:
    started = time.perf_counter()
    answer = assistant.ask(question.question, history=question.history)
    seconds = time.perf_counter() - started
    passages = assistant.retrieve(question.question, history=question.history, k=PASSAGES_RANKED)
    best_first = sorted(answer.citations, key=lambda citation: -citation.score)
    citations = tuple(Quoted(c.quote, c.title, c.source, c.page, c.score) for c in best_first)
    ranked = tuple(Quoted(p.text, p.title, p.source, p.page, p.score) for p in passages)
    return Result(
        question=question,
        text=answer.text,
        confidence=answer.confidence if citations else 0.0,
        citations=citations,
        nearest=ranked[:PASSAGES_KEPT],
        seconds=seconds,
        measured=_measured(question, citations, ranked, said=_said(answer))
        | {"written": float(bool(answer.model)) if assistant.llm and citations else None},
    )


def _said(answer: Answer) -> str:
    """The statements without their marks; nothing where nothing is cited."""
    return " ".join(s.text for s in answer.statements) if answer.citations else ""


def _measured(
    question: TestQuestion, citations: Sequence[Quoted], ranked: Sequence[Quoted], *, said: str
) -> dict[str, float | None]:
    quotes = [citation.quote for citation in citations]
    gold = measures.short_answers(question.answers)
    return {
        **retrieval_of(question, ranked),
        "passage@5": (
            float(any(measures.holds_answer(p.quote, gold) for p in ranked[:5])) if gold else None
        ),
        "first_citation": measures.first_citation(quotes, question.answers),
        "any_citation": measures.any_citation(quotes, question.answers, question.parts),
        "quote_words": (
            float(sum(len(quote.split()) for quote in quotes)) if question.is_answerable else None
        ),
        "text_holds_answer": float(measures.holds_answer(said, gold)) if gold else None,
        "text_words": float(len(said.split())) if question.is_answerable else None,
        "exact_match": measures.exact_match(said, question.answers),
        "token_f1": measures.token_f1(said, question.answers),
    }


def _header(
    questions: Sequence[TestQuestion], library: Library, settings: RunSettings
) -> dict[str, str | int]:
    """What two starts must share to be one run."""
    held = sorted(
        (Path(d.source).name, d.passages, _digest(library.text(d.document_id)))
        for d in library.documents()
    )
    return {
        "questions": _digest(json.dumps([asdict(question) for question in questions])),
        "documents": _digest(json.dumps(held)),
        "settings": _digest(json.dumps(fitted_confidence().to_dict(), sort_keys=True)),
        WRITER: settings.writer,
        "passages": settings.passages,
    }


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
