"""What became of each question of a run, as values and as lines of a run file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qa.evaluation.questions import TestQuestion


@dataclass(frozen=True, slots=True)
class Quoted:
    """A citation or a passage: what it quotes and from where; a higher score is better."""

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

    def is_answered(self, threshold: float) -> bool:
        """Whether the answer is shown, and not a refusal, at this threshold."""
        return self.confidence >= threshold and bool(self.citations)

    def is_right(self, threshold: float) -> bool | None:
        """Rightly answered or rightly refused; `None` where the gold answer is a free text."""
        if not self.question.is_answerable:
            return not self.is_answered(threshold)
        return None if self.holds_gold is None else self.holds_gold and self.is_answered(threshold)


def result_from(told: dict[str, Any]) -> Result:
    """The result of one line of a run file; KeyError, TypeError or ValueError for another line."""
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
