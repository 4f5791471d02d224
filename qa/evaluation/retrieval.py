"""What is relevant to a question, and how well the passages of a ranking find it.

A question that names its documents and has short gold answers: a passage is relevant when it is
of such a document and holds a gold answer. How many such passages a library has is not known, so
that recall at k is 1 when one of the first k is relevant, and nDCG compares with the best order of
the same ten. A question that names documents alone: a document is relevant when it is named, and
recall at k is the share of the named documents among the first k different ones. Any other
question, and an unanswerable one, is not eligible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from qa.evaluation import measures
from qa.evaluation.questions import TestQuestion
from qa.evaluation.results import Quoted

DEPTHS = (1, 5, 10)
NAMES = ("recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10")


def retrieval_of(question: TestQuestion, ranked: Sequence[Quoted]) -> Mapping[str, float | None]:
    """The measures by name, each 0 to 1 (1 is best); `ranked` are the passages, best first."""
    found: Mapping[str, float | None] | None = None
    if question.is_answerable and question.documents:
        gold = measures.short_answers(question.answers)
        if gold:
            found = passages_found([is_relevant(p, question.documents, gold) for p in ranked])
        else:
            documents = dict.fromkeys(named(p, question.documents) for p in ranked)
            found = measures.retrieval(list(documents), question.documents, DEPTHS)
    return found or dict.fromkeys(NAMES)


def is_relevant(passage: Quoted, documents: Sequence[str], gold: Sequence[str]) -> bool:
    """Whether the passage is of one of the documents and holds a gold answer."""
    is_of_document = named(passage, documents) in documents
    return is_of_document and measures.holds_answer(passage.quote, gold)


def named(passage: Quoted, documents: Sequence[str]) -> str:
    """The document of a passage, as the question set names it (source or file name) if it does."""
    names = (passage.source, Path(passage.source).name)
    return next((name for name in names if name in documents), passage.source)


def passages_found(relevant: Sequence[bool]) -> Mapping[str, float]:
    """Success at each depth, reciprocal rank and nDCG of the first ten ranks, by trec_eval."""
    relevant = relevant[: max(DEPTHS)]
    if not any(relevant):
        return dict.fromkeys(NAMES, 0.0)
    import pytrec_eval

    ids = [str(rank) for rank in range(len(relevant))]
    judged = {"q": {id_: int(is_so) for id_, is_so in zip(ids, relevant, strict=True)}}
    run = {"q": {id_: float(len(ids) - rank) for rank, id_ in enumerate(ids)}}
    asked = {f"success.{','.join(map(str, DEPTHS))}", "recip_rank", "ndcg_cut.10"}
    found = pytrec_eval.RelevanceEvaluator(judged, asked).evaluate(run)["q"]
    return {
        **{f"recall@{depth}": found[f"success_{depth}"] for depth in DEPTHS},
        "mrr@10": found["recip_rank"],
        "ndcg@10": found["ndcg_cut_10"],
    }
