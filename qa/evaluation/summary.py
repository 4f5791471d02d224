"""The summary of a run: each figure with its 95 % bootstrap interval, overall and by kind."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qa.evaluation import measures
from qa.evaluation.run import Result

RESAMPLES = 1000
SEED = 20
THRESHOLDS = tuple(n / 20 for n in range(1, 20))

# Measured for one question, then averaged over those that are eligible.
BY_QUESTION = (
    "recall@1",
    "recall@5",
    "recall@10",
    "mrr@10",
    "ndcg@10",
    "passage@5",
    "first_citation",
    "any_citation",
    "quote_words",
    "exact_match",
    "token_f1",
    "answered",
    "right",
    "refused",
)
OF_ALL = ("auroc", "aurc", "ece", "seconds_p50", "seconds_p90", "seconds_p99")
NAMES = (*BY_QUESTION, *OF_ALL)

MEANING = {
    "recall@1": "share of the named documents found first",
    "recall@5": "... among the first five",
    "recall@10": "... among the first ten passages",
    "mrr@10": "reciprocal rank of the first named document",
    "ndcg@10": "discounted gain of the ranking",
    "passage@5": "one of the first five passages holds a gold answer",
    "first_citation": "the best citation holds a gold answer, at any confidence",
    "any_citation": "a citation holds it (for each part), at any confidence",
    "quote_words": "words quoted in an answer",
    "exact_match": "the quotes are a gold answer, word for word",
    "token_f1": "token F1 of the quotes; low for whole sentences",
    "answered": "answerable questions that were answered",
    "right": "answerable questions answered, with a citation that holds a gold answer",
    "refused": "unanswerable questions that were refused",
    "auroc": "an answerable question has more confidence than another",
    "aurc": "area under the risk-coverage curve; 0 is best",
    "ece": "expected calibration error of the confidence; 0 is best",
    "seconds_p50": "seconds a question, median",
    "seconds_p90": "... 90th percentile",
    "seconds_p99": "... 99th percentile",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure over `n` eligible questions, with the 95 % interval of resampled questions."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Trade:
    """What a threshold gives: shares of 0 to 1, `None` where no question is eligible."""

    threshold: float
    answered: float | None
    refused: float | None
    right_of_answered: float | None


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures by name, over all questions and by kind; absent where nothing is eligible."""

    threshold: float
    overall: dict[str, Figure]
    by_kind: dict[str, dict[str, Figure]]
    trades: tuple[Trade, ...]


def summarise(results: Sequence[Result], threshold: float) -> Summary:
    """All figures at this threshold."""
    kinds = sorted({result.question.kind for result in results if result.question.kind})
    return Summary(
        threshold=threshold,
        overall=_figures(results, threshold),
        by_kind={
            kind: _figures([r for r in results if r.question.kind == kind], threshold)
            for kind in kinds
        },
        trades=tuple(_trade(results, limit) for limit in THRESHOLDS),
    )


def measured(result: Result, name: str, threshold: float) -> float | None:
    """One question's measure; `None` when it is not eligible."""
    is_answered = result.confidence >= threshold and bool(result.citations)
    if name == "answered":
        return float(is_answered) if result.question.is_answerable else None
    if name == "refused":
        return None if result.question.is_answerable else float(not is_answered)
    if name == "right":
        held = result.holds_gold
        is_eligible = result.question.is_answerable and held is not None
        return float(is_answered and bool(held)) if is_eligible else None
    return result.measured[name]


def _figures(results: Sequence[Result], threshold: float) -> dict[str, Figure]:
    found: dict[str, Figure | None] = {}
    for name in BY_QUESTION:
        values = [v for r in results if (v := measured(r, name, threshold)) is not None]
        found[name] = _mean(values)
    known = [r for r in results if r.holds_gold is not None]
    found["auroc"] = _resampled(
        results,
        lambda rs: measures.auroc(
            [r.question.is_answerable for r in rs], [r.confidence for r in rs]
        ),
    )
    found["aurc"] = _resampled(
        known,
        lambda rs: measures.area_under_risk_coverage(
            [r.confidence for r in rs], [bool(r.holds_gold) for r in rs]
        ),
    )
    found["ece"] = _resampled(
        known,
        lambda rs: measures.calibration_error(
            [r.confidence for r in rs], [bool(r.holds_gold) for r in rs]
        ),
    )
    for percent in (50, 90, 99):
        found[f"seconds_p{percent}"] = _percentile([r.seconds for r in results], percent)
    return {name: figure for name, figure in found.items() if figure is not None}


def _mean(values: Sequence[float]) -> Figure | None:
    """The mean with its percentile bootstrap interval (Efron and Tibshirani 1993)."""
    import numpy as np

    if not values:
        return None
    row = np.array(values)
    draws = np.random.default_rng(SEED).integers(0, len(row), (RESAMPLES, len(row)))
    low, high = np.quantile(row[draws].mean(axis=1), (0.025, 0.975))
    return Figure(float(row.mean()), float(low), float(high), len(row))


def _percentile(values: Sequence[float], percent: int) -> Figure | None:
    import numpy as np

    if not values:
        return None
    row = np.array(values)
    draws = np.random.default_rng(SEED).integers(0, len(row), (RESAMPLES, len(row)))
    low, high = np.quantile(np.percentile(row[draws], percent, axis=1), (0.025, 0.975))
    return Figure(float(np.percentile(row, percent)), float(low), float(high), len(row))


def _resampled(
    results: Sequence[Result], measure: Callable[[Sequence[Result]], float | None]
) -> Figure | None:
    """A measure of a whole set; resamples for which it does not exist are left out."""
    import numpy as np

    value = measure(results) if results else None
    if value is None:
        return None
    draws = np.random.default_rng(SEED).integers(0, len(results), (RESAMPLES // 5, len(results)))
    values = [v for draw in draws if (v := measure([results[i] for i in draw])) is not None]
    low, high = np.quantile(values, (0.025, 0.975))
    return Figure(value, float(low), float(high), len(results))


def _trade(results: Sequence[Result], threshold: float) -> Trade:
    def share(name: str) -> float | None:
        values = [v for r in results if (v := measured(r, name, threshold)) is not None]
        return statistics.fmean(values) if values else None

    shown = [
        bool(r.holds_gold)
        for r in results
        if r.confidence >= threshold and r.citations and r.holds_gold is not None
    ]
    right = statistics.fmean(shown) if shown else None
    return Trade(threshold, share("answered"), share("refused"), right)
