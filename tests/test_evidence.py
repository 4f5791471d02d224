"""Evidence: which sentences are quoted, and what tells a near miss."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from index import Passage, Span
from qa.acronyms import asked_acronym, spells_out, wants_name_alone
from qa.answer_kind import AnswerKind, answer_kind, offers
from qa.confidence import COEFFICIENTS, fitted_confidence, sigmoid
from qa.evidence import Sentence, select, weigh, worth_weighing
from qa.opposites import is_negated, says_opposite
from qa.parts import parts
from qa.retrieval import DENSE_WEIGHT, fused
from qa.signals import FIDELITY, RELEVANCE
from qa.words import is_among, keys_of, words


def passage(*sentences: str, score: float = 0.0, document: str = "d", title: str = "") -> Passage:
    text, spans = "", []
    for sentence in sentences:
        start = len(text) + bool(text)
        text = f"{text} {sentence}" if text else sentence
        spans.append(Span(start, len(text)))
    return Passage(text, "a.txt", title, document, None, 0, len(text), score, tuple(spans))


class WordOverlap:
    """A reranker one can follow: the words that the question and the text share, minus five."""

    def __call__(self, pairs: Sequence[tuple[str, str]], /) -> list[float]:
        return [len(keys_of(question) & keys_of(text)) - 5.0 for question, text in pairs]


def quoted(question: str, *passages: Passage) -> list[str]:
    near = worth_weighing([question], passages)
    return [quote.text for quote in select(weigh(question, near, WordOverlap()))]


def test_the_best_sentence_is_quoted_first() -> None:
    found = quoted("Who left Minsk in May?", passage("It rained.", "Ann left Minsk in May."))
    assert found[0].endswith("Ann left Minsk in May.")


def test_a_sentence_that_says_he_comes_with_the_one_that_names_him() -> None:
    text = passage("Lukashenko is the president.", "He even skipped the summit in June.")
    (quote,) = quoted("Who skipped the summit in June?", text)
    assert quote == "Lukashenko is the president. He even skipped the summit in June."


def test_an_answer_in_a_list_of_questions_comes_with_its_question() -> None:
    text = passage(
        "May I bring my dog?", "Only assistance animals are admitted.", "We shut at six."
    )
    question, answer, other = weigh("May I bring my dog?", [text], WordOverlap())
    assert answer.leans
    assert not other.leans
    assert question.score > answer.score > other.score
    assert quoted("May I bring my dog?", text)[0].startswith(f"{question.text} {answer.text}")


def test_the_next_question_of_a_list_is_not_quoted_without_its_answer() -> None:
    text = passage("May I bring my dog?", "Only assistance animals.", "When are you open?")
    assert quoted("May I bring my dog?", text) == ["May I bring my dog? Only assistance animals."]


def test_the_row_of_a_table_comes_without_the_rows_beside_it() -> None:
    def chosen(*texts: str) -> list[str]:
        text = passage(*texts)
        scores = (-8.0, 2.0, -8.0)
        return [q.text for q in select([Sentence(text, n, s, s) for n, s in enumerate(scores)])]

    rows = [f"Name: {name}; Role: cook" for name in ("Bob", "Ann", "Cleo")]
    assert chosen(*rows) == [rows[1]]
    assert chosen("Bob cooks.", "Ann cooks.", "Cleo cooks.") == [
        "Bob cooks. Ann cooks. Cleo cooks."
    ]


def test_another_document_is_quoted_only_where_it_answers_as_well() -> None:
    one = passage("Ann left Minsk in May.", document="one")
    same = passage("In May, Ann left Minsk.", document="two")
    less = passage("Ann left Kiev in May.", document="two")
    other = passage("In June Bob left.", document="two")
    asked = "Who left Minsk in May?"
    assert quoted(asked, one, same) == ["Ann left Minsk in May.", "In May, Ann left Minsk."]
    assert len(quoted(asked, one, less)) == 2
    assert quoted(asked, one, other) == ["Ann left Minsk in May."]


def test_a_copy_of_a_passage_is_no_second_evidence() -> None:
    one = passage("Ann left Minsk in May.", document="one")
    copy = passage("Ann left  Minsk in May.", document="two")
    assert quoted("Who left Minsk in May?", one, copy) == ["Ann left Minsk in May."]


def test_a_sentence_that_two_editions_share_is_quoted_once() -> None:
    first = passage("Ann left Minsk in May.", "It rained.", document="first")
    second = passage("Ann left Minsk in May.", "It snowed.", document="second")
    found = quoted("Who left Minsk in May?", first, second)
    assert sum("Ann left" in quote for quote in found) == 1


def test_a_title_is_not_quoted_as_evidence() -> None:
    text = passage("Oil crisis of 1973", "Prices rose fourfold.", title="Oil crisis of 1973")
    assert quoted("What was the oil crisis of 1973?", text) == ["Prices rose fourfold."]


def test_an_answer_has_at_most_three_sentences() -> None:
    text = passage(*(f"Ann left Minsk in May {n}." for n in range(6)))
    sentences = select(weigh("Who left Minsk in May?", [text], WordOverlap()))
    assert sum(len(quote.sentences) for quote in sentences) == 3


def test_no_passages_give_no_quotes() -> None:
    assert select([]) == []


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("When and where did they meet?", ["When did they meet?", "where did they meet?"]),
        ("When is the summit, and where?", ["When is the summit?", "where is the summit?"]),
        ("Who wrote it and why did he leave?", ["Who wrote it?", "why did he leave?"]),
        ("Where do Ann and Bob live?", ["Where do Ann and Bob live?"]),
        ("What is the law and order party?", ["What is the law and order party?"]),
    ],
)
def test_a_question_is_taken_apart(question: str, asked: list[str]) -> None:
    assert parts(question) == asked


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When is the summit?", AnswerKind.TIME),
        ("In what year did it end?", AnswerKind.TIME),
        ("When’s the summit?", AnswerKind.TIME),
        ("How many members are there?", AnswerKind.COUNT),
        ("Who is he?", AnswerKind.PERSON),
        ("Where is it held?", AnswerKind.PLACE),
        ("Why did he leave?", AnswerKind.REASON),
        ("How does it work?", AnswerKind.MANNER),
        ("Which team won?", AnswerKind.NAMED),
        ("Is it true?", AnswerKind.YES_NO),
    ],
)
def test_a_question_wants_a_kind_of_answer(question: str, kind: AnswerKind) -> None:
    assert answer_kind(question) is kind


def test_a_text_offers_what_the_question_does_not_say_already() -> None:
    asked = "How many of the 12 members voted?"
    assert offers(AnswerKind.COUNT, asked, "The 12 members voted.") == 0.0
    assert offers(AnswerKind.COUNT, asked, "Seven of the 12 members voted.") == 1.0
    assert offers(AnswerKind.TIME, "When?", "It is set for August 12.") == 1.0
    assert offers(AnswerKind.PERSON, "Who?", "It was met by Ann Smith.") == 1.0


@pytest.mark.parametrize(
    ("question", "fitting", "other"),
    [
        ("How heavy is it?", "With the battery: 1.6 kg.", "It takes bits of up to 13 mm."),
        ("How much does it weigh?", "It is 12 pounds.", "It costs $12, or 3 tins."),
        ("How tall is the tower?", "It rises 96 metres.", "It was built for 96 men in 1890."),
        ("How deep is the lake?", "The bottom lies 40 m below.", "40 boats lie on it."),
        ("How wide is the gate?", "Its opening is 3.5m.", "It opens 3 times a day."),
        ("How tall was he?", "He stood six feet.", "He had six children."),
        ("How tall was he?", "He was 6'2\".", "He was 62."),
    ],
)
def test_a_measure_is_offered_in_units_of_its_own(question: str, fitting: str, other: str) -> None:
    assert answer_kind(question) is AnswerKind.COUNT
    assert offers(AnswerKind.COUNT, question, fitting) == 1.0
    assert offers(AnswerKind.COUNT, question, other) == 0.0


def test_words_are_compared_by_stem_number_and_alias() -> None:
    assert keys_of("resisted") == keys_of("resisting")
    assert keys_of("twelve") == keys_of("12")
    assert keys_of("U.S.") == keys_of("United States")
    assert is_among("resist", keys_of("resistance"))
    assert [w.kind for w in words("In 1999 Ann paid 40 coins")] == [
        *("word", "year", "name", "word", "number", "word")
    ]


@pytest.mark.parametrize(
    ("text", "is_said"),
    [
        ("the Collective Security Treaty Organization (CSTO) met", True),
        ("The CSTO (Collective Security Treaty Organization) met", True),
        ("the United States of America (CSTO)", False),
        ("CSTO stands for four long words.", True),
        ("The CSTO met in Minsk.", False),
    ],
)
def test_an_acronym_is_spelled_out_by_the_words_with_its_initials(text: str, is_said: bool) -> None:
    for question in ("what does CSTO stand for", "What is the full name of the CSTO?"):
        assert spells_out(question, text) is is_said
    assert not spells_out("Who leads the CSTO?", text)


@pytest.mark.parametrize(
    ("acronym", "text"),
    [
        ("DNA", "Deoxyribonucleic acid (DNA) is a molecule."),
        ("HTML", "It is written in HyperText Markup Language (HTML)."),
        ("DOE", "the Department of Energy (DOE)"),
        ("R&D", "Research and development (R&D) cost more."),
        ("BBC", "the British Broadcasting Corporation (the BBC)"),
        ("SLA", "a service level agreement (“SLA”)"),
    ],
)
def test_the_letters_of_an_acronym_may_stand_within_the_words(acronym: str, text: str) -> None:
    assert spells_out(f"What does {acronym} stand for?", text)
    assert not spells_out(f"What does {acronym} stand for?", f"They met in Moscow ({acronym}).")


def test_what_a_word_means_asks_for_no_acronym() -> None:
    for question in (
        "What does it mean?",
        "What did he mean by that?",
        "What does entropy mean?",
        "What is the full name of the president?",
    ):
        assert asked_acronym(question) is None
    assert asked_acronym("What does GDPR mean?") == "GDPR"
    assert not wants_name_alone("What does GDPR mean?")
    assert wants_name_alone("what does csto stand for")


def test_negation_and_opposites_are_seen() -> None:
    assert is_negated("He didn't sign.")
    assert is_negated("He refused to sign.")
    assert not is_negated("He signed.")
    assert says_opposite("Which is the smallest city?", "It is the largest city.")
    assert says_opposite("Was it legal?", "It was illegal.")
    assert says_opposite("When did it close?", "It was reopened in 1989.")
    assert not says_opposite("Which is the largest city?", "It is the largest city.")


def test_the_fitted_coefficients_name_every_signal() -> None:
    fitted = fitted_confidence()
    assert COEFFICIENTS.is_file()
    assert set(fitted.relevance.weights) == set(RELEVANCE)
    assert set(fitted.fidelity.weights) == set(FIDELITY)
    assert 0 < fitted.threshold < 1


def test_confidence_grows_with_relevance_and_with_fidelity() -> None:
    fitted = fitted_confidence()
    even = dict.fromkeys({*RELEVANCE, *FIDELITY}, 0.5)
    assert fitted(even | {"lead": 8.0}) > fitted(even | {"lead": 0.0})
    assert fitted(even | {"weakest_word": 0.9}) > fitted(even | {"weakest_word": 0.1})
    assert fitted(even | {"negation": 1.0}) < fitted(even | {"negation": 0.0})
    assert 0.0 <= sigmoid(-1000) < sigmoid(0) == 0.5 < sigmoid(1000) <= 1.0


def test_fusion_adds_weighted_standard_scores() -> None:
    dense = [passage("a", document="a", score=0.9), passage("b", document="b", score=0.1)]
    lexical = [passage("b", document="b", score=4.0)]
    # Two candidates stand one deviation above and below their mean; "a" has a BM25 of 0.
    scores = {p.document_id: p.score for p in fused(dense, lexical)}
    assert scores["a"] == pytest.approx(DENSE_WEIGHT * 1 + (1 - DENSE_WEIGHT) * -1)
    assert scores["b"] == pytest.approx(DENSE_WEIGHT * -1 + (1 - DENSE_WEIGHT) * 1)
    assert [p.document_id for p in fused(dense, lexical)] == ["a", "b"]
    assert fused([], []) == []
