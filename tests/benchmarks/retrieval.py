"""Which search finds the passage: `python tests/benchmarks/retrieval.py FOLDER` prints a table.

FOLDER holds `documents/` and `questions.jsonl` with the `document` and short `answers` of each
question. A passage is relevant when it is of that document and holds a gold answer.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import bm25s
import Stemmer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from index import Library, Passage
from qa.evaluation.measures import holds_answer, retrieval
from qa.retrieval import CANDIDATES, DENSE_WEIGHT, fused

Search = Callable[[str], list[Passage]]
Fusion = Callable[[Sequence[Passage], Sequence[Passage]], list[Passage]]


def main() -> None:
    """Compare two lexical engines, and three fusions with the dense search."""
    parser = argparse.ArgumentParser(description="Passage retrieval by engine and fusion.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    lines = (folder / "questions.jsonl").read_text("utf-8").splitlines()
    asked = [question for question in map(json.loads, lines) if question["answers"]]
    table = Table("search", "recall@1", "recall@5", "MRR@10", "nDCG@10", "median s")
    with tempfile.TemporaryDirectory() as home:
        library = Library.open(home)
        library.add([folder / "documents"])
        searches = engines(library)
        relevant = [relevant_to(question, searches["everything"]("")) for question in asked]
        for name, search in searches.items():
            if name != "everything":
                table.add_row(name, *measured(name, search, asked, relevant))
    Console(width=100).print(table)


def engines(library: Library) -> dict[str, Search]:
    """The searches by name; "everything" gives every passage."""
    everything = library.search_dense("anything", k=100_000)
    dense = partial(library.search_dense, k=CANDIDATES)
    fts5 = partial(library.search_lexical, k=CANDIDATES)
    other = bm25s_search(everything)

    def both(fusion: Fusion, lexical: Search) -> Search:
        return lambda question: fusion(dense(question), lexical(question))

    z = f"z {DENSE_WEIGHT} dense"
    return {
        "everything": lambda _: everything,
        "dense": dense,
        "FTS5": fts5,
        "bm25s": other,
        f"FTS5, weighted {z} (used)": both(fused, fts5),
        f"bm25s, weighted {z}": both(fused, other),
        "FTS5, weighted min-max": both(min_max, fts5),
        "FTS5, CombMNZ": both(comb_mnz, fts5),
        "FTS5, reciprocal ranks": both(reciprocal_ranks, fts5),
    }


def bm25s_search(passages: Sequence[Passage]) -> Search:
    """The passages behind their titles in bm25s, stemmed, without English stop words."""
    stemmer = Stemmer.Stemmer("porter")

    def tokens(texts: list[str]) -> object:
        return bm25s.tokenize(texts, stopwords="en", stemmer=stemmer, show_progress=False)

    index = bm25s.BM25()
    index.index(tokens([f"{p.title} {p.text}" for p in passages]), show_progress=False)

    def search(question: str) -> list[Passage]:
        depth = min(CANDIDATES, len(passages))
        found, scores = index.retrieve(tokens([question]), k=depth, show_progress=False)
        pairs = zip(found[0].tolist(), scores[0].tolist(), strict=True)
        return [rescored(passages[i], score) for i, score in pairs if score > 0]

    return search


def rescored(passage: Passage, score: float) -> Passage:
    """The passage with another score."""
    return replace(passage, score=score)


def min_max(dense: Sequence[Passage], lexical: Sequence[Passage]) -> list[Passage]:
    """The weighted sum of scores scaled to 0 to 1."""
    weights = (DENSE_WEIGHT, 1 - DENSE_WEIGHT)
    return _summed([_scaled(found, w) for found, w in zip((dense, lexical), weights, strict=True)])


def comb_mnz(dense: Sequence[Passage], lexical: Sequence[Passage]) -> list[Passage]:
    """The sum of scaled scores, times the searches that found it (Fox and Shaw 1994)."""
    found = [{p.key for p in dense}, {p.key for p in lexical}]
    summed = _summed([_scaled(dense, 1.0), _scaled(lexical, 1.0)])
    return _best_first([rescored(p, p.score * sum(p.key in f for f in found)) for p in summed])


def reciprocal_ranks(dense: Sequence[Passage], lexical: Sequence[Passage]) -> list[Passage]:
    """The sum of 1 / (60 + rank) (Cormack, Clarke and Buettcher 2009)."""
    return _summed(
        [
            [rescored(p, 1 / (60 + rank)) for rank, p in enumerate(found, start=1)]
            for found in (dense, lexical)
        ]
    )


def _scaled(found: Sequence[Passage], weight: float) -> list[Passage]:
    scores = [passage.score for passage in found]
    low, high = min(scores, default=0.0), max(scores, default=1.0)
    return [rescored(p, weight * (p.score - low) / ((high - low) or 1.0)) for p in found]


def _summed(lists: Sequence[Sequence[Passage]]) -> list[Passage]:
    total: dict[tuple[str, int], Passage] = {}
    for passage in (passage for found in lists for passage in found):
        before = total.get(passage.key)
        total[passage.key] = rescored(passage, passage.score + (before.score if before else 0.0))
    return _best_first(list(total.values()))


def _best_first(passages: Sequence[Passage]) -> list[Passage]:
    return sorted(passages, key=lambda passage: -passage.score)


def relevant_to(question: dict[str, str], passages: Sequence[Passage]) -> list[str]:
    """The ids of the passages that answer the question."""
    return [
        str(passage.key)
        for passage in passages
        if Path(passage.source).name == question["document"]
        and holds_answer(passage.text, list(question["answers"]))
    ]


def measured(
    name: str,
    search: Search,
    asked: Sequence[dict[str, str]],
    relevant: Sequence[Sequence[str]],
) -> list[str]:
    """The mean figures of a search, as a row."""
    rows, seconds = [], []
    for question, wanted in zip(
        track(asked, name, console=Console(stderr=True)), relevant, strict=True
    ):
        started = time.perf_counter()
        ranked = search(question["question"])
        seconds.append(time.perf_counter() - started)
        figures = retrieval([str(passage.key) for passage in ranked], wanted)
        if figures is not None:
            rows.append(figures)
    names = ("recall@1", "recall@5", "mrr@10", "ndcg@10")
    means = [f"{statistics.fmean(row[name] for row in rows):.3f}" for name in names]
    return [*means, f"{statistics.median(seconds):.3f}"]


if __name__ == "__main__":
    main()
