"""The chat: a question goes to the assistant, and comes back as a turn of a conversation."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from index import Passage, Where
from index.errors import QAError
from qa.answers import Answer, PassagesFound, Words
from qa.assistant import Assistant
from qa.follow_up import History

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
    none of it is checked. `number` is its place in the conversation, from 1; `rating` is 1 where
    the reader found the answer helpful, -1 where not, with the `comment` on it.
    """

    question: str
    answer: Answer | None = None
    error: str = ""
    passages_found: int = 0
    passages: tuple[Passage, ...] = ()
    words: str = ""
    number: int = 1
    rating: int = 0
    comment: str = ""

    @property
    def is_pending(self) -> bool:
        """Whether the answer is still awaited."""
        return self.answer is None and not self.error


def reply(
    assistant: Assistant,
    question: str,
    *,
    history: History = (),
    where: Where | None = None,
    number: int = 1,
) -> Iterator[Turn]:
    """The turn as it comes about: the question at once, its answer or error last.

    Never raises: what the user can mend is said in the error's own sentence, the rest is logged.
    """
    turn = Turn(question, number=number)
    yield turn
    told = 0.0
    try:
        for event in assistant.stream(question, history=history, where=where):
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
                yield Turn(question, answer=event.answer, number=number)
    except QAError as error:
        yield Turn(question, error=str(error), number=number)
    except Exception:
        # Without the question, which is the reader's own.
        logger.exception("A question was not answered")
        yield Turn(question, error=FAULT, number=number)
