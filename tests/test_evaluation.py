"""`qa eval`: question sets, and figures against arithmetic that can be read."""

from __future__ import annotations

import json
import math
import random
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap

from qa.evaluation import measures
from qa.evaluation.compare import compare
from qa.evaluation.questions import QuestionSetError, TestQuestion, load_questions
from qa.evaluation.results import Quoted, Result
from qa.evaluation.retrieval import passages_found, retrieval_of
from qa.evaluation.run_file import RunError
from qa.evaluation.summary import HIGHER_IS_BETTER, MEANING, NAMES, summarise


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def result(
    id_: str, *, answerable: bool, holds: bool, confidence: float, kind: str = "made up"
) -> Result:
    question = TestQuestion(id_, f"{id_}?", ("gold",) if answerable else (), kind=kind)
    held = float(holds) if answerable else None
    measured = dict.fromkeys(
        ("recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10", "passage@5"), None
    ) | {"first_citation": held, "any_citation": held, "quote_words": 5.0}
    quotes = (Quoted("a gold quote", "Title", "a.txt", None, 0.9),)
    measured |= {"exact_match": 0.0 if answerable else None, "token_f1": held}
    return Result(question, "text", confidence, quotes, quotes, 0.1, measured)


RESULTS = [
    result("a", answerable=True, holds=True, confidence=0.9),
    result("b", answerable=True, holds=False, confidence=0.8),
    result("c", answerable=True, holds=True, confidence=0.2),
    result("d", answerable=False, holds=False, confidence=0.7),
    result("e", answerable=False, holds=False, confidence=0.1),
]


# Question sets ------------------------------------------------------------------------------------


