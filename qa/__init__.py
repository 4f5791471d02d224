"""Question in, cited answer out."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from index import Passage, Where
from index.library import library_home
from qa.answers import Answer, Answered, Citation, Event, PassagesFound, Statement, Words
from qa.assistant import Assistant
from qa.follow_up import History
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
    "Words",
    "ask",
    "open_seeded",
]


def ask(question: str, *, history: History = (), where: Where | None = None) -> Answer:
    """Ask the default library: the documents in `seeds/`, indexed on first use, and any added.

    `history` and `where` are those of `Assistant.ask`. Raises QuestionError when there is nothing
    to ask; every error is an `index.QAError`.
    """
    return _assistant_of(library_home()).ask(question, history=history, where=where)


@cache
def _assistant_of(home: Path | str) -> Assistant:
    return Assistant(open_seeded(home))
