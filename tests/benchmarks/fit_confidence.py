"""Fit the confidence, say how good it is, and write qa/confidence.json.

    python -m tests.benchmarks.fit_confidence WIKI_DEV [--signals FILE] [--write]

WIKI_DEV is a folder with `documents/` and `questions.jsonl` (answerable questions, and others
whose paragraph was taken out); the near misses stand in tests/questions/near_misses.jsonl, and
POSED are sets that the answerability network has not learned from. A question of WIKI_DEV is asked
with the network that has learned from the half without its document (halves.py). `--signals` keeps
the measured signals in a file, and reads them from there the next time.

Relevance is fitted on answerable against taken-out questions, fidelity on answerable ones against
near misses (never those of the held-back maker), each side with the same total weight. The posed
questions, in words further from the documents', join both with POSED_WEIGHT each. The last step,
scale and shift, is fitted to "a citation holds a gold answer" on answerable and taken-out questions
as they come, with all near misses together weighing NEAR_SHARE of the taken-out ones.
Every figure comes from fits that left out the question's document, one document after another.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from index import Library
from qa import Assistant
from qa.confidence import COEFFICIENTS, Confidence, Logistic
from qa.evaluation.measures import holds_answer
from qa.follow_up import read
from qa.judge import Judge
from qa.signals import FIDELITY, RELEVANCE
from tests.benchmarks.halves import HALVES, half_of, trained_on
from tests.benchmarks.peoples_texts import asked_by_people

QUESTIONS = Path(__file__).parent.parent / "questions"
NEAR_SHARE = 0.1
POSED = ("technical", "reports", "unseen_conversations", "narrative", "crowd_history")
POSED_WEIGHT = 0.2
NATURAL = ("answerable", "taken_out")
# What relevance is fitted on; and what fidelity is not, since nothing there could be unfaithful.
ABOUT = (*NATURAL, "posed", "posed missing")
UNRELATED = ("taken_out", "posed missing")
# Inverse strength of the L2 penalty on standardised signals: strong, lest the fit follow one set.
INVERSE_PENALTY = 0.001
ANSWERED = 0.95
BINS = 10

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Row:
    """One question: `maker` is "answerable", "taken_out" or the maker of a near miss.

    For a posed one it is "posed", and of those without an answer "posed missing" (nothing is said
    on the subject) or "posed near" (something else is).
    """

    document: str
    maker: str
    held_back: bool
    first_right: bool
    right: bool
    words: int
    seconds: float
    signals: dict[str, float]


def main() -> None:
    """Measure, fit, report, and write the coefficients when asked to."""
    parser = argparse.ArgumentParser(description="Fit the confidence and report how good it is.")
    parser.add_argument("wiki_dev", type=Path)
    parser.add_argument("--signals", type=Path)
    parser.add_argument("--write", action="store_true", help=f"write {COEFFICIENTS.name}")
    chosen = parser.parse_args()
    rows = _rows(chosen.wiki_dev, chosen.signals)
    confidence = cross_validated(rows)
    threshold = report(rows, confidence)
    if chosen.write:
        fitted = fit(rows, threshold)
        COEFFICIENTS.write_text(json.dumps(fitted.to_dict(), indent=2) + "\n", encoding="utf-8")


def _rows(wiki_dev: Path, kept: Path | None) -> list[Row]:
    if kept is not None and kept.exists():
        return [Row(**json.loads(line)) for line in _lines(kept)]
    rows = list(_measured(wiki_dev))
    if kept is not None:
        kept.write_text("".join(json.dumps(asdict(row)) + "\n" for row in rows), "utf-8")
    return rows


def _measured(wiki_dev: Path) -> Iterable[Row]:
    asked_there = asked_by_people(wiki_dev)
    documents = {asked["document"] for asked in asked_there}
    with tempfile.TemporaryDirectory() as folder:
        for half in HALVES:
            unseen = [a for a in asked_there if half_of(a["document"], documents) != half]
            judge = Judge(answerability=trained_on(half, Path(folder)))
            yield from _asked(wiki_dev / "documents", unseen, judge)
    judge = Judge()
    for name in POSED:
        folder = QUESTIONS / "answerability" / name
        posed = [
            asked | {"answers": asked["evidence"], "maker": _posed(asked)}
            for asked in map(json.loads, _lines(folder / "questions.jsonl"))
        ]
        yield from _asked(folder / "documents", posed, judge)


def _lines(file: Path) -> list[str]:
    return file.read_text("utf-8").splitlines()


def _posed(asked: dict[str, Any]) -> str:
    if asked["evidence"]:
        return "posed"
    return "posed missing" if asked["kind"] == "missing" else "posed near"


def _asked(documents: Path, questions: Sequence[dict[str, Any]], judge: Judge) -> Iterable[Row]:
    with tempfile.TemporaryDirectory() as home:
        library = Library.open(home)
        library.add([documents])
        assistant = Assistant(library)
        for asked in track(questions, "Measuring", console=Console(stderr=True)):
            question = asked["question"]
            history = [(said, told) for said, told in asked.get("history", ())]
            started = time.perf_counter()
            passages = assistant.retrieve(question, history=history)
            verdict = judge(read(question, history), passages)
            seconds = time.perf_counter() - started
            quotes = [quote.text for quote in verdict.quotes]
            answers = asked["answers"]
            yield Row(
                document=asked["document"],
                maker=asked.get("maker") or ("answerable" if answers else "taken_out"),
                held_back=asked.get("held_back", False),
                first_right=bool(answers) and holds_answer(quotes[0], answers),
                right=bool(answers) and any(holds_answer(quote, answers) for quote in quotes),
                words=sum(len(quote.split()) for quote in quotes),
                seconds=seconds,
                signals=verdict.signals,
            )


def fit(rows: Sequence[Row], threshold: float = 0.5) -> Confidence:
    """The confidence fitted on these rows, without those held back."""
    rows = [row for row in rows if not row.held_back]
    relevance = _fit_stage([row for row in rows if row.maker in ABOUT], RELEVANCE)
    fidelity = _fit_stage([row for row in rows if row.maker not in UNRELATED], FIDELITY)
    raw = Confidence(relevance, fidelity, 1.0, 0.0, threshold)
    counted = [row for row in rows if not row.maker.startswith("posed")]
    taken_out = sum(row.maker == "taken_out" for row in counted)
    near_misses = sum(row.maker not in NATURAL for row in counted)
    share = NEAR_SHARE * taken_out / near_misses
    calibration = LogisticRegression(C=1e3).fit(
        [[raw.joint(row.signals)] for row in counted],
        [row.right for row in counted],
        sample_weight=[1.0 if row.maker in NATURAL else share for row in counted],
    )
    scale, shift = float(calibration.coef_[0, 0]), float(calibration.intercept_[0])
    return Confidence(relevance, fidelity, scale, shift, threshold)


def _fit_stage(rows: Sequence[Row], names: Sequence[str]) -> Logistic:
    """Answerable against the others, both with the same total weight."""
    inputs = np.array([[row.signals[name] for name in names] for row in rows])
    labels = np.array([row.maker in ("answerable", "posed") for row in rows])
    weights = np.array([POSED_WEIGHT if row.maker.startswith("posed") else 1.0 for row in rows])
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0) + 1e-6
    weights[~labels] *= weights[labels].sum() / weights[~labels].sum()
    model = LogisticRegression(C=INVERSE_PENALTY, max_iter=2000).fit(
        (inputs - mean) / spread, labels, sample_weight=weights
    )
    slopes = model.coef_[0] / spread
    coefficients = dict(zip(names, map(float, slopes), strict=True))
    return Logistic(float(model.intercept_[0] - slopes @ mean), coefficients)


def cross_validated(rows: Sequence[Row]) -> Floats:
    """Each row's confidence from a fit that has not seen its document."""
    confidence = np.zeros(len(rows))
    for document in sorted({row.document for row in rows}):
        model = fit([row for row in rows if row.document != document])
        for i, row in enumerate(rows):
            if row.document == document:
                confidence[i] = model(row.signals)
    return confidence


