"""`qa eval --html`: one file to read, whatever the texts in it."""

from __future__ import annotations

import re

import pytest

from qa.evaluation.compare import compare
from qa.evaluation.questions import TestQuestion
from qa.evaluation.report import report
from qa.evaluation.results import Quoted, Result
from qa.evaluation.run_file import RunSettings
from qa.evaluation.summary import summarise
from tests.test_evaluation import RESULTS

SETTINGS = RunSettings(0.5)


def page_of(results: list[Result]) -> str:
    comparison = compare(results, results, 0.5)
    return report(results, summarise(results, 0.5), comparison, settings=SETTINGS)


def test_the_report_is_one_file_that_fetches_nothing() -> None:
    page = page_of(RESULTS)
    assert not re.search(r'(?:src|href|action)="(?!#)|url\((?!#)|@import', page)
    assert page.count("<svg") == 2


def test_the_worst_question_comes_first() -> None:
    """Wrong answers by falling confidence (b, d), a wrong refusal (c), then what is right."""
    page = page_of(RESULTS)
    assert [match[1] for match in re.finditer(r"<h3>(\w)\?</h3>", page)] == list("bdcae")
    outcomes = re.findall(r'data-outcome="([^"]+)"', page)
    assert outcomes == [
        "wrongly answered",
        "wrongly answered",
        "wrongly refused",
        "rightly answered",
        "rightly refused",
    ]


def test_each_run_says_how_it_answered_and_where_it_stopped() -> None:
    settings = RunSettings(0.5, writer="ollama:<m>", passages=1, questions=9)
    earlier = RunSettings(0.7)
    comparison = compare(RESULTS, RESULTS, 0.5, 0.7)
    page = report(RESULTS, summarise(RESULTS, 0.5), comparison, settings=settings, earlier=earlier)
    assert "<h1>Evaluation of 9 questions, stopped after 5</h1>" in page
    words = "from confidence 0.50 on, in the words of ollama:&lt;m&gt;, from 1 passage"
    assert f"Answered {words}." in page
    assert "The earlier run: Answered from confidence 0.70 on, in quotes, from 5 passages." in page


def test_the_report_begins_with_what_came_of_it_and_what_changed() -> None:
    page = page_of(RESULTS)
    headline = "1 of 3 answerable questions answered rightly; 1 of 2 others refused."
    assert f'<p class="headline">{headline}</p>' in page
    assert page.index(headline) < page.index("Against the earlier run") < page.index("Figures")


@pytest.mark.parametrize(
    ("chosen", "headline"),
    [
        ("a", "1 of 1 answerable question answered rightly."),
        ("e", "1 of 1 questions that the documents do not answer refused."),
    ],
)
def test_one_question_is_no_questions(chosen: str, headline: str) -> None:
    results = [result for result in RESULTS if result.question.id == chosen]
    page = page_of(results)
    assert "<h1>Evaluation of 1 question</h1>" in page
    assert headline in page
    assert "1 question stands in both" in page


def test_the_gold_answer_is_marked_in_the_quote() -> None:
    assert "a <mark>gold</mark> quote" in page_of(RESULTS)


def test_text_from_documents_and_questions_is_never_markup() -> None:
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    quote = Quoted(f"a gold {hostile}", hostile, hostile, None, 0.5)
    question = TestQuestion(
        hostile, hostile, ("gold", hostile), kind=hostile, history=((hostile, hostile),)
    )
    measured = RESULTS[0].measured
    results = [Result(question, hostile, 0.9, (quote,), (quote,), 0.1, measured), *RESULTS]
    page = page_of(results)
    assert "<script>alert" not in page
    assert "<img" not in page
    assert page.count("<script>") == 1


def test_the_same_run_gives_the_same_file() -> None:
    assert page_of(RESULTS) == page_of(RESULTS)


def test_questions_without_a_gold_answer_that_a_quote_could_hold_have_no_plot() -> None:
    essay = TestQuestion("essay", "Why?", ("word " * 40,))
    measured = dict.fromkeys(RESULTS[0].measured)
    results = [Result(essay, "text", 0.9, RESULTS[0].citations, (), 0.1, measured)]
    page = report(results, summarise(results, 0.5), settings=SETTINGS)
    assert "<svg" not in page
    assert 'class="unjudged"' in page
