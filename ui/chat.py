"""The chat: a question goes to the assistant, and the conversation grows by a turn."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index import Passage
from index.errors import QAError
from qa.answers import Answer, PassagesFound, Words
from qa.assistant import Assistant

logger = logging.getLogger(__name__)

FAULT = "Something went wrong inside Cited QA, and the question was not answered; its log says why."

# In seconds: the page is not drawn anew for each word.
BETWEEN_WORDS = 0.15
STOPPED = "You stopped this answer."


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what has become of it: an answer, an error in one sentence, or neither yet.

    While there is neither, `passages_found` counts what is being read. Where a language model is
    writing, which takes a while, `passages` are they, and `words` is what it has written so far:
    none of it is checked.
    """

    question: str
    answer: Answer | None = None
    error: str = ""
    passages_found: int = 0
    passages: tuple[Passage, ...] = ()
    words: str = ""

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
    told = 0.0
    history = [(earlier.question, earlier.answer.text) for earlier in turns if earlier.answer]
    try:
        for event in assistant.stream(question, history=history):
            if isinstance(event, PassagesFound):
                shown = event.passages if assistant.llm else ()
                turn = replace(turn, passages_found=len(event.passages), passages=shown)
                yield turn
            elif isinstance(event, Words):
                turn = replace(turn, words=turn.words + event.text)
                if time.monotonic() - told > BETWEEN_WORDS:
                    told = time.monotonic()
                    yield turn
            else:
                yield Turn(question, answer=event.answer)
    except QAError as error:
        yield Turn(question, error=str(error))
    except Exception:
        # Without the question, which is the reader's own.
        logger.exception("A question was not answered")
        yield Turn(question, error=FAULT)


def stopped(turns: Sequence[Turn]) -> list[Turn]:
    """The conversation after the reader stopped the answer that was awaited."""
    return [Turn(t.question, error=STOPPED) if t.is_pending else t for t in turns]