def report(rows: Sequence[Row], confidence: Floats) -> float:
    """Print the figures; gives the highest threshold that answers ANSWERED of the answerable."""
    makers = np.array([row.maker for row in rows])
    held_back = np.array([row.held_back for row in rows])
    right = np.array([row.right for row in rows])
    answerable, taken_out = makers == "answerable", makers == "taken_out"
    posed = np.array([row.maker.startswith("posed") for row in rows])
    near = ~answerable & ~taken_out & ~held_back & ~posed
    console = Console(width=100)
    console.print(_quoting(rows))
    console.print(_separation(confidence, answerable, taken_out, near, held_back, makers))
    area = roc_auc_score(makers[posed] == "posed", confidence[posed])
    console.print(f"Posed questions, {posed.sum()}, among themselves: AUROC {area:.3f}\n")
    natural = answerable | taken_out
    console.print(_reliability(confidence[natural], right[natural]))
    threshold = _floor(np.quantile(confidence[answerable], 1 - ANSWERED, method="lower"))
    console.print(_trade(confidence, answerable, taken_out, near, held_back, right, threshold))
    return threshold


def _quoting(rows: Sequence[Row]) -> Table:
    answerable = [row for row in rows if row.maker == "answerable"]
    table = Table("figure", "value", title=f"Quotes, {len(answerable)} answerable questions")
    table.add_row("first citation holds", f"{_mean(r.first_right for r in answerable):.3f}")
    table.add_row("any citation holds", f"{_mean(r.right for r in answerable):.3f}")
    table.add_row("words an answer, mean", f"{_mean(r.words for r in answerable):.1f}")
    table.add_row("seconds a question, median", f"{statistics.median(r.seconds for r in rows):.3f}")
    return table


