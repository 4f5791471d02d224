"""Turns of a conversation as test questions, in a set that `qa eval` runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path, PurePath

from qa.evaluation.questions import load_questions
from ui.chat import Turn
from ui.conversations import history_of


def keep_question(path: Path, id_: str, turn: Turn, earlier: Sequence[Turn]) -> bool:
    """Append a turn under its id, with its quotes as the answers; whether it was not yet there.

    A refusal becomes a question that the documents do not answer. Raises QuestionSetError when
    the file holds something else.
    """
    if path.exists() and any(known.id == id_ for known in load_questions(path)):
        return False
    citations = turn.answer.citations if turn.answer else ()
    row = {
        "id": id_,
        "question": turn.question,
        "answers": [citation.quote for citation in citations],
        "documents": sorted({PurePath(citation.source).name for citation in citations}),
        "history": history_of(earlier),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(row, ensure_ascii=False) + "\n")
    return True
