"""The measures, one function each; `None` where a question is not eligible, never 0."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# A longer gold answer is a free text, which no quote can be expected to hold.
MAX_GOLD_WORDS = 15
CALIBRATION_BINS = 10

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


def auroc(answerable: Sequence[bool], confidence: Sequence[float]) -> float | None:
    """Probability that an answerable question has more confidence than another, 0 to 1."""
    if len(set(answerable)) < 2:
        return None
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(answerable, confidence))


def calibration_error(confidence: Sequence[float], right: Sequence[bool]) -> float | None:
    """Expected calibration error, 0 (best) to 1, over bins of the same width (Guo et al. 2017)."""
    if not right:
        return None
    bins = reliability(confidence, right)
    return sum(b.count * abs(b.said - b.right) for b in bins) / len(right)


@dataclass(frozen=True, slots=True)
class Bin:
    """The questions of like confidence: how many, what was said and what was true, on average."""

    count: int
    said: float
    right: float


def reliability(confidence: Sequence[float], right: Sequence[bool]) -> list[Bin]:
    """The reliability diagram: bins of the same width, without the empty ones."""
    members: dict[int, list[int]] = {}
    for i, said in enumerate(confidence):
        place = min(int(said * CALIBRATION_BINS), CALIBRATION_BINS - 1)
        members.setdefault(place, []).append(i)
    return [
        Bin(
            len(inside),
            sum(confidence[i] for i in inside) / len(inside),
            sum(right[i] for i in inside) / len(inside),
        )
        for _, inside in sorted(members.items())
    ]


def risk_coverage(confidence: Sequence[float], right: Sequence[bool]) -> list[tuple[float, float]]:
    """(coverage, risk) as the threshold falls: the share answered, and the share wrong among it.

    Questions of the same confidence are answered together (El-Yaniv and Wiener 2010).
    """
    order = sorted(range(len(right)), key=lambda i: -confidence[i])
    points: list[tuple[float, float]] = []
    wrong = 0
    for rank, i in enumerate(order, start=1):
        wrong += not right[i]
        is_last = rank == len(order) or confidence[order[rank]] < confidence[i]
        if is_last:
            points.append((rank / len(order), wrong / rank))
    return points


def area_under_risk_coverage(confidence: Sequence[float], right: Sequence[bool]) -> float | None:
    """Mean risk over all coverages, 0 (best) to 1."""
    points = risk_coverage(confidence, right)
    area, covered = 0.0, 0.0
    for coverage, risk in points:
        area += (coverage - covered) * risk
        covered = coverage
    return area if points else None
