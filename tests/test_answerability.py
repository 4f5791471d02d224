"""Answerability: what answers a question is told from what only speaks of the same things."""

from __future__ import annotations

import numpy as np
import pytest

from index import Library
from index.models import MS_MARCO_MINILM, LazyModel
from qa import Assistant
from qa.answerability import TUNED, Answerability
from tests.conftest import ROOT

FERRY = "The ferry left Vardhaven at 6.40 a.m. on 3 March with 212 passengers and a crew of 14."


@pytest.fixture(scope="module")
def answerability() -> Answerability:
    return Answerability()


@pytest.mark.parametrize(
    ("answered", "unanswered"),
    [
        ("When did the ferry leave?", "When did the ferry arrive?"),
        ("How many passengers were on board?", "How many passengers were hurt?"),
        ("What day did the ferry leave?", "Who was the captain of the ferry?"),
    ],
)
def test_an_answer_is_told_from_a_sentence_on_the_same_things(
    answerability: Answerability, answered: str, unanswered: str
) -> None:
    right, wrong = answerability([(answered, FERRY), (unanswered, FERRY)])
    assert right > 0 > wrong


def test_the_order_of_the_pairs_does_not_matter(answerability: Answerability) -> None:
    pairs = [("When did the ferry leave?", FERRY), ("Who won?", "Bread is made of flour.")]
    assert answerability(pairs) == answerability(pairs[::-1])[::-1]


def test_the_lower_layers_and_the_tokenizer_stay_as_they_came() -> None:
    with np.load(TUNED) as arrays:
        names = set(arrays.files)
    layers = {int(name.split(".")[3]) for name in names if name.startswith("bert.encoder.layer.")}
    assert layers == set(range(4, 12))
    assert not any("embeddings" in name for name in names)
    pair = LazyModel(MS_MARCO_MINILM)().tokenize([("When?", FERRY)])
    assert Answerability()._model().tokenize([("When?", FERRY)])[0].ids == pair[0].ids


def test_a_question_in_other_words_is_answered_and_a_near_miss_refused(library: Library) -> None:
    library.add([ROOT / "tests/questions/everyday/development/documents"])
    assistant = Assistant(library)
    answer = assistant.ask(
        "I skipped a pill this morning and only noticed ten hours later, what now?"
    )
    assert "leave it out" in answer.text
    assert not assistant.ask("In which American cities did Maravec give concerts in 1946?").answered
    assert not assistant.ask("How old is Ray Castellane?").answered