def test_a_set_is_read_from_jsonl_and_from_csv_alike(tmp_path: Path) -> None:
    row = {
        "id": "1",
        "question": "When?",
        "answers": ["August 12", "12 August"],
        "document": "a.txt",
        "history": [["Who?", "He."]],
        "kind": "plain",
    }
    jsonl = written(tmp_path / "set.jsonl", json.dumps(row) + "\n\n")
    table = (
        "id,question,answers,document,history,kind\n"
        '1,When?,August 12|12 August,a.txt,"[[""Who?"", ""He.""]]",plain\n'
    )
    csv = written(tmp_path / "set.csv", table)
    assert load_questions(jsonl) == load_questions(csv)
    (question,) = load_questions(csv)
    assert question.answers == ("August 12", "12 August")
    assert question.history == (("Who?", "He."),)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.jsonl", "", "there are no questions in it"),
        ("a.jsonl", '{"id": "1"}', "line 1: the question is missing"),
        ("a.jsonl", '{"question": "Q?"}', "line 1: the id is missing"),
        ("a.jsonl", '{"id": "1", "question": "Q?", "answers": "x"}', "answers is a list of texts"),
        ("a.jsonl", '{"id": "1", "question": "Q?", "history": ["x"]}', "history is a list of"),
        ("a.jsonl", '{"id": "1", "question": "Q?"}\n' * 2, "line 2: the id '1' stands twice"),
        ("a.jsonl", "{", "line 1: no JSON"),
        ("a.jsonl", "[]", "line 1: no JSON object"),
        ("a.jsonl", '{"id": "1", "question": "Q?", "history": 5}', "history is a list of"),
        ("a.jsonl", '{"id": "1", "question": "Q?", "history": [["x", 1]]}', "history is a list of"),
        ("a.jsonl", '{"id": "1", "question": "Q?", "answers": [" "]}', "answers holds an empty"),
        ("a.jsonl", '{"id": "1", "question": "Q?", "answers": ["a"], "parts": 5}', "parts is a"),
        ("a.jsonl", '{"id": "1", "question": "Q?", "parts": [["a"]]}', "parts, but no answers"),
        ("a.csv", "id,question\n1,Q?,more\n", "more fields than headings"),
        ("a.csv", "id,question,history\n1,Q?,[\n", "line 2: history is no JSON"),
        ("a.csv", f"id,question\n1,{'x' * 200_000}\n", "field larger than field limit"),
        ("a.txt", "x", "ends in .jsonl or .csv"),
    ],
)
def test_a_bad_set_says_where_and_what(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(QuestionSetError, match=re.escape(message)):
        load_questions(written(tmp_path / name, text))


def test_a_set_that_is_missing_or_not_text_says_so(tmp_path: Path) -> None:
    with pytest.raises(QuestionSetError, match="no such file"):
        load_questions(tmp_path / "none.jsonl")
    (tmp_path / "latin.jsonl").write_bytes(b"caf\xe9")
    with pytest.raises(QuestionSetError, match="not UTF-8"):
        load_questions(tmp_path / "latin.jsonl")


def test_a_line_ends_at_a_line_feed_and_nowhere_else(tmp_path: Path) -> None:
    row = {"id": "1", "question": "What is\u2028it?\x85"}
    text = json.dumps(row, ensure_ascii=False) + "\r\n"
    (question,) = load_questions(written(tmp_path / "set.jsonl", text))
    assert question.question == row["question"]
    (question,) = load_questions(written(tmp_path / "set.csv", 'id,question\n1,"What\nis it?"\n'))
    assert question.question == "What\nis it?"


# Retrieval ----------------------------------------------------------------------------------------


def passage(text: str, source: str) -> Quoted:
    return Quoted(text, "Title", source, None, 0.5)


RANKED = [
    passage("The summit is on August 12.", "/tmp/b.txt"),
    passage("The summit is in Astana.", "/tmp/a.txt"),
    passage("Come on August 12.", "/tmp/a.txt"),
]


def test_a_passage_is_relevant_when_of_the_document_and_with_the_answer() -> None:
    found = retrieval_of(TestQuestion("1", "When?", ("August 12",), ("a.txt",)), RANKED)
    assert (found["recall@1"], found["recall@5"], found["recall@10"]) == (0, 1, 1)
    assert found["mrr@10"] == pytest.approx(1 / 3)
    assert found["ndcg@10"] == pytest.approx((1 / math.log2(1 + 3)) / (1 / math.log2(1 + 1)))


def test_without_a_short_answer_documents_are_relevant_each_counted_once() -> None:
    essay = "word " * (measures.MAX_GOLD_WORDS + 1)
    asked = TestQuestion("1", "Why?", (essay,), ("a.txt", "c.txt"))
    found = retrieval_of(asked, RANKED)
    assert found["recall@1"] == 0 / 2
    assert found["recall@5"] == 1 / 2
    assert found["mrr@10"] == 1 / 2


@pytest.mark.parametrize(
    "question",
    [
        TestQuestion("1", "When?", ("August 12",)),
        TestQuestion("1", "When?", (), ("a.txt",)),
    ],
)
def test_without_documents_or_answers_retrieval_is_not_measured(question: TestQuestion) -> None:
    assert set(retrieval_of(question, RANKED).values()) == {None}


@given(st.lists(st.booleans(), max_size=12))
def test_ranked_passages_are_measured_as_by_hand(relevant: list[bool]) -> None:
    ten = relevant[:10]
    gain = sum(1 / math.log2(1 + rank) for rank, is_so in enumerate(ten, start=1) if is_so)
    ideal = sum(1 / math.log2(1 + rank) for rank in range(1, sum(ten) + 1))
    found = passages_found(relevant)
    assert found["ndcg@10"] == pytest.approx(gain / ideal if ideal else 0)
    assert found["mrr@10"] == pytest.approx(1 / (ten.index(True) + 1) if any(ten) else 0)
    for depth in (1, 5, 10):
        assert found[f"recall@{depth}"] == any(ten[:depth])


# Figures ------------------------------------------------------------------------------------------


def test_figures_are_means_over_the_eligible_questions() -> None:
    figures = summarise(RESULTS, 0.5).overall
    assert figures["answered"].value == 2 / 3
    assert figures["right"].value == 1 / 3
    assert figures["refused"].value == 1 / 2
    assert figures["any_citation"].value == 2 / 3
    assert figures["any_citation"].n == 3
    # Pairs in which the answerable has more confidence: a>d, a>e, b>d, b>e, c>e of six.
    assert figures["auroc"].value == pytest.approx(5 / 6)
    # By falling confidence: a right, b wrong, d wrong, c right, e wrong.
    risks = (0 / 1, 1 / 2, 2 / 3, 2 / 4, 3 / 5)
    assert figures["aurc"].value == pytest.approx(sum(risks) / 5)
    # One question a bin: the gaps are 0.1, 0.8, 0.8, 0.7 and 0.1.
    assert figures["ece"].value == pytest.approx((0.1 + 0.8 + 0.8 + 0.7 + 0.1) / 5)
    assert "recall@5" not in figures
    assert figures["aurc"].n == 5


scores = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]), st.booleans()), min_size=1)


