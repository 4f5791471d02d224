"""What comes back: an Answer with its citations and passages, and the events on the way to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from index.passages import Passage

Kind = Literal["answer", "refusal", "reply"]


@dataclass(frozen=True, slots=True)
class Citation:
    """An exact quote: `library.text(document_id)[start:end] == quote`.

    `number` is the one in the answer's marks, from 1. `page` counts from 1 and is `None` where
    the format has no pages. `section` names the headings above the quote, the highest first.
    `score` is the evidence of the quote alone, 0 to 1.
    """

    number: int
    quote: str
    source: str
    title: str
    document_id: str
    page: int | None
    start: int
    end: int
    score: float
    section: str = ""

    def to_dict(self) -> dict[str, object]:
        """The fields as JSON takes them."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of an answer, and the numbers of the citations that support it."""

    text: str
    citations: tuple[int, ...] = ()

    def __str__(self) -> str:
        """The statement with its marks: `He left. [1][2]`."""
        marks = "".join(f"[{number}]" for number in self.citations)
        return f"{self.text} {marks}" if marks else self.text


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question.

    `kind` is "answer" (`answered` is true: every statement is cited), "refusal" (the documents do
    not answer it; `passages` are the nearest ones all the same) or "reply" (to a greeting, or to
    a question about the assistant itself: nothing was looked up). `confidence`, 0 to 1, is the
    probability that the citations answer the question. `passages` are the best first.

    `model` names the language model whose words these are, and is empty where the documents' own
    words are quoted. `note` is one line on what happened to it, on what was left out, or on how a
    mistyped question was read.
    """

    question: str
    statements: tuple[Statement, ...]
    kind: Kind
    confidence: float
    citations: tuple[Citation, ...] = ()
    passages: tuple[Passage, ...] = ()
    model: str = ""
    note: str = ""

    @property
    def answered(self) -> bool:
        """Whether the documents answer the question."""
        return self.kind == "answer"

    @property
    def text(self) -> str:
        """The statements in reading order, each with its marks such as [1]."""
        return " ".join(map(str, self.statements))

    def to_dict(self) -> dict[str, object]:
        """The answer as JSON takes it."""
        return {
            "question": self.question,
            "text": self.text,
            "statements": [
                {"text": statement.text, "citations": list(statement.citations)}
                for statement in self.statements
            ],
            "answered": self.answered,
            "kind": self.kind,
            "confidence": self.confidence,
            "citations": [citation.to_dict() for citation in self.citations],
            "passages": [passage.to_dict() for passage in self.passages],
            "model": self.model,
            "note": self.note,
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Answer:
        """The answer that `to_dict` told; its passages come back without their sentences."""
        return cls(
            question=told["question"],
            statements=tuple(
                Statement(statement["text"], tuple(statement["citations"]))
                for statement in told["statements"]
            ),
            kind=told["kind"],
            confidence=told["confidence"],
            citations=tuple(Citation(**citation) for citation in told["citations"]),
            passages=tuple(Passage(**passage) for passage in told["passages"]),
            model=told["model"],
            note=told["note"],
        )


@dataclass(frozen=True, slots=True)
class PassagesFound:
    """The first event of a stream: where the answer will come from, if it comes; best first."""

    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """The next words of a language model, as it wrote them: nothing of it is checked yet."""

    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The last event of a stream: the checked answer."""

    answer: Answer


Event = PassagesFound | Words | Answered
