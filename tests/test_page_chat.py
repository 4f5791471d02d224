"""The chat without a page: how a turn comes about, and what becomes of errors."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any

import pytest

from index import Library
from qa import Assistant
from qa.cross_encoder import CrossEncoder
from tests.conftest import ARTICLE
from ui.chat import FAULT, Turn, reply
from ui.settings import Desk, Settings
from ui.suggestions import Suggestions
from ui.welcome import EXAMPLES, welcome


class Broken(CrossEncoder):
    """A model that fails in a way nobody foresaw."""

    def __call__(self, *_: Any) -> list[float]:
        raise RuntimeError("out of paper")


def test_the_question_stands_at_once_and_the_answer_last(article_assistant: Assistant) -> None:
    stages = list(reply(article_assistant, EXAMPLES[0], number=3))
    assert {turn.number for turn in stages} == {3}
    assert [turn.question for turn in stages] == [EXAMPLES[0]] * 3
    assert [turn.is_pending for turn in stages] == [True, True, False]
    assert [turn.passages_found for turn in stages[:2]] == [
        0,
        len(article_assistant.retrieve("CSTO")),
    ]
    answer = stages[-1].answer
    assert answer is not None
    assert answer == article_assistant.ask(EXAMPLES[0])


def test_a_chosen_document_is_the_only_one_that_is_asked(article_assistant: Assistant) -> None:
    (document,) = article_assistant.library.documents()
    *_, turn = reply(article_assistant, EXAMPLES[0], where={"document_id": document.document_id})
    assert turn.answer is not None
    *_, turn = reply(article_assistant, EXAMPLES[0], where={"document_id": "0"})
    assert "No document" in turn.error


@pytest.mark.parametrize("question", ["", " \n ", "why " * 2500])
def test_what_cannot_be_asked_is_told_in_a_sentence(
    article_assistant: Assistant, question: str
) -> None:
    *_, turn = reply(article_assistant, question)
    assert turn.error.endswith(".")
    assert turn.error != FAULT


def test_a_fault_is_logged_and_told_without_a_traceback(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    library.add([ARTICLE])
    *_, turn = reply(Assistant(library, reranker=Broken()), EXAMPLES[0])
    assert turn == Turn(EXAMPLES[0], error=FAULT)
    assert "out of paper" in caplog.text
    assert EXAMPLES[0] not in caplog.text


def test_examples_come_with_the_article_alone(library: Library, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("A title\n\nSomething else.")
    library.add([other])
    assert welcome(Assistant(library)).titles == ("A title",)
    assert welcome(Assistant(library)).examples == ()
    library.add([ARTICLE])
    # Those of both documents come from the suggestions.
    assert welcome(Assistant(library)).examples == ()
    article = next(d.document_id for d in library.documents() if d.title != "A title")
    assert welcome(Assistant(library), [article]).examples == EXAMPLES
    assert len(welcome(Assistant(library), [article]).titles) == 1


def test_suggestions_are_of_the_chosen_documents_and_answered_by_them(
    library: Library, tmp_path: Path
) -> None:
    library.add([ARTICLE])
    note = tmp_path / "note.txt"
    note.write_text("The mill\n\nThe old mill was built in 1790 by the brothers Harker.\n")
    library.add([note])
    ids = {PurePath(d.source).name: d.document_id for d in library.documents()}
    desk = Desk(Assistant(library))
    found = Suggestions(desk, tmp_path / "suggestions.json")
    mill = "When was the old mill built?"
    assert looked_for(found, [ids["note.txt"]]) == [mill]
    # The newest document first, then one of each in turn.
    assert looked_for(found, [])[:2] == [mill, EXAMPLES[0]]
    assert looked_for(found, [ids[ARTICLE.name]]) == list(EXAMPLES)
    desk.change(Settings(threshold=1.0))
    assert looked_for(found, [ids["note.txt"]]) == []


def looked_for(found: Suggestions, chosen: list[str]) -> list[str]:
    """What is suggested once the background has come to an end."""
    found.of(chosen, [], most=4)
    with found._working:
        return found.of(chosen, [], most=4)


def test_every_example_is_answered(article_assistant: Assistant) -> None:
    refused = [question for question in EXAMPLES if not article_assistant.ask(question).answered]
    assert refused == []
