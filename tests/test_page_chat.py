"""The chat without a page: how a conversation grows, and what becomes of errors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index import Library
from qa import Answer, Answered, Assistant, PassagesFound, Statement
from qa.cross_encoder import CrossEncoder
from tests.conftest import ARTICLE
from ui.chat import FAULT, Turn, reply
from ui.welcome import EXAMPLES, welcome


class Broken(CrossEncoder):
    """A model that fails in a way nobody foresaw."""

    def __call__(self, *_: Any) -> list[float]:
        raise RuntimeError("out of paper")


class Listening(Assistant):
    """Keeps the history it was given, and answers with the number of its questions."""

    def stream(self, question: str, *, history: Any = ()) -> Iterator[PassagesFound | Answered]:
        self.heard = list(history)
        yield PassagesFound(())
        yield Answered(Answer(question, (Statement(f"after {len(history)}"),), "reply", 1.0))


def test_the_question_stands_at_once_and_the_answer_last(article_assistant: Assistant) -> None:
    stages = [turns[-1] for turns in reply(article_assistant, EXAMPLES[0], [])]
    assert [turn.question for turn in stages] == [EXAMPLES[0]] * 3
    assert [turn.is_pending for turn in stages] == [True, True, False]
    assert [turn.passages_found for turn in stages[:2]] == [
        0,
        len(article_assistant.retrieve("CSTO")),
    ]
    answer = stages[-1].answer
    assert answer is not None
    assert answer == article_assistant.ask(EXAMPLES[0])


def test_earlier_turns_are_the_history(library: Library) -> None:
    assistant = Listening(library)
    turns: list[Turn] = []
    for question in ("First?", "Second?", "Third?"):
        *_, turns = reply(assistant, question, turns)
    assert assistant.heard == [("First?", "after 0"), ("Second?", "after 1")]


def test_a_turn_that_failed_is_no_history(library: Library) -> None:
    assistant = Listening(library)
    *_, turns = reply(assistant, "Second?", [Turn("First?", error="It failed.")])
    assert assistant.heard == []
    assert [turn.question for turn in turns] == ["First?", "Second?"]


def test_the_conversation_that_was_given_is_left_alone(article_assistant: Assistant) -> None:
    turns = [Turn("First?", error="It failed.")]
    list(reply(article_assistant, EXAMPLES[0], turns))
    assert turns == [Turn("First?", error="It failed.")]


@pytest.mark.parametrize("question", ["", " \n ", "why " * 2500])
def test_what_cannot_be_asked_is_told_in_a_sentence(
    article_assistant: Assistant, question: str
) -> None:
    *_, turns = reply(article_assistant, question, [])
    assert turns[-1].error.endswith(".")
    assert turns[-1].error != FAULT


def test_an_empty_box_sent_twice_leaves_one_sentence(article_assistant: Assistant) -> None:
    *_, turns = reply(article_assistant, "", [])
    *_, turns = reply(article_assistant, "", turns)
    assert len(turns) == 1


def test_a_fault_is_logged_and_told_without_a_traceback(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    library.add([ARTICLE])
    *_, turns = reply(Assistant(library, reranker=Broken()), EXAMPLES[0], [])
    assert turns == [Turn(EXAMPLES[0], error=FAULT)]
    assert "out of paper" in caplog.text


def test_examples_come_with_the_article_alone(library: Library, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("A title\n\nSomething else.")
    library.add([other])
    assert welcome(Assistant(library)).titles == ("A title",)
    assert welcome(Assistant(library)).examples == ()
    library.add([ARTICLE])
    assert welcome(Assistant(library)).examples == EXAMPLES


def test_every_example_is_answered(article_assistant: Assistant) -> None:
    refused = [question for question in EXAMPLES if not article_assistant.ask(question).answered]
    assert refused == []
