"""Retrieval: dense and lexical search, fused into one ranking."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import replace

from index import Library, Passage

# Each search gives so many candidates; a passage that neither ranks as high is not the answer.
CANDIDATES = 50
# The rest of the weight is the lexical score's; compared by tests/benchmarks/retrieval.py.
DENSE_WEIGHT = 0.7


def retrieve(library: Library, query: str, *, k: int) -> list[Passage]:
    """The `k` best passages of both searches; their scores are weighted standard scores."""
    dense = library.search_dense(query, k=max(CANDIDATES, k))
    lexical = library.search_lexical(query, k=max(CANDIDATES, k))
    return fused(dense, lexical)[:k]


def fused(dense: Sequence[Passage], lexical: Sequence[Passage]) -> list[Passage]:
    """One ranking of all passages, best first: the weighted sum of standardised scores.

    A passage that only one search found has the lowest score of the other: the worst cosine of
    the candidates, or a BM25 of 0. (Weighted fusion: Bruch, Gai and Ingber 2023.)
    """
    candidates = {passage.key: passage for passage in (*lexical, *dense)}
    by_meaning = _standardised(dense, candidates, floor=min((p.score for p in dense), default=0.0))
    by_words = _standardised(lexical, candidates, floor=0.0)
    scored = [
        replace(
            passage,
            score=DENSE_WEIGHT * by_meaning[key] + (1 - DENSE_WEIGHT) * by_words[key],
        )
        for key, passage in candidates.items()
    ]
    return sorted(scored, key=lambda passage: (-passage.score, passage.key))


def _standardised(
    found: Sequence[Passage], candidates: dict[tuple[str, int], Passage], *, floor: float
) -> dict[tuple[str, int], float]:
    """Zero mean and unit variance over the candidates; zeros when all scores are equal."""
    scores = dict.fromkeys(candidates, floor) | {passage.key: passage.score for passage in found}
    if not scores:
        return {}
    mean, deviation = statistics.fmean(scores.values()), statistics.pstdev(scores.values())
    if deviation < 1e-9:
        return dict.fromkeys(scores, 0.0)
    return {key: (score - mean) / deviation for key, score in scores.items()}
