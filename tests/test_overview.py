"""What a document is about: asked in many ways, told in its own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from index import Library
from qa import Assistant
from qa.overview import asks_overview
from tests.conftest import ARTICLE

FILES = Path(__file__).parent / "files"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    library = Library.open(tmp_path_factory.mktemp("shelf"))
    library.add([ARTICLE, FILES / "guide.md", FILES / "wardens-diary.txt"])
    return Assistant(library)


@pytest.mark.parametrize(
    "question",
    [
        "What is this article about?",
        "summarize",
        "Summarise this for me please",
        "Can you give me a short summary of the document?",
        "TL;DR",
        "What are the main points?",
        "what's the main idea of the text?",
        "What is it about?",
        "What does this document say?",
        "What does it cover?",
        "tell me about the article",
        "Give me an overview of the Lukashenko article",
    ],
)
def test_an_overview_quotes_the_document(article_assistant: Assistant, question: str) -> None:
    answer = article_assistant.ask(question)
    assert answer.kind == "answer"
    assert answer.text.startswith("The Belarusian leader is using his country’s position")
    assert len(answer.citations) > 1
    for citation in answer.citations:
        text = article_assistant.library.text(citation.document_id)
        assert text[citation.start : citation.end] == citation.quote
        assert any(p.start <= citation.start < citation.end <= p.end for p in answer.passages)


@pytest.mark.parametrize(
    "question",
    [
        "What is the CSTO about?",
        "What does Lukashenko say?",
        "What does the article say about NATO?",
        "What is the main reason for the reform?",
        "Summarize Lukashenko's position on Uzbekistan",
        "What about the summit?",
    ],
)
def test_a_question_about_something_in_it_asks_for_no_overview(
    article_assistant: Assistant, question: str
) -> None:
    assert asks_overview(question, article_assistant.library.documents) == []


def test_in_a_conversation_it_is_what_was_spoken_of(article_assistant: Assistant) -> None:
    spoken = [("Who is the CSTO Secretary General?", "Nikolay Bordyuzha is. [1]")]
    documents = article_assistant.library.documents
    assert asks_overview("What is it about?", documents)
    assert asks_overview("Tell me more about it", documents, in_conversation=True) == []
    assert asks_overview("Summarize the article", documents, in_conversation=True)
    answer = article_assistant.ask("Tell me more about it", history=spoken)
    assert answer.confidence < 1
    greeted = article_assistant.ask("Hi there, summarize this please")
    after = article_assistant.ask("What is it about?", history=[(greeted.question, greeted.text)])
    assert greeted.confidence == after.confidence == 1


def test_a_named_document_is_told_of_alone(shelf: Assistant) -> None:
    answer = shelf.ask("What is the warden's diary about?")
    assert {Path(citation.source).name for citation in answer.citations} == {"wardens-diary.txt"}
    by_name = shelf.ask("Summarize wardens-diary.txt")
    assert [c.quote for c in by_name.citations] == [c.quote for c in answer.citations]


def test_several_documents_are_told_of_in_turn(shelf: Assistant) -> None:
    answer = shelf.ask("What are these documents about?")
    assert len({citation.document_id for citation in answer.citations}) == 3
    assert answer.note == ""


def test_chosen_documents_alone_are_told_of(shelf: Assistant) -> None:
    answer = shelf.ask("Summarize", where={"source": "*.md"})
    assert {Path(citation.source).name for citation in answer.citations} == {"guide.md"}


def test_of_many_documents_some_are_told_of_and_that_is_said(library: Library) -> None:
    folder = library.home if isinstance(library.home, Path) else Path()
    notes = folder.parent / "notes"
    notes.mkdir()
    for number in range(7):
        words = f"Station {number} measures the level of the river every morning."
        (notes / f"station-{number}.txt").write_text(words)
    library.add([notes])
    answer = Assistant(library).ask("What are the documents about?")
    assert len(answer.citations) == 5
    assert answer.note.startswith("These are 5 of 7 documents")


def test_an_empty_library_says_so(library: Library) -> None:
    assert "no documents yet" in Assistant(library).ask("Summarize the documents").text


def test_of_a_document_without_a_sentence_its_lines_are_told(
    library: Library, tmp_path: Path
) -> None:
    (tmp_path / "list.csv").write_text("item,price\neggs,3\nmilk,2\nflour,1\n")
    library.add([tmp_path / "list.csv"])
    answer = Assistant(library).ask("Summarize this")
    assert answer.answered
    assert "eggs" in answer.text
