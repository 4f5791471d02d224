"""The measures against arithmetic that can be read."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluation import measures


def test_a_gold_answer_is_held_from_word_edge_to_word_edge() -> None:
    assert measures.holds_answer("It is set for the “August 12”.", ["august 12"])
    assert not measures.holds_answer("It is set for August 121.", ["August 12"])
    assert measures.holds_answer("on 1,500 roads", ["1 500 roads"])
    assert not measures.holds_answer("anything", ["the"])


def test_the_best_quote_counts_first_and_any_quote_for_any() -> None:
    quotes = ["in Astana", "on August 12"]
    assert measures.first_citation(quotes, ["August 12"]) == 0.0
    assert measures.any_citation(quotes, ["August 12"]) == 1.0
    assert measures.first_citation([], ["August 12"]) == 0.0


def test_every_part_has_to_be_held() -> None:
    parts = [["Astana"], ["August 12", "12 August"]]
    assert measures.any_citation(["in Astana on August 12"], ["x"], parts) == 1.0
    assert measures.any_citation(["in Astana"], ["x"], parts) == 0.0


def test_what_is_not_eligible_is_none_and_not_zero() -> None:
    free_text = "word " * (measures.MAX_GOLD_WORDS + 1)
    assert measures.first_citation(["quote"], []) is None
    assert measures.any_citation(["quote"], [free_text]) is None
    assert measures.token_f1("text", []) is None
    assert measures.retrieval(["a"], []) is None
    assert measures.auroc([True, True], [0.1, 0.2]) is None
    assert measures.calibration_error([], []) is None


def test_token_f1_is_the_harmonic_mean_of_precision_and_recall() -> None:
    # Two of four tokens are gold, and both gold tokens are there.
    precision, recall = 2 / 4, 2 / 2
    expected = 2 * precision * recall / (precision + recall)
    assert measures.token_f1("held on August 12", ["August 12", "nothing"]) == expected
    assert measures.exact_match("The August 12.", ["august 12"]) == 1.0


def test_retrieval_follows_trec_eval() -> None:
    found = measures.retrieval(["x", "a", "y", "b"], ["a", "b", "c"])
    assert found is not None
    assert found["recall@1"] == 0
    assert found["recall@5"] == pytest.approx(2 / 3)
    assert found["mrr@10"] == 1 / 2
    gain = 1 / math.log2(3) + 1 / math.log2(5)
    ideal = 1 / math.log2(2) + 1 / math.log2(3) + 1 / math.log2(4)
    assert found["ndcg@10"] == pytest.approx(gain / ideal)
    with pytest.raises(ValueError, match="ranked twice"):
        measures.retrieval(["a", "a"], ["a"])


def test_reliability_bins_hold_every_question_once() -> None:
    bins = measures.reliability([0.05, 0.95, 0.95, 1.0], [False, True, False, True])
    assert [(b.count, b.right) for b in bins] == [(1, 0.0), (2, 1 / 2), (1, 1.0)]


scores = st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.5, 0.9]), st.booleans()), min_size=1)


@given(scores)
def test_risk_and_coverage_are_those_of_every_threshold(rows: list[tuple[float, bool]]) -> None:
    confidence, right = [c for c, _ in rows], [r for _, r in rows]
    expected = []
    for threshold in sorted(set(confidence), reverse=True):
        answered = [was for said, was in rows if said >= threshold]
        expected.append((len(answered) / len(rows), answered.count(False) / len(answered)))
    assert measures.risk_coverage(confidence, right) == expected
