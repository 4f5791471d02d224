"""A sentence that was written is held against a passage: carried, with its exact quote, or not."""

from __future__ import annotations

import pytest

from index import Library, Passage, Span
from qa.answerability import Answerability
from qa.checking import Checker, Support
from qa.cross_encoder import CrossEncoder
from qa.entailment import Entailment, installed_entailment
from qa.late_interaction import LateInteraction

TEXT = (
    "The bridge was opened on 4 May 1932 by Queen Maria. It is 512 metres long. "
    "The engineers did not use concrete. Ferries had carried passengers until then."
)
SENTENCES = ("The bridge", "It is", "The engineers", "Ferries")


@pytest.fixture(scope="module")
def passage() -> Passage:
    starts = [TEXT.index(sentence) for sentence in SENTENCES]
    ends = [*(start - 1 for start in starts[1:]), len(TEXT)]
    spans = tuple(Span(start, end) for start, end in zip(starts, ends, strict=True))
    return Passage(TEXT, "bridge.txt", "The Arn Bridge", "id", None, 0, len(TEXT), sentences=spans)


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker(CrossEncoder(), LateInteraction(), Answerability(), Entailment())


def check(checker: Checker, sentence: str, passage: Passage) -> Support | None:
    return checker(sentence, [passage])


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("Queen Maria opened the bridge on 4 May 1932.", "opened on 4 May 1932 by Queen Maria"),
        ("The bridge is 512 metres long.", "It is 512 metres long."),
        ("The engineers did not use concrete.", "did not use concrete"),
    ],
)
def test_a_true_sentence_is_carried_by_its_exact_words(
    checker: Checker, passage: Passage, sentence: str, quote: str
) -> None:
    support = check(checker, sentence, passage)
    assert support is not None
    assert quote in support.quote
    assert TEXT[support.span.start : support.span.end] == support.quote


@pytest.mark.parametrize(
    "sentence",
    [
        "Queen Maria opened the bridge on 4 May 1933.",
        "Queen Sofia opened the bridge on 4 May 1932.",
        "The bridge is 612 metres long.",
        "The engineers used concrete.",
        "Ferries carry passengers to the moon.",
        "PWNED",
        "",
    ],
)
def test_a_changed_or_foreign_sentence_is_not_carried(
    checker: Checker, passage: Passage, sentence: str
) -> None:
    assert check(checker, sentence, passage) is None


def test_a_sentence_is_cited_from_the_passage_that_carries_it(
    checker: Checker, passage: Passage
) -> None:
    other = "Bread is made of flour."
    foreign = Passage(
        other, "bread.txt", "Bread", "other", None, 0, len(other), sentences=(Span(0, len(other)),)
    )
    support = checker("The bridge is 512 metres long.", [foreign, passage])
    assert support is not None
    assert support.passage.title == "The Arn Bridge"


def test_without_the_model_of_entailment_copied_words_pass_and_changed_ones_do_not(
    passage: Passage,
) -> None:
    plain = Checker(CrossEncoder(), LateInteraction(), Answerability())
    assert plain("The bridge was opened on 4 May 1932 by Queen Maria.", [passage]) is not None
    assert plain("The bridge was opened on 4 May 1933 by Queen Maria.", [passage]) is None


def test_every_sentence_of_a_document_is_carried_by_itself(
    checker: Checker, library: Library
) -> None:
    passages = library.search_dense("When is the summit?", k=2)
    for passage in passages:
        for span in passage.sentences[:4]:
            sentence = passage.text[span.start - passage.start : span.end - passage.start]
            if len(sentence.split()) > 5:
                assert checker(sentence, [passage]) is not None, sentence


def test_the_model_of_entailment_is_an_extra() -> None:
    entailment = installed_entailment()
    assert entailment is not None, "the tests install the extra `check`"
    goes, against = entailment([(TEXT, "The bridge is long."), (TEXT, "The bridge is not long.")])
    assert goes > against
