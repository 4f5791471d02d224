"""The measures, one function each; `None` where a question is not eligible, never 0."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = Sequence[float] | NDArray[np.float64]
    Truths = Sequence[bool] | NDArray[np.bool_]

# A longer gold answer is a free text, which no quote can be expected to hold.
MAX_GOLD_WORDS = 12
CALIBRATION_BINS = 15

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = str.maketrans(dict.fromkeys(string.punctuation + "–—’‘“”…", " "))


def normalised(text: str) -> str:
    """Case, punctuation, articles and white space made alike (SQuAD: Rajpurkar and others 2016)."""
    return " ".join(_ARTICLES.sub(" ", text.casefold().translate(_PUNCTUATION)).split())


def holds_answer(text: str, answers: Sequence[str]) -> bool:
    """Whether a gold answer stands in the text, from word edge to word edge."""
    inside = f" {normalised(text)} "
    return any(f" {gold} " in inside for answer in answers if (gold := normalised(answer)))


def short_answers(answers: Sequence[str]) -> list[str]:
    """The gold answers that a quote can be expected to hold."""
    return [answer for answer in answers if len(answer.split()) <= MAX_GOLD_WORDS]


def first_citation(quotes: Sequence[str], answers: Sequence[str]) -> float | None:
    """1 when the best quote holds a gold answer, 0 when not; `quotes` are the best first."""
    gold = short_answers(answers)
    return float(holds_answer(quotes[0], gold) if quotes else False) if gold else None


def any_citation(
    quotes: Sequence[str], answers: Sequence[str], parts: Sequence[Sequence[str]] = ()
) -> float | None:
    """1 when a quote holds a gold answer; for a question with parts, one for each part."""
    gold = [short_answers(part) for part in (parts or [answers])]
    if not all(gold):
        return None
    return float(all(any(holds_answer(quote, part) for quote in quotes) for part in gold))


def exact_match(text: str, answers: Sequence[str]) -> float | None:
    """1 when the normalised text is a gold answer (SQuAD); a quoted sentence hardly ever is."""
    return float(normalised(text) in map(normalised, answers)) if answers else None


def token_f1(text: str, answers: Sequence[str]) -> float | None:
    """Harmonic mean of token precision and recall against the best gold answer (SQuAD), 0 to 1.

    A quoted sentence has more words than a short gold answer, so this stays low for quotes.
    """
    return max((_f1(text, answer) for answer in answers), default=None)


def _f1(text: str, answer: str) -> float:
    said, gold = Counter(normalised(text).split()), Counter(normalised(answer).split())
    shared = (said & gold).total()
    return 2 * shared / (said.total() + gold.total()) if shared else 0.0


def retrieval(
    ranked: Sequence[str], relevant: Sequence[str], depths: Sequence[int] = (1, 5, 10)
) -> Mapping[str, float] | None:
    """Recall at each depth, reciprocal rank and nDCG at 10, by trec_eval; each 0 to 1.

    `ranked` are different ids, best first; `None` when nothing is relevant.
    """
    if not relevant:
        return None
    if len(set(ranked)) < len(ranked):
        raise ValueError("an id is ranked twice")
    import pytrec_eval

    ranked = ranked[: max(depths)]
    measures = {f"recall.{','.join(map(str, depths))}", "recip_rank", "ndcg_cut.10"}
    judged = {"q": dict.fromkeys(relevant, 1)}
    evaluator = pytrec_eval.RelevanceEvaluator(judged, measures)
    run = {"q": {id_: float(len(ranked) - rank) for rank, id_ in enumerate(ranked)}}
    found = evaluator.evaluate(run).get("q", {})
    return {
        **{f"recall@{depth}": found.get(f"recall_{depth}", 0.0) for depth in depths},
        "mrr@10": found.get("recip_rank", 0.0),
        "ndcg@10": found.get("ndcg_cut_10", 0.0),
    }


def auroc(answerable: Truths, confidence: Numbers) -> float | None:
    """Probability that an answerable question has more confidence than another, 0 to 1."""
    if len(set(answerable)) < 2:
        return None
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(answerable, confidence))


def auroc_by_ranks(answerable: Truths, confidence: Numbers) -> float | None:
    """The same as `auroc`, by counting pairs (Mann and Whitney 1947): fast, for resamples."""
    import numpy as np

    is_answerable, said = np.asarray(answerable, bool), np.asarray(confidence, float)
    pairs = int(is_answerable.sum()) * int((~is_answerable).sum())
    if not pairs:
        return None
    others = np.sort(said[~is_answerable])
    below = np.searchsorted(others, said[is_answerable], "left").sum()
    not_above = np.searchsorted(others, said[is_answerable], "right").sum()
    return float((below + not_above) / 2 / pairs)


def calibration_error(confidence: Numbers, right: Truths) -> float | None:
    """Expected calibration error, 0 (best) to 1 (Guo and others 2017), over bins of equal mass.

    A small set has few questions a bin, and its error comes out too high.
    """
    if not len(right):
        return None
    bins = reliability(confidence, right)
    return sum(b.count * abs(b.said - b.right) for b in bins) / len(right)


@dataclass(frozen=True, slots=True)
class Bin:
    """The questions of like confidence: how many, what was said and what was true, on average."""

    count: int
    said: float
    right: float


def reliability(confidence: Numbers, right: Truths) -> list[Bin]:
    """The reliability table: 15 bins of as many questions each, by rising confidence.

    Questions of the same confidence share a bin, whatever their order, so that bins can differ in
    size, or be fewer (equal mass: Nguyen and O'Connor 2015).
    """
    import numpy as np

    if not len(right):
        return []
    said = np.asarray(confidence, dtype=float)
    rank = np.searchsorted(np.sort(said), said)
    place = rank * CALIBRATION_BINS // len(said)
    counts = np.bincount(place)
    sums = np.bincount(place, weights=said), np.bincount(place, weights=np.asarray(right, float))
    return [
        Bin(int(count), float(sums[0][at] / count), float(sums[1][at] / count))
        for at, count in enumerate(counts)
        if count
    ]


def risk_coverage(confidence: Numbers, right: Truths) -> list[tuple[float, float]]:
    """(coverage, risk) as the threshold falls: the share answered, and the share wrong among it.

    Questions of the same confidence are answered together (El-Yaniv and Wiener 2010).
    """
    import numpy as np

    said = np.asarray(confidence, float)
    order = np.argsort(-said, kind="stable")
    wrong = np.cumsum(~np.asarray(right, bool)[order])
    ranks = np.arange(1, len(said) + 1)
    is_last = np.append(said[order][1:] < said[order][:-1], True)[: len(said)]
    points = zip(ranks[is_last] / len(said), wrong[is_last] / ranks[is_last], strict=True)
    return [(float(coverage), float(risk)) for coverage, risk in points]


def area_under_risk_coverage(confidence: Numbers, right: Truths) -> float | None:
    """Mean risk over all coverages, 0 (best) to 1."""
    points = risk_coverage(confidence, right)
    area, covered = 0.0, 0.0
    for coverage, risk in points:
        area += (coverage - covered) * risk
        covered = coverage
    return area if points else None
