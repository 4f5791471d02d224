"""Question in, cited answer out."""

from __future__ import annotations

from functools import cache

from index import Passage
from qa.answers import Answer, Answered, Citation, Event, PassagesFound, Statement
from qa.assistant import Assistant, History
from qa.seeds import open_seeded

__all__ = [
    "Answer",
    "Answered",
    "Assistant",
    "Citation",
    "Event",
    "Passage",
    "PassagesFound",
    "Statement",
    "ask",
    "open_seeded",
]


def ask(question: str, *, history: History = ()) -> Answer:
    """Ask the default library: the documents in `seeds/`, indexed on first use, and any added.

    Raises QuestionError when there is nothing to ask; every error is an `index.QAError`.
    """
    return _default_assistant().ask(question, history=history)


@cache
def _default_assistant() -> Assistant:
    return Assistant(open_seeded())