@given(scores, st.randoms())
def test_bins_of_equal_mass_do_not_depend_on_the_order(
    rows: list[tuple[float, bool]], random: random.Random
) -> None:
    members: dict[int, list[tuple[float, bool]]] = {}
    for said, right in rows:
        below = sum(other < said for other, _ in rows)
        members.setdefault(below * 15 // len(rows), []).append((said, right))
    expected = [
        (len(m), sum(said for said, _ in m) / len(m), sum(right for _, right in m) / len(m))
        for _, m in sorted(members.items())
    ]
    random.shuffle(rows)
    bins = measures.reliability([said for said, _ in rows], [right for _, right in rows])
    assert [b.count for b in bins] == [count for count, _, _ in expected]
    assert [b.said for b in bins] == pytest.approx([said for _, said, _ in expected])
    assert [b.right for b in bins] == pytest.approx([right for _, _, right in expected])


@given(scores)
def test_the_fast_auroc_is_the_one_of_scikit_learn(rows: list[tuple[float, bool]]) -> None:
    said, answerable = [said for said, _ in rows], [is_so for _, is_so in rows]
    slow = measures.auroc(answerable, said)
    fast = measures.auroc_by_ranks(answerable, said)
    assert fast == (None if slow is None else pytest.approx(slow))


def test_the_interval_of_every_figure_holds_its_value() -> None:
    """Confidences that are true: noise alone makes a calibration error of the resamples."""
    results = [
        result(f"{tens} {n}", answerable=True, holds=n < tens, confidence=tens / 10)
        for tens in range(11)
        for n in range(10)
    ]
    figures = summarise(results, 0.5).overall
    assert figures["ece"].value == pytest.approx(0)
    assert all(f.low - 1e-9 <= f.value <= f.high + 1e-9 for f in figures.values())


def test_many_questions_make_fifteen_bins_of_the_same_size() -> None:
    said = [n / 60 for n in range(60)]
    bins = measures.reliability(said, [n % 4 == 0 for n in range(60)])
    assert [b.count for b in bins] == [60 // 15] * 15
    assert bins[0].said == pytest.approx((0 + 1 + 2 + 3) / 60 / 4)
    assert {b.right for b in bins} == {1 / 4}


def test_a_figure_comes_with_the_interval_that_scipy_gives() -> None:
    results = [result(str(n), answerable=True, holds=n % 4 > 0, confidence=0.9) for n in range(200)]
    figure = summarise(results, 0.5).overall["right"]
    row = np.array([n % 4 > 0 for n in range(200)], dtype=float)
    scipy = bootstrap((row,), np.mean, n_resamples=1000, method="percentile", rng=1)
    assert figure.value == 150 / 200
    assert figure.low == pytest.approx(scipy.confidence_interval.low, abs=0.02)
    assert figure.high == pytest.approx(scipy.confidence_interval.high, abs=0.02)


def test_the_same_results_give_the_same_summary() -> None:
    assert summarise(RESULTS, 0.5) == summarise(RESULTS, 0.5)


def test_a_kind_is_measured_over_its_own_questions() -> None:
    other = result("f", answerable=True, holds=False, confidence=0.9, kind="other")
    by_kind = summarise([*RESULTS, other], 0.5).by_kind
    assert by_kind["other"]["right"].value == 0 / 1
    assert by_kind["made up"]["right"].value == 1 / 3
    assert "auroc" not in by_kind["other"]


def test_a_threshold_trades_answers_for_refusals() -> None:
    trades = {t.threshold: t for t in summarise(RESULTS, 0.5).trades}
    assert trades[0.5].right_of_answered == 1 / 3
    assert trades[0.75].answered == 2 / 3
    assert trades[0.75].refused == 1.0
    assert trades[0.15].refused == 1 / 2


def test_a_comparison_counts_what_flipped() -> None:
    better = [result("b", answerable=True, holds=True, confidence=0.8), RESULTS[3]]
    worse = [result("d", answerable=False, holds=False, confidence=0.1)]
    now = [RESULTS[0], better[0], RESULTS[2], worse[0], RESULTS[4]]
    comparison = compare(now, RESULTS, 0.5)
    assert comparison.became_right == ("b", "d")
    assert comparison.became_wrong == ()
    right = comparison.differences["right"]
    assert (right.up, right.same, right.down) == (1, 2, 0)
    assert right.value == pytest.approx(1 / 3)
    # All six pairs are in order now, five were.
    assert comparison.differences["auroc"].value == pytest.approx(6 / 6 - 5 / 6)
    assert comparison.differences["auroc"].up is None
    with pytest.raises(RunError, match="nothing to compare"):
        compare([result("z", answerable=True, holds=True, confidence=1.0)], RESULTS, 0.5)


def test_each_run_of_a_comparison_is_taken_at_its_own_threshold() -> None:
    """From 0.75 on, d (0.7) is refused, which the earlier run answered from 0.5 on."""
    comparison = compare(RESULTS, RESULTS, 0.75, 0.5)
    assert comparison.earlier_threshold == 0.5
    assert comparison.became_right == ("d",)
    refused = comparison.differences["refused"]
    assert (refused.up, refused.same, refused.down) == (1, 1, 0)


def test_a_question_with_another_gold_answer_is_not_compared() -> None:
    changed = replace(RESULTS[0], question=replace(RESULTS[0].question, answers=("new gold",)))
    assert compare([changed, RESULTS[1]], RESULTS, 0.5).shared == 1


def test_a_run_compared_with_itself_has_not_changed() -> None:
    comparison = compare(RESULTS, RESULTS, 0.5)
    assert comparison.shared == len(RESULTS)
    assert {(d.value, d.low, d.high) for d in comparison.differences.values()} == {(0, 0, 0)}
    assert (comparison.became_right, comparison.became_wrong) == ((), ())


def test_every_figure_has_a_meaning_and_the_best_way_up() -> None:
    assert set(MEANING) == set(NAMES)
    assert set(NAMES) - set(HIGHER_IS_BETTER) == {
        "quote_words",
        "text_words",
        "written",
        "aurc",
        "ece",
        "seconds_p50",
        "seconds_p90",
        "seconds_p99",
    }
