"""The chat: a question goes to the assistant, and the conversation grows by a turn."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.errors import QAError
from qa.answers import Answer, Answered, PassagesFound
from qa.assistant import Assistant

logger = logging.getLogger(__name__)

FAULT = "Something went wrong inside Cited QA, and the question was not answered; its log says why."


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what has become of it: an answer, an error in one sentence, or neither yet.

    `passages_found` counts the passages that are being read while there is neither.
    """

    question: str
    answer: Answer | None = None
    error: str = ""
    passages_found: int = 0

    @property
    def is_pending(self) -> bool:
        """Whether the answer is still awaited."""
        return self.answer is None and not self.error


def reply(assistant: Assistant, question: str, turns: Sequence[Turn]) -> Iterator[list[Turn]]:
    """The conversation as it grows: the question at once, its answer or error last.

    Never raises: what the user can mend is said in the error's own sentence, the rest is logged.
    """
    # Sending an empty box again and again leaves one sentence about it, and none afterwards.
    earlier = [turn for turn in turns if turn.question.strip()]
    for turn in _stages(assistant, question, earlier):
        yield [*earlier, turn]


def _stages(assistant: Assistant, question: str, turns: Sequence[Turn]) -> Iterator[Turn]:
    turn = Turn(question)
    yield turn
    history = [(earlier.question, earlier.answer.text) for earlier in turns if earlier.answer]
    try:
        for event in assistant.stream(question, history=history):
            if isinstance(event, PassagesFound):
                yield replace(turn, passages_found=len(event.passages))
            elif isinstance(event, Answered):
                yield replace(turn, answer=event.answer)
    except QAError as error:
        yield replace(turn, error=str(error))
    except Exception:
        logger.exception("The question %r was not answered", question)
        yield replace(turn, error=FAULT)
