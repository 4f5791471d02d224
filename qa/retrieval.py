"""Retrieval: dense and lexical search, fused into one ranking."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from index import Library, Passage, Where
from qa.cross_encoder import Reranker

# Each search gives so many candidates; a passage that neither ranks as high is not the answer.
CANDIDATES = 50
# The rest of the weight is the lexical score's; compared by tests/benchmarks/retrieval.py.
DENSE_WEIGHT = 0.7
# In a conversation, where the question alone says less, so many passages are read as a whole,
# and a logit counts as much of a standard deviation.
PASSAGES_RERANKED = 12
RERANK_WEIGHT = 0.5


def retrieve(
    library: Library,
    queries: Sequence[tuple[str, float]],
    *,
    k: int,
    where: Where | None = None,
) -> list[Passage]:
    """The `k` best passages for weighted queries; scores are the weighted sums of `fused`."""
    scores: dict[tuple[str, int], float] = {}
    passages: dict[tuple[str, int], Passage] = {}
    wanted = max(CANDIDATES, k)
    # In a large library each search takes as long as the other, and SQLite another core.
    with ThreadPoolExecutor(1, "lexical") as beside:
        for query, weight in queries:
            lexical = beside.submit(library.search_lexical, query, k=wanted, where=where)
            dense = library.search_dense(query, k=wanted, where=where)
            for passage in fused(dense, lexical.result()):
                passages[passage.key] = passage
                scores[passage.key] = scores.get(passage.key, 0.0) + weight * passage.score
    found = [replace(passage, score=scores[key]) for key, passage in passages.items()]
    return _ranked(found)[:k]


def reranked(question: str, passages: Sequence[Passage], reranker: Reranker) -> list[Passage]:
    """The passages by their score and the cross-encoder's logit for the whole passage."""
    logits = reranker([(question, passage.text) for passage in passages])
    return _ranked(
        replace(passage, score=passage.score + RERANK_WEIGHT * logit)
        for passage, logit in zip(passages, logits, strict=True)
    )


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
    return _ranked(scored)


def _ranked(passages: Iterable[Passage]) -> list[Passage]:
    return sorted(passages, key=lambda passage: (-passage.score, passage.key))


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
