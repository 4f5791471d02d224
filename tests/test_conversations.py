"""Kept conversations: each for its reader alone, over HTTP and in the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa import Answer, Assistant
from qa.evaluation.questions import QuestionSetError, load_questions
from qa.evaluation.run import evaluate
from qa.suggesting import _questions, _topics, suggested
from tests.conftest import ARTICLE
from tests.test_view import answer, refusal
from ui.chat import Turn
from ui.conversations import (
    INTERRUPTED,
    ConversationNotFound,
    Conversations,
    ConversationsUnavailable,
    history_of,
    markdown,
)
from ui.test_questions import keep_question


@pytest.fixture
def kept(tmp_path: Path) -> Conversations:
    return Conversations(tmp_path / "new" / "conversations.sqlite3")


def asked(kept: Conversations, *questions: str, reader: str = "ann") -> str:
    """A conversation in which these were asked and answered."""
    id_ = kept.begin(reader)
    for number, question in enumerate(questions, start=1):
        kept.keep(reader, id_, Turn(question, answer(), number=number))
    return id_


def test_an_answer_comes_back_as_it_was(article_assistant: Assistant) -> None:
    for question in ("When is the summit?", "Who won the 2018 World Cup?", "Hello"):
        given = article_assistant.ask(question)
        assert Answer.from_dict(given.to_dict()).to_dict() == given.to_dict()


def test_a_conversation_is_listed_by_its_first_question(kept: Conversations) -> None:
    id_ = asked(kept, "Who  left?", "When?")
    kept.begin("ann")
    (listed,) = kept.of("ann")
    assert (listed.id, listed.title, listed.turns) == (id_, "Who left?", 2)
    kept.rename("ann", id_, "Leaving")
    kept.keep("ann", id_, Turn("Why?", answer(), number=3))
    assert kept.of("ann")[0].title == "Leaving"


def test_nobody_sees_or_changes_the_conversation_of_another(kept: Conversations) -> None:
    id_ = asked(kept, "Who left?")
    assert kept.of("bob") == []
    for trial in (
        lambda: kept.get("bob", id_),
        lambda: kept.turns("bob", id_),
        lambda: kept.rename("bob", id_, "Mine"),
        lambda: kept.choose("bob", id_, []),
        lambda: kept.keep("bob", id_, Turn("Mine?")),
        lambda: kept.rate("bob", id_, 1, 1, ""),
        lambda: kept.delete("bob", id_),
    ):
        with pytest.raises(ConversationNotFound):
            trial()
    assert [turn.question for turn in kept.turns("ann", id_)] == ["Who left?"]


def test_conversations_are_found_by_any_of_their_words(kept: Conversations) -> None:
    snow, rain = asked(kept, "Who saw the snow?"), asked(kept, "Who saw the rain?", "100%_sure?")
    assert [c.id for c in kept.of("ann", "SNOW who")] == [snow]
    assert [c.id for c in kept.of("ann", "%_")] == [rain]
    assert len(kept.of("ann", "minsk")) == 2
    assert kept.of("ann", "snow rain") == []


def test_what_was_asked_is_not_lost_when_the_server_dies(
    kept: Conversations, tmp_path: Path
) -> None:
    id_ = kept.begin("ann")
    kept.keep("ann", id_, Turn("Who left?"))
    (awaited,) = kept.turns("ann", id_)
    assert awaited == Turn("Who left?")
    started_again = Conversations(tmp_path / "new" / "conversations.sqlite3")
    (turn,) = started_again.turns("ann", id_)
    assert turn.error == INTERRUPTED
    kept.finish("ann", id_, Turn("Who left?", answer()))
    for each in (kept, started_again):
        (turn,) = each.turns("ann", id_)
        assert turn.answer is not None
        assert turn.error == ""


def test_asking_again_replaces_a_turn_and_those_behind_it(kept: Conversations) -> None:
    id_ = asked(kept, "One?", "Two?", "Three?")
    kept.keep("ann", id_, Turn("Two?", number=2))
    assert [t.question for t in kept.turns("ann", id_)] == ["One?", "Two?"]
    assert kept.next_number("ann", id_) == 3


def test_an_answer_that_comes_late_leaves_what_was_asked_since(kept: Conversations) -> None:
    id_ = kept.begin("ann")
    kept.keep("ann", id_, Turn("One?"))
    kept.keep("ann", id_, Turn("Two?", answer(), number=2))
    kept.finish("ann", id_, Turn("One?", answer()))
    assert [t.is_pending for t in kept.turns("ann", id_)] == [False, False]
    # It was stopped, or the one before was asked again, which ended it.
    run = kept.keep("ann", id_, Turn("Three?", number=3))
    assert kept.is_awaited(id_, 3, run)
    kept.finish("ann", id_, Turn("Three?", error="Stopped.", number=3))
    assert not kept.is_awaited(id_, 3, run)
    kept.finish("ann", id_, Turn("Three?", answer(), number=3))
    assert kept.turn("ann", id_, 3).error == "Stopped."
    run = kept.keep("ann", id_, Turn("Four?", number=4))
    second = kept.keep("ann", id_, Turn("Two?", number=2))
    assert not kept.is_awaited(id_, 4, run)
    kept.finish("ann", id_, Turn("Four?", answer(), number=4))
    assert [t.number for t in kept.turns("ann", id_)] == [1, 2]
    # Asked again while it was on its way: the first run ends, the second goes on.
    third = kept.keep("ann", id_, Turn("Two?", number=2))
    kept.leave(id_, 2, second)
    assert kept.is_awaited(id_, 2, third)
    kept.leave(id_, 2, third)
    assert kept.turn("ann", id_, 2).error == INTERRUPTED


def test_the_last_turns_come_first_and_the_earlier_when_asked_for(kept: Conversations) -> None:
    id_ = asked(kept, *(f"Number {n}?" for n in range(1, 41)))
    assert [t.number for t in kept.turns("ann", id_, last=3)] == [38, 39, 40]
    assert [t.number for t in kept.turns("ann", id_, before=3, last=30)] == [1, 2]
    assert len(history_of(kept.turns("ann", id_))) == 10


def test_what_was_asked_since_is_not_deleted(kept: Conversations) -> None:
    id_ = asked(kept, "Who left?", "When?")
    assert not kept.delete("ann", id_, seen=1)
    assert kept.next_number("ann", id_) == 3
    assert kept.delete("ann", id_, seen=2)


def test_deleting_leaves_nothing(kept: Conversations, tmp_path: Path) -> None:
    id_ = asked(kept, "Who left?")
    kept.delete("ann", id_)
    assert kept.of("ann") == []
    with pytest.raises(ConversationNotFound):
        kept.turns("ann", id_)


def test_a_rating_and_its_comment_stay(kept: Conversations) -> None:
    id_ = asked(kept, "Who left?")
    kept.rate("ann", id_, 1, -1, " Too long ")
    turn = kept.turn("ann", id_, 1)
    assert (turn.rating, turn.comment) == (-1, "Too long")


def test_the_export_reads_in_markdown_and_nothing_in_it_is_markup() -> None:
    hostile = Turn("<img src=x> *Who* left?", answer("He `left` Minsk.", page=3))
    text = markdown("A # title", [hostile, Turn("And?", error="It failed.", number=2)])
    assert text.startswith("# A \\# title\n\n## \\<img src=x\\> \\*Who\\* left?\n")
    assert "He \\`left\\` Minsk. [1]" in text
    assert "- [1] “He left Minsk.” (A title, page 3; a.txt)" in text
    assert text.rstrip().endswith("## And?\n\nIt failed.")


def test_turns_become_questions_that_an_evaluation_runs(
    article_assistant: Assistant, tmp_path: Path
) -> None:
    path = tmp_path / "new" / "questions.jsonl"
    first = Turn("When is the summit?", article_assistant.ask("When is the summit?"))
    second = Turn("Who won the 2018 World Cup?", refusal(), number=2)
    assert first.answer is not None
    quote = first.answer.citations[0].quote
    assert keep_question(path, "c-1", first, [], ["Wrong."])
    assert keep_question(path, "c-2", second, [first], [])
    assert load_questions(path)[0].documents == ()
    # Said again, it is changed.
    assert not keep_question(path, "c-1", first, [], [quote])
    refused, answered = load_questions(path)
    assert answered.answers == (quote,)
    assert answered.documents == (ARTICLE.name,)
    assert refused.answers == ()
    assert refused.history[0][0] == "When is the summit?"
    results = evaluate([answered, refused], article_assistant.library)
    assert results[0].measured["first_citation"] in (1.0, None)
    path.write_text("not json\n")
    with pytest.raises(QuestionSetError):
        keep_question(path, "c-3", first, [], [])


def test_suggested_questions_are_answered_from_their_document(
    article_assistant: Assistant,
) -> None:
    (document,) = article_assistant.library.documents()
    found = suggested(article_assistant, document.document_id)
    assert 1 <= len(found) <= 3
    assert all(article_assistant.ask(question).answered for question in found)


def test_questions_that_read_oddly_are_not_made() -> None:
    flood = "The flood was a great loss to the mill. The Harker Mill was the largest of its time."
    assert list(_questions(flood)) == ["Who or what was the Harker Mill?"]
    assert list(_topics("Later, Old Mrs. Harker met Tom Ashdown.")) == ["Tom Ashdown"]


def test_a_file_that_cannot_be_used_is_told_in_a_sentence(tmp_path: Path) -> None:
    damaged = tmp_path / "conversations.sqlite3"
    damaged.write_bytes(b"no database at all, " * 100)
    with pytest.raises(ConversationsUnavailable, match="cannot be kept: file is not a database"):
        Conversations(damaged).begin("ann")
    with pytest.raises(ConversationsUnavailable):
        Conversations(damaged / "below" / "it").of("ann")
    assert damaged.read_bytes().startswith(b"no database")
