"""Question in, cited answer out."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from index import Passage
from index.library import home_folder
from qa.answers import Answer, Answered, Citation, Event, PassagesFound, Statement
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
    "ask",
    "open_seeded",
]


def ask(question: str, *, history: History = ()) -> Answer:
    """Ask the default library: the documents in `seeds/`, indexed on first use, and any added.

    Raises QuestionError when there is nothing to ask; every error is an `index.QAError`.
    """
    return _assistant_of(home_folder()).ask(question, history=history)


@cache
def _assistant_of(home: Path) -> Assistant:
    return Assistant(open_seeded(home))
