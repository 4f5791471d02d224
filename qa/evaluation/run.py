"""A run: every question asked once, each result kept as it comes, so that a stop loses nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from index import Library
from index.errors import QAError
from qa.assistant import Assistant
from qa.evaluation import measures
from qa.evaluation.questions import TestQuestion

PASSAGES_RANKED = 10
PASSAGES_KEPT = 3


class RunError(QAError):
    """The run file cannot be used for this run; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """A citation of an answer: what it quotes and from where."""

    quote: str
    title: str
    source: str
    page: int | None
    score: float


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one question.

    `citations` are the best first, and are those that would be shown at any confidence; whether
    the question was answered is for the threshold to say. `nearest` are passages in full.
    `measured` holds the measures of this question by name, `None` where it is not eligible.
    """

    question: TestQuestion
    text: str
    confidence: float
    citations: tuple[Quoted, ...]
    nearest: tuple[Quoted, ...]
    seconds: float
    measured: Mapping[str, float | None]

    @property
    def holds_gold(self) -> bool | None:
        """Whether the citations hold the answer; `False` when there is none to hold."""
        if not self.question.is_answerable:
            return False
        held = self.measured["any_citation"]
        return None if held is None else bool(held)


def evaluate(
    questions: Sequence[TestQuestion],
    library: Library,
    *,
    kept: Path | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> list[Result]:
    """The results in the order of the questions; those already in `kept` are not asked again.

    Raises RunError when `kept` belongs to other questions or another library.
    """
    header = _header(questions, library)
    results = {} if kept is None else _read_kept(kept, header)
    assistant = Assistant(library, threshold=0.0)
    # What is loaded once is not the first question's time.
    assistant.load()
    for done, question in enumerate(questions):
        progress(done)
        if question.id not in results:
            result = _asked(assistant, question)
            results[question.id] = result
            if kept is not None:
                with kept.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")
    progress(len(questions))
    return [results[question.id] for question in questions]


def load_run(path: Path) -> list[Result]:
    """The results of an earlier run; raises RunError."""
    lines = _lines(path)
    if not lines or "run" not in lines[0]:
        raise RunError(f"{path} is no run of `qa eval --output`")
    return [_result(line) for line in lines[1:]]


def _asked(assistant: Assistant, question: TestQuestion) -> Result:
    started = time.perf_counter()
    answer = assistant.ask(question.question, history=question.history)
    seconds = time.perf_counter() - started
    passages = assistant.retrieve(question.question, history=question.history, k=PASSAGES_RANKED)
    best_first = sorted(answer.citations, key=lambda citation: -citation.score)
    citations = tuple(Quoted(c.quote, c.title, c.source, c.page, c.score) for c in best_first)
    nearest = tuple(Quoted(p.text, p.title, p.source, p.page, p.score) for p in passages)
    return Result(
        question=question,
        text=answer.text,
        confidence=answer.confidence if citations else 0.0,
        citations=citations,
        nearest=nearest[:PASSAGES_KEPT],
        seconds=seconds,
        measured=_measured(question, citations, nearest),
    )


def _measured(
    question: TestQuestion, citations: Sequence[Quoted], ranked: Sequence[Quoted]
) -> dict[str, float | None]:
    quotes = [citation.quote for citation in citations]
    shown = " ".join(quotes)
    gold = measures.short_answers(question.answers)
    found = measures.retrieval(
        list(dict.fromkeys(_named(passage, question.documents) for passage in ranked)),
        question.documents if question.is_answerable else (),
    )
    depths = ("recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10")
    return {
        **{name: None if found is None else found[name] for name in depths},
        "passage@5": (
            float(any(measures.holds_answer(p.quote, gold) for p in ranked[:5])) if gold else None
        ),
        "first_citation": measures.first_citation(quotes, question.answers),
        "any_citation": measures.any_citation(quotes, question.answers, question.parts),
        "quote_words": float(len(shown.split())) if question.is_answerable else None,
        "exact_match": measures.exact_match(shown, question.answers),
        "token_f1": measures.token_f1(shown, question.answers),
    }


def _named(passage: Quoted, documents: Sequence[str]) -> str:
    """The document of a passage, as the question set names it if it does."""
    names = (passage.source, Path(passage.source).name)
    return next((name for name in names if name in documents), passage.source)


def _header(questions: Sequence[TestQuestion], library: Library) -> dict[str, Any]:
    asked = json.dumps([asdict(question) for question in questions])
    held = sorted((Path(d.source).name, d.characters, d.passages) for d in library.documents())
    return {
        "run": {
            "questions": sha256(asked.encode()).hexdigest()[:16],
            "library": sha256(json.dumps(held).encode()).hexdigest()[:16],
        }
    }


def _read_kept(path: Path, header: dict[str, Any]) -> dict[str, Result]:
    """The results so far; a new file gets its header, and a line cut off by a kill is dropped."""
    lines = _lines(path) if path.exists() else []
    if lines and lines[0] != header:
        raise RunError(
            f"{path} holds a run of other questions or over other documents. "
            "Name another file with --output, or remove it."
        )
    kept = [json.dumps(line, ensure_ascii=False) + "\n" for line in lines or [header]]
    try:
        path.write_text("".join(kept), encoding="utf-8")
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error.strerror or error}") from error
    results = map(_result, lines[1:])
    return {result.question.id: result for result in results}


def _lines(path: Path) -> list[dict[str, Any]]:
    return list(_whole_lines(path))


def _whole_lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror or error}") from error
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            told = json.loads(line)
        except json.JSONDecodeError as error:
            if number == text.count("\n") + 1:
                return
            raise RunError(f"{path} is damaged in line {number}; remove it") from error
        if not isinstance(told, dict):
            raise RunError(f"{path} is no run of `qa eval --output`")
        yield told


def _result(told: dict[str, Any]) -> Result:
    asked = told["question"]
    question = TestQuestion(
        id=asked["id"],
        question=asked["question"],
        answers=tuple(asked["answers"]),
        documents=tuple(asked["documents"]),
        history=tuple((q, a) for q, a in asked["history"]),
        kind=asked["kind"],
        parts=tuple(map(tuple, asked["parts"])),
    )
    quoted = {name: tuple(Quoted(**q) for q in told[name]) for name in ("citations", "nearest")}
    return Result(**{**told, **quoted, "question": question})
