"""Follow-up questions: what they lean on, and what is left alone."""

from __future__ import annotations

import pytest

from qa import Assistant
from qa.follow_up import leaning, read, search_queries, standalone

SUMMIT = ("When is the informal summit?", "It is set for August 12. [1]")


@pytest.mark.parametrize(
    "question",
    [
        "When is the informal summit?",
        "Which countries that border Russia are members?",
        "What is the capital of France?",
        "How do I hire a lawyer?",
        "Is there a fee for the ferry?",
        "What did the harbour earn this year?",
        "What is GDPR?",
        "Who was Lukashenko?",
        "what is a sluice",
    ],
)
def test_a_question_that_stands_on_its_own_is_left_alone(question: str) -> None:
    assert leaning(question) < 1
    assert standalone(question, [SUMMIT]) == question
    assert read(question, [SUMMIT]).weighed == (question,)


@pytest.mark.parametrize(
    "question", ["Who was involved?", "what is missing", "What is the reason?", "Who is eligible?"]
)
def test_a_question_that_names_nothing_leans_on_what_was_said(question: str) -> None:
    assert leaning(question) >= 1


@pytest.mark.parametrize(
    ("history", "question", "meant"),
    [
        ([SUMMIT], "And where?", "where is the informal summit?"),
        ([SUMMIT], "Why?", "Why is the informal summit?"),
        (
            [("When did Belarus sign?", "In October.")],
            "What about Russia?",
            "When did Russia sign?",
        ),
        (
            [("Who is the Secretary General?", "It met with Nikolay Bordyuzha.")],
            "What did he say?",
            "What did Nikolay Bordyuzha say?",
        ),
        (
            [("What did Aleksandr Lukashenko resist?", "The force.")],
            "Why did he resist?",
            "Why did Aleksandr Lukashenko resist?",
        ),
        (
            [("How does Russia see the CSTO?", "As a key mechanism.")],
            "Who leads it?",
            "Who leads CSTO?",
        ),
        # The only name is whom or what is meant; but "it" is not him who is named besides.
        (
            [("When did the Orrin Canal open?", "In 1796.")],
            "Who built it?",
            "Who built Orrin Canal?",
        ),
        (
            [("Why did Ada Byron resist?", "It was wrong.")],
            "When did she say it?",
            "When did Ada Byron say it?",
        ),
        (
            [("Who wrote the report?", "Ada Byron did.")],
            "What were her reasons?",
            "What were Ada Byron’s reasons?",
        ),
        (
            [("Which nurse is named?", "Ada Byron is.")],
            "Who gave her a medal?",
            "Who gave Ada Byron a medal?",
        ),
        (
            [("What did Ada Byron buy?", "A house.")],
            "Who married her?",
            "Who married Ada Byron?",
        ),
        (
            [("Is Ada Byron the owner?", "She is.")],
            "When did she buy it?",
            "When did Ada Byron buy it?",
        ),
        (
            [("Who moved?", "In May Bob Ray moved.")],
            "When did he leave?",
            "When did Bob Ray leave?",
        ),
        (
            [("When did Marie Curie discover radium?", "In 1898.")],
            "And in Warsaw?",
            "When did Marie Curie discover radium in Warsaw?",
        ),
        ([SUMMIT], "How long will it last?", "When is the informal summit? How long will it last?"),
        (
            [("When did Belarus sign?", "In October."), ("And Russia?", "In June.")],
            "Why?",
            "Why did Russia sign?",
        ),
    ],
)
def test_what_is_left_out_is_put_in(
    history: list[tuple[str, str]], question: str, meant: str
) -> None:
    assert standalone(question, history) == meant


def test_the_earlier_question_weighs_more_in_the_search_the_more_is_left_out() -> None:
    def weight(question: str) -> float:
        first, (_, weight) = search_queries(question, [SUMMIT])
        assert first == (question, 1.0)
        return weight

    assert weight("What is the capital of France?") < weight("And why is it there?")
    assert search_queries("And where?", []) == [("And where?", 1.0)]


def test_evidence_for_a_prefixed_question_is_judged_by_the_question_alone_too() -> None:
    reading = read("How long will it last?", [SUMMIT])
    assert reading.judged == (
        "When is the informal summit? How long will it last?",
        "How long will it last?",
    )
    assert read("And where?", [SUMMIT]).judged == ("where is the informal summit?",)
    assert reading.leans
    assert reading.answered[-1] == (
        "When is the informal summit? It is set for August 12. How long will it last?"
    )


def test_the_earlier_question_is_no_part_of_the_next_one(article_assistant: Assistant) -> None:
    history = [("When is the informal summit?", "It is set for August 12. [1]")]
    answer = article_assistant.ask("How do I bake that bread?", history=history)
    assert not answer.answered


def test_a_conversation_about_the_article_is_followed(article_assistant: Assistant) -> None:
    history: list[tuple[str, str]] = []
    for question, words in [
        ("Who resisted signing the Collective Rapid Reaction Force?", "Lukashenko"),
        ("Why did he resist it?", "economic row with Russia"),
        ("When is the informal summit?", "August 12"),
        ("And where?", "Astana"),
    ]:
        answer = article_assistant.ask(question, history=history)
        assert any(words in citation.quote for citation in answer.citations), question
        history.append((question, answer.text))


def test_a_change_of_subject_is_not_dragged_back(article_assistant: Assistant) -> None:
    history = [("What crimes do the member states fight?", "Drug trafficking. [1]")]
    alone = article_assistant.ask("When is the informal summit?")
    after = article_assistant.ask("When is the informal summit?", history=history)
    assert after.citations[0].quote == alone.citations[0].quote
    assert not article_assistant.ask("How do I bake bread?", history=history).answered


def test_an_acronym_named_only_in_the_history_is_weighed_in_every_wording(
    article_assistant: Assistant,
) -> None:
    history = [("How does Russia see the CSTO?", "As a key mechanism. [1]")]
    answer = article_assistant.ask("What does it stand for?", history=history)
    assert "Collective Security Treaty Organization" in answer.text
