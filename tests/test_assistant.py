"""The whole way of a question over the article: real models, real Chroma."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from index import Library
from index.errors import QuestionError
from qa import Answer, Answered, Assistant, PassagesFound, ask


def cited(answer: Answer) -> str:
    return " ".join(citation.quote for citation in answer.citations)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("When is the summit?", "August 12"),
        ("Where is the informal summit held?", "Astana"),
        ("What did Lukashenko resist signing?", "Collective Rapid Reaction Force"),
        ("What crimes do the member states fight?", "drug trafficking"),
        ("Who is the CSTO Secretary General?", "Nikolay Bordyuzha"),
        ("what does CSTO stand for", "Collective Security Treaty Organization"),
    ],
)
def test_an_answer_quotes_the_words_that_answer(
    article_assistant: Assistant, question: str, words: str
) -> None:
    answer = article_assistant.ask(question)
    assert answer.answered
    assert words in cited(answer)


def test_every_citation_is_the_exact_text_at_its_place(article_assistant: Assistant) -> None:
    answer = article_assistant.ask("What did Lukashenko resist signing?")
    for citation in answer.citations:
        text = article_assistant.library.text(citation.document_id)
        assert text[citation.start : citation.end] == citation.quote
        assert citation.page is None
        assert citation.title.startswith("Lukashenko wants former Soviet states")


def test_every_statement_carries_its_mark(article_assistant: Assistant) -> None:
    answer = article_assistant.ask("What did Lukashenko resist signing?")
    assert [s.citations for s in answer.statements] == [(c.number,) for c in answer.citations]
    assert [c.number for c in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert answer.text.endswith(f"[{len(answer.citations)}]")


def test_an_answer_is_short_and_in_reading_order(article_assistant: Assistant) -> None:
    answer = article_assistant.ask("What does Belarus want for the CSTO?")
    assert 1 <= len(answer.citations) <= 3
    assert [c.start for c in answer.citations] == sorted(c.start for c in answer.citations)


@pytest.mark.parametrize(
    "question",
    ["Who won the world cup in 2018?", "How do I bake bread?", "What does NATO stand for?"],
)
def test_what_the_documents_do_not_answer_is_refused(
    article_assistant: Assistant, question: str
) -> None:
    answer = article_assistant.ask(question)
    assert not answer.answered
    assert answer.kind == "refusal"
    assert "do not answer" in answer.text
    assert answer.citations == ()
    assert len(answer.passages) > 1, "the nearest passages are still shown"
    assert answer.confidence < 0.5


@pytest.mark.parametrize("question", ["", "   \n\t", "?", "—", "-", "****", "🦆", "()", "?!…"])
def test_an_empty_question_is_a_clear_error(article_assistant: Assistant, question: str) -> None:
    with pytest.raises(QuestionError, match="There is no question"):
        article_assistant.ask(question)


@pytest.mark.parametrize("question", ["the", "and", "And?", "why?", "The of it.", "who is he?"])
def test_words_that_say_nothing_are_refused_unless_something_was_said_before(
    article_assistant: Assistant, question: str
) -> None:
    answer = article_assistant.ask(question)
    assert (answer.kind, answer.confidence) == ("refusal", 0.0)


def test_after_an_earlier_question_hardly_a_word_is_a_follow_up(
    article_assistant: Assistant,
) -> None:
    before = ("Did Lukashenko sign the Collective Rapid Reaction Force?", "He resisted.")
    assert article_assistant.ask("And when?", history=[before]).answered


@pytest.mark.parametrize(
    ("question", "history"),
    [("When \ud800?", []), ("When?", [("\udfff", "")]), ("When?", [("Who?", "\ud83d")])],
)
def test_half_a_character_is_a_clear_error(
    article_assistant: Assistant, question: str, history: list[tuple[str, str]]
) -> None:
    with pytest.raises(QuestionError, match="not valid Unicode"):
        article_assistant.ask(question, history=history)


def test_a_question_of_ten_thousand_characters_is_a_clear_error(
    article_assistant: Assistant,
) -> None:
    with pytest.raises(QuestionError, match="10,000 characters; ask in at most 2,000"):
        article_assistant.ask("a" * 10_000)


@pytest.mark.parametrize(
    "question",
    ["Кто такой Бордюжа?", "峰会什么时候举行？", "2009", "a", "' OR 1=1 --", "\0 when"],
)
def test_a_strange_question_gets_an_answer_of_some_kind(
    article_assistant: Assistant, question: str
) -> None:
    answer = article_assistant.ask(question)
    assert answer.text
    assert answer.answered == bool(answer.citations)


def test_a_stream_gives_the_passages_first_and_the_same_answer_last(
    article_assistant: Assistant,
) -> None:
    first, last = article_assistant.stream("When is the summit?")
    assert isinstance(first, PassagesFound)
    assert isinstance(last, Answered)
    assert last.answer.passages == first.passages
    assert last.answer == article_assistant.ask("When is the summit?")


def test_retrieve_gives_as_many_passages_as_asked_for(article_assistant: Assistant) -> None:
    passages = article_assistant.retrieve("When is the summit?", k=2)
    assert len(passages) == 2
    assert passages[0].score >= passages[1].score


def test_a_higher_threshold_refuses_more(article_assistant: Assistant) -> None:
    strict = Assistant(article_assistant.library, threshold=1.0)
    assert not strict.ask("What did Lukashenko resist signing?").answered
    with pytest.raises(ValueError, match="between 0 and 1"):
        Assistant(article_assistant.library, threshold=1.5)


def test_an_empty_library_says_that_there_are_no_documents(library: Library) -> None:
    answer = Assistant(library).ask("When is the summit?")
    assert not answer.answered
    assert "no documents yet" in answer.text


def test_an_answer_turns_into_json_and_keeps_every_public_field(
    article_assistant: Assistant,
) -> None:
    answer = article_assistant.ask("When is the summit?")
    told = json.loads(json.dumps(answer.to_dict()))
    assert told["text"] == answer.text
    assert set(told) >= {"question", "text", "answered", "confidence", "citations", "passages"}
    assert set(told["citations"][0]) == {
        *("number", "quote", "source", "title", "document_id"),
        *("page", "start", "end", "score", "section"),
    }
    assert set(told["passages"][0]) == {
        *("text", "source", "title", "document_id"),
        *("page", "section", "start", "end", "score"),
    }


def test_ask_indexes_the_article_once_and_answers_from_any_folder(
    home: Path, tmp_path: Path
) -> None:
    program = "from qa import ask; print(ask('When is the summit?').text)"
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        assert "August 12. [1]" in done.stdout
    assert len(Library.open(home).documents()) == 1


def test_an_article_that_was_removed_does_not_come_back(home: Path) -> None:
    assert ask("When is the summit?").answered
    library = Library.open(home)
    library.remove(library.documents()[0].document_id)
    assert "no documents yet" in ask("When is the summit?").text


def test_a_question_writes_nothing(article_assistant: Assistant) -> None:
    home = Path(article_assistant.library.home)
    article_assistant.ask("When is the summit?")
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file()}
    article_assistant.ask("Who skipped the summit?")
    assert before == {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file()}