def _separation(
    confidence: Floats,
    answerable: Flags,
    taken_out: Flags,
    near: Flags,
    held_back: Flags,
    makers: NDArray[np.str_],
) -> Table:
    table = Table("against the answerable", "n", "AUROC", title="Telling answers apart")
    groups = {"taken out": taken_out, "near misses": near, "held-back maker": held_back}
    groups |= {f"  {maker}": near & (makers == maker) for maker in sorted(set(makers[near]))}
    for name, group in groups.items():
        both = answerable | group
        area = roc_auc_score(answerable[both], confidence[both])
        table.add_row(name, str(group.sum()), f"{area:.3f}")
    return table


def _reliability(confidence: Floats, right: Flags) -> Table:
    """Reliability diagram as a table; bins of the same width."""
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    error = sum(abs(confidence[place == b].sum() - right[place == b].sum()) for b in range(BINS))
    title = f"Reliability: expected calibration error {error / len(right):.3f}"
    table = Table("confidence", "n", "said", "right", "", title=title)
    for b in range(BINS):
        here = place == b
        if here.any():
            said, was = confidence[here].mean(), right[here].mean()
            span = f"{b / BINS:.1f} to {(b + 1) / BINS:.1f}"
            table.add_row(span, str(here.sum()), f"{said:.2f}", f"{was:.2f}", "█" * round(20 * was))
    return table


def _trade(
    confidence: Floats,
    answerable: Flags,
    taken_out: Flags,
    near: Flags,
    held_back: Flags,
    right: Flags,
    default: float,
) -> Table:
    headings = ("threshold", "answered", "right of these", "taken out refused")
    table = Table(*headings, "near misses refused", "held back refused", title="Thresholds")
    for threshold in sorted({*(n / 10 for n in range(1, 10)), default}):
        shown = confidence >= threshold
        figures = (
            shown[answerable].mean(),
            right[shown & (answerable | taken_out)].mean(),
            *(1 - shown[group].mean() for group in (taken_out, near, held_back)),
        )
        mark = " (default)" if threshold == default else ""
        table.add_row(f"{threshold:.2f}{mark}", *(f"{figure:.3f}" for figure in figures))
    return table


def _floor(value: float) -> float:
    """The next lower hundredth."""
    return float(np.floor(value * 100) / 100)


def _mean(values: Iterable[float]) -> float:
    return statistics.fmean(values)


if __name__ == "__main__":
    main()
