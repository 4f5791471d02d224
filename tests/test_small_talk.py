"""Messages that are no questions to the documents."""

from __future__ import annotations

import pytest

from index import Library
from qa import Assistant
from qa.small_talk import small_talk, without_greeting
from tests.conftest import ARTICLE


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        ("Hello!", "Hello!"),
        ("hi there", "Hello!"),
        ("Good morning, how are you?", "Hello!"),
        ("thanks", "You are welcome."),
        ("Great, thank you so much!", "You are welcome."),
        ("Thanks 🙏", "You are welcome."),
        ("thank you very much for your help", "You are welcome."),
        ("no thanks", "You are welcome."),
        ("Hi! 😊", "Hello!"),
        ("Bye", "Goodbye."),
        ("Hello! What can you do?", "I answer questions from the documents"),
        ("can you help me?", "I answer questions from the documents"),
        ("What can you do?", "I answer questions from the documents"),
        ("who are you", "I answer questions from the documents"),
        ("What documents do you have?", "The library holds one document: Lukashenko wants"),
        ("list your files", "The library holds one document: Lukashenko wants"),
    ],
)
def test_small_talk_gets_a_fitting_reply_without_a_citation(
    article_assistant: Assistant, message: str, reply: str
) -> None:
    answer = article_assistant.ask(message)
    assert answer.kind == "reply"
    assert answer.text.startswith(reply)
    assert answer.citations == answer.passages == ()


@pytest.mark.parametrize(
    "message",
    [
        "What documents did Lukashenko sign?",
        "Help for whom?",
        "Which documents are there on drug trafficking?",
        "Who are you quoting?",
        "What can you do about drug trafficking?",
        "Thank whom?",
        "Is the summit good?",
        "high there",
    ],
)
def test_a_question_is_no_small_talk(message: str) -> None:
    assert small_talk(message, list) is None


def test_a_question_behind_a_greeting_is_answered(article_assistant: Assistant) -> None:
    assert without_greeting("Hi, when is the summit?") == "when is the summit?"
    assert without_greeting("High tide, when is it?") == "High tide, when is it?"
    assert without_greeting("Hello!") == "Hello!"
    assert "August 12" in article_assistant.ask("Hello! When is the summit?").text


def test_a_library_of_many_documents_names_ten(library: Library) -> None:
    library.add([ARTICLE])
    (document,) = library.documents()
    assert "holds 12 documents" in str(small_talk("list documents", lambda: [document] * 12))
    assert "and 2 more" in str(small_talk("list documents", lambda: [document] * 12))
    assert "no documents yet" in str(small_talk("list documents", list))


def test_in_a_conversation_this_is_what_was_spoken_of(article_assistant: Assistant) -> None:
    asked = article_assistant.ask("When is the informal summit?")
    spoken = [(asked.question, asked.text)]
    for question in ("How does it work?", "What is this?"):
        assert article_assistant.ask(question).kind == "reply"
        assert article_assistant.ask(question, history=spoken).kind != "reply"
    greeted = [("Hello!", "Hello! Ask me something about the documents.")]
    assert article_assistant.ask("What is this?", history=greeted).kind == "reply"
