"""How well a sentence is checked against its paragraph: changed ones caught, true ones passed.

    python -m tests.benchmarks.checking WIKI_DEV [--write]

Over tests/questions/statements.jsonl: the model is fitted on its documents to develop on, the
threshold chosen there (each sentence judged by a fit that left out its document), and both are
reported on the documents to test on, by kind of change. `--write` puts the coefficients in
qa/checking.json. Each true sentence is also held against the next paragraph, which does not carry
it: the kind "elsewhere". The threshold looks at the changed ones alone. A sentence is measured with
the network that has learned from the half of WIKI_DEV without its document (halves.py).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from index import Passage
from index.chunks import split_into_chunks
from qa.answerability import Answerability
from qa.checking import COEFFICIENTS, ENTAILMENT, SIGNALS, Check, Checker
from qa.confidence import Logistic
from qa.cross_encoder import CrossEncoder
from qa.entailment import Entailment
from qa.late_interaction import LateInteraction
from tests.benchmarks.halves import HALVES, half_of, trained_on

STATEMENTS = Path(__file__).parents[1] / "questions" / "statements.jsonl"
CAUGHT = 0.95
PASSED = 0.90


@dataclass(frozen=True, slots=True)
class Measured:
    """A labelled sentence and its signals, as by name."""

    document: str
    kind: str
    supported: bool
    signals: dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("wiki_dev", type=Path)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    rows = [json.loads(line) for line in STATEMENTS.read_text(encoding="utf-8").splitlines()]
    documents_folder = chosen.wiki_dev / "documents"
    rows += _elsewhere(rows, documents_folder)
    documents = {row["document"] for row in rows}
    even, odd = ([r for r in rows if half_of(r["document"], documents) == h] for h in HALVES)
    with tempfile.TemporaryDirectory() as folder:
        develop = _measured(even, documents_folder, trained_on("odd", Path(folder)))
        test = _measured(odd, documents_folder, trained_on("even", Path(folder)))

    checks = {
        "without": _checked(develop, test, SIGNALS),
        "with_entailment": _checked(develop, test, (*SIGNALS, *ENTAILMENT)),
    }
    if chosen.write:
        told = {name: check.to_dict() for name, check in checks.items()}
        COEFFICIENTS.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def _is_changed(row: Measured) -> bool:
    return not row.supported and row.kind != "elsewhere"


def _checked(develop: Sequence[Measured], test: Sequence[Measured], names: Sequence[str]) -> Check:
    crossed = _cross_validated(develop, names)
    wrong = [p for row, p in zip(develop, crossed, strict=True) if _is_changed(row)]
    threshold = round(float(np.quantile(wrong, CAUGHT)), 4)
    model = _fitted(develop, names)
    print(f"\n== signals: {', '.join(names)}")
    _tell("developing, left-out documents", develop, crossed, threshold)
    _tell("testing", test, _probabilities(model, test), threshold)
    return Check(model, threshold)


def _elsewhere(rows: Sequence[dict[str, object]], folder: Path) -> list[dict[str, object]]:
    """The true sentences, each with the paragraph behind its own (before it, for the last)."""
    moved = []
    for row in rows:
        if not row["supported"]:
            continue
        text = (folder / str(row["document"])).read_text(encoding="utf-8")
        here, last = int(str(row["paragraph"])), len(text.split("\n\n")) - 1
        other = here + 1 if here < last else here - 1
        moved.append({**row, "paragraph": other, "supported": False, "kind": "elsewhere"})
    return moved


def _measured(
    rows: Sequence[dict[str, object]], documents: Path, answerability: Answerability
) -> list[Measured]:
    checker = Checker(CrossEncoder(), LateInteraction(), answerability, Entailment())
    measured = []
    for row in rows:
        name, sentence = str(row["document"]), str(row["sentence"])
        text = (documents / name).read_text(encoding="utf-8")
        paragraphs = text.split("\n\n")
        found = [
            checker.compare(sentence, passage)[1]
            for passage in _passages(
                text, paragraphs[0].strip(), paragraphs[int(str(row["paragraph"]))]
            )
        ]
        best = max(found, key=lambda signals: signals["likeness"] - 0.03 * signals["distant"])
        measured.append(Measured(name, str(row["kind"]), bool(row["supported"]), best))
    return measured


def _passages(text: str, title: str, paragraph: str) -> list[Passage]:
    start = text.index(paragraph)
    end = start + len(paragraph)
    return [
        Passage(
            chunk.span.of(text),
            title,
            title,
            title,
            None,
            chunk.span.start,
            chunk.span.end,
            sentences=chunk.sentences,
        )
        for chunk in split_into_chunks(text)
        if chunk.span.start < end and chunk.span.end > start
    ]


def _fitted(rows: Sequence[Measured], names: Sequence[str]) -> Logistic:
    table = np.array([[row.signals[name] for name in names] for row in rows])
    mean, spread = table.mean(axis=0), table.std(axis=0) + 1e-6
    fit = LogisticRegression(C=0.3, class_weight="balanced", max_iter=3000)
    fit.fit((table - mean) / spread, [row.supported for row in rows])
    weights = fit.coef_[0] / spread
    intercept = float(fit.intercept_[0] - weights @ mean)
    named = {name: round(float(w), 5) for name, w in zip(names, weights, strict=True)}
    return Logistic(round(intercept, 5), named)


def _probabilities(model: Logistic, rows: Sequence[Measured]) -> NDArray[np.float64]:
    log_odds = np.array([model.log_odds(row.signals) for row in rows])
    return 1 / (1 + np.exp(-log_odds))


def _cross_validated(rows: Sequence[Measured], names: Sequence[str]) -> NDArray[np.float64]:
    found = np.zeros(len(rows))
    for document in {row.document for row in rows}:
        model = _fitted([row for row in rows if row.document != document], names)
        left_out = [place for place, row in enumerate(rows) if row.document == document]
        found[left_out] = _probabilities(model, [rows[place] for place in left_out])
    return found


def _tell(
    name: str, rows: Sequence[Measured], probabilities: NDArray[np.float64], threshold: float
) -> None:
    true = np.array([row.supported for row in rows])
    changed = np.array([_is_changed(row) for row in rows])
    passed = probabilities >= threshold
    at_passed = np.quantile(probabilities[true], 1 - PASSED)
    known = true | changed
    print(f"\n{name}: {true.sum()} true, {changed.sum()} changed sentences")
    print(f"  AUROC {roc_auc_score(true[known], probabilities[known]):.3f}")
    print(f"  threshold {threshold:.3f}: caught {1 - passed[changed].mean():.3f},", end=" ")
    print(f"true passed {passed[true].mean():.3f}")
    print(f"  at {PASSED} passed: caught {(probabilities[changed] < at_passed).mean():.3f}")
    kinds = Counter(row.kind for row in rows if not row.supported)
    for kind, count in sorted(kinds.items()):
        of_kind = np.array([row.kind == kind for row in rows])
        print(f"  {kind:9} caught {(~passed[of_kind]).sum():3} of {count}")


if __name__ == "__main__":
    main()
