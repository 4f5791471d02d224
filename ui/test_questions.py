"""Turns of a conversation as test questions, in a set that `qa eval` runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path, PurePath

from qa.evaluation.questions import load_questions
from ui.chat import Turn
from ui.conversations import history_of


def keep_question(
    path: Path, id_: str, turn: Turn, earlier: Sequence[Turn], answers: Sequence[str]
) -> bool:
    """Keep a turn under its id with the right `answers`; whether it was not yet there.

    Without answers it is a question that the documents do not answer. Raises QuestionSetError
    when the file holds something else.
    """
    known = load_questions(path) if path.exists() else []
    is_new = all(question.id != id_ for question in known)
    citations = turn.answer.citations if turn.answer else ()
    right = [c for c in citations if any(_holds(c.quote, answer) for answer in answers)]
    row = {
        "id": id_,
        "question": turn.question,
        "answers": list(answers),
        "documents": sorted({PurePath(citation.source).name for citation in right}),
        "history": history_of(earlier),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = path.read_text(encoding="utf-8").splitlines() if not is_new else []
    kept = [line for line in lines if line.strip() and json.loads(line)["id"] != id_]
    written = "".join(f"{line}\n" for line in (*kept, json.dumps(row, ensure_ascii=False)))
    with path.open("a" if is_new else "w", encoding="utf-8") as file:
        file.write(written)
    return is_new


def _holds(quote: str, answer: str) -> bool:
    return " ".join(answer.split()) in " ".join(quote.split())
