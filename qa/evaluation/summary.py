"""The summary of a run: each figure with its 95 % bootstrap interval, overall and by kind."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.evaluation import measures
from qa.evaluation.results import Result

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
    "text_holds_answer",
    "text_words",
    "written",
    "exact_match",
    "token_f1",
    "answered",
    "right",
    "refused",
)
OF_ALL = ("auroc", "aurc", "ece", "seconds_p50", "seconds_p90", "seconds_p99")
NAMES = (*BY_QUESTION, *OF_ALL)
# Of the others, less is better, or neither: they make no floor.
HIGHER_IS_BETTER = tuple(
    name for name in (*BY_QUESTION, "auroc") if name not in ("quote_words", "text_words", "written")
)

MEANING = {
    "recall@1": "the first passage is of a named document and holds a gold answer",
    "recall@5": "... one of the first five",
    "recall@10": "... one of the first ten",
    "mrr@10": "reciprocal rank of the first such passage",
    "ndcg@10": "discounted gain of the ten, against their best order",
    "passage@5": "one of the first five holds a gold answer, of any document",
    "first_citation": "the best citation holds a gold answer, at any confidence",
    "any_citation": "a citation holds it (for each part), at any confidence",
    "quote_words": "words quoted in an answer",
    "text_holds_answer": "the text of the answer holds a gold answer, at any confidence",
    "text_words": "words in the text of an answer",
    "written": "answers in the words of the language model; the others are quotes",
    "exact_match": "the answer is a gold answer, word for word",
    "token_f1": "token F1 of the answer; low for whole sentences",
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
    """The figures by name, over all questions and by kind; absent where nothing is eligible.

    `risk_coverage` holds (coverage, risk) as the threshold falls; `reliability` the bins behind
    the calibration error, by rising confidence.
    """

    threshold: float
    overall: dict[str, Figure]
    by_kind: dict[str, dict[str, Figure]]
    trades: tuple[Trade, ...]
    risk_coverage: tuple[tuple[float, float], ...]
    reliability: tuple[measures.Bin, ...]


def summarise(results: Sequence[Result], threshold: float) -> Summary:
    """All figures at this threshold."""
    said, right = confidences(results)
    kinds = sorted({result.question.kind for result in results if result.question.kind})
    return Summary(
        threshold=threshold,
        overall=_figures(results, threshold),
        by_kind={
            kind: _figures([r for r in results if r.question.kind == kind], threshold)
            for kind in kinds
        },
        trades=tuple(_trade(results, limit) for limit in THRESHOLDS),
        risk_coverage=tuple(measures.risk_coverage(said, right)),
        reliability=tuple(measures.reliability(said, right)),
    )


def confidences(results: Sequence[Result]) -> tuple[list[float], list[bool]]:
    """The confidence, and whether the citations hold the answer, of the eligible questions.

    A question whose gold answers are all free texts is not eligible; an unanswerable one is, and
    no citation holds its answer.
    """
    known = [(r.confidence, r.holds_gold) for r in results if r.holds_gold is not None]
    return [said for said, _ in known], [bool(holds) for _, holds in known]


def answerables(results: Sequence[Result]) -> tuple[list[float], list[bool]]:
    """The confidence, and whether the question is answerable, of all questions."""
    return [r.confidence for r in results], [r.question.is_answerable for r in results]


@dataclass(frozen=True, slots=True)
class SetMeasure:
    """A measure, 0 to 1, of a whole set of questions at once, from confidences and truths.

    `eligible` takes both from the results; `resampled` is `measure` again, if there is a faster
    way to it.
    """

    eligible: Callable[[Sequence[Result]], tuple[list[float], list[bool]]]
    measure: Callable[[measures.Numbers, measures.Truths], float | None]
    resampled: Callable[[measures.Numbers, measures.Truths], float | None]


OVER_A_SET = {
    "auroc": SetMeasure(
        answerables,
        lambda said, true: measures.auroc(true, said),
        lambda said, true: measures.auroc_by_ranks(true, said),
    ),
    "aurc": SetMeasure(
        confidences, measures.area_under_risk_coverage, measures.area_under_risk_coverage
    ),
    "ece": SetMeasure(confidences, measures.calibration_error, measures.calibration_error),
}


def measured(result: Result, name: str, threshold: float) -> float | None:
    """One question's measure; `None` when it is not eligible."""
    is_answered = result.is_answered(threshold)
    if name == "answered":
        return float(is_answered) if result.question.is_answerable else None
    if name == "refused":
        return None if result.question.is_answerable else float(not is_answered)
    if name == "right":
        is_right = result.is_right(threshold) if result.question.is_answerable else None
        return None if is_right is None else float(is_right)
    return result.measured.get(name)


def _figures(results: Sequence[Result], threshold: float) -> dict[str, Figure]:
    found: dict[str, Figure | None] = {}
    for name in BY_QUESTION:
        values = [v for r in results if (v := measured(r, name, threshold)) is not None]
        found[name] = _mean(values)
    for name, measure in OVER_A_SET.items():
        found[name] = _of_set(results, measure)
    for percent in (50, 90, 99):
        found[f"seconds_p{percent}"] = _percentile([r.seconds for r in results], percent)
    return {name: figure for name, figure in found.items() if figure is not None}


def resamples(n: int) -> NDArray[np.intp]:
    """The drawn questions, RESAMPLES rows of `n` places; the same for the same `n`."""
    import numpy as np

    return np.random.default_rng(SEED).integers(0, n, (RESAMPLES, n))


def interval(values: Sequence[float] | NDArray[np.float64]) -> tuple[float, float]:
    """The middle 95 % of resampled values (percentile bootstrap: Efron and Tibshirani 1993)."""
    import numpy as np

    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def _mean(values: Sequence[float]) -> Figure | None:
    import numpy as np

    if not values:
        return None
    row = np.array(values)
    spread = interval(row[resamples(len(row))].mean(axis=1))
    return Figure(float(row.mean()), *spread, len(row))


def _percentile(values: Sequence[float], percent: int) -> Figure | None:
    import numpy as np

    if not values:
        return None
    row = np.array(values)
    spread = interval(np.percentile(row[resamples(len(row))], percent, axis=1))
    return Figure(float(np.percentile(row, percent)), *spread, len(row))


def _of_set(results: Sequence[Result], measure: SetMeasure) -> Figure | None:
    """Resamples for which the measure does not exist are left out.

    They are moved so that their mean is the measure: resampling adds noise, which a calibration
    error takes for error, so that all resamples can lie above it.
    """
    import numpy as np

    said, true = map(np.array, measure.eligible(results))
    value = measure.measure(said, true) if len(said) else None
    if value is None:
        return None
    drawn = (measure.resampled(said[draw], true[draw]) for draw in resamples(len(said)))
    found = np.array([v for v in drawn if v is not None])
    low, high = interval(found - found.mean() + value)
    return Figure(value, max(low, 0.0), min(high, 1.0), len(said))


def _trade(results: Sequence[Result], threshold: float) -> Trade:
    def share(name: str) -> float | None:
        values = [v for r in results if (v := measured(r, name, threshold)) is not None]
        return statistics.fmean(values) if values else None

    shown = [r.holds_gold for r in results if r.is_answered(threshold) and r.holds_gold is not None]
    right = statistics.fmean(shown) if shown else None
    return Trade(threshold, share("answered"), share("refused"), right)
