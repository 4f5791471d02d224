"""Train the answerability network in three stages, and say after each epoch how good it is.

    pip install torch onnx               # beside the development packages; two cores need two hours
    F="python -m tests.benchmarks.fit_answerability"
    $F first first.npz
    $F second second.npz --start first.npz
    $F people even.npz --start second.npz --wiki-dev WIKI_DEV --half even
    $F people odd.npz --start second.npz --wiki-dev WIKI_DEV --half odd
    $F people qa/answerability.npz --start second.npz --wiki-dev WIKI_DEV
    python -m tests.benchmarks.halves even.npz odd.npz

The first two stages learn from the sets in tests/questions/answerability, the second from the later
ones and some of the earlier examples; other sets are left for the confidence (fit_confidence.py),
which has to see the network on questions that it has not seen. The third learns from the questions
that people asked about WIKI_DEV, and from the later statements; `--half` leaves the other half of
the documents of WIKI_DEV out, so that there the network and the confidence can be measured.

A sentence that answers its question, alone and with a neighbour, is a positive; the sentences that
tempt a careless reader, and those that the cross-encoder likes best although they do not answer,
are the negatives. A statement is put in the place of the question: a passage that carries all of it
is a positive. The lower layers stay as they came: their hidden states are computed once.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from sklearn.metrics import roc_auc_score

from qa.signals import titled
from tests.benchmarks.answerability_texts import Question, Text, questions
from tests.benchmarks.answerability_training import Example, Trainer, examples
from tests.benchmarks.halves import HALVES, half_of
from tests.benchmarks.minilm import write
from tests.benchmarks.peoples_texts import PeoplesQuestion, peoples_questions

QUESTIONS = Path(__file__).parent.parent / "questions"
SETS = QUESTIONS / "answerability"
DEVELOPMENT = QUESTIONS / "everyday" / "development"
FIRST = (
    "workplace",
    "products",
    "news",
    "encyclopedia",
    "law_health_finance",
    "pairs",
    "more_pairs",
    "encyclopedia_places",
    "encyclopedia_people",
    "press",
    "office",
    "guides",
    "conversations",
    "more_conversations",
)
SECOND = (
    "terse",
    "rules",
    "crowd_science",
    "news_traps",
    "studies",
    "contracts",
    "people",
)


@dataclass(frozen=True, slots=True)
class Stage:
    """What is learned: all questions of `sets`, all statements about the sets in `statements`.

    And `kept` examples of the sets `again`, lest they be forgotten.
    """

    sets: tuple[str, ...]
    statements: tuple[str, ...]
    again: tuple[str, ...]
    kept: int
    epochs: int
    rate: float


STAGES = {
    "first": Stage(FIRST, FIRST, (), kept=0, epochs=2, rate=8e-5),
    "second": Stage(SECOND, (), FIRST, kept=4000, epochs=2, rate=5e-5),
    "people": Stage((), SECOND, (*FIRST, *SECOND), kept=1500, epochs=1, rate=4e-5),
}


def main() -> None:
    """Read the questions, train, measure, write."""
    parser = argparse.ArgumentParser(description="Train a stage of the answerability network.")
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("written", type=Path, help="the file to write, .npz")
    parser.add_argument("--start", type=Path, help="what the stage before has written")
    parser.add_argument("--wiki-dev", type=Path, help="folder of the questions of people")
    parser.add_argument("--half", choices=HALVES, help="learn from these documents alone")
    parser.add_argument("--texts", type=Path, help="folder that keeps the questions' texts")
    chosen = parser.parse_args()
    torch.manual_seed(0)
    chance = random.Random(0)
    stage, texts = STAGES[chosen.stage], Texts(chosen.texts)
    asked = texts.of_people(chosen.wiki_dev) if chosen.stage == "people" else []
    learned, unseen = _halved(asked, chosen.half)
    learning = _learning(stage, learned, texts, chance)
    development = texts.of_folder(DEVELOPMENT)
    trainer = Trainer(
        learning,
        [*development, *(each.question for each in unseen)],
        chosen.start,
        rate=stage.rate,
        epochs=stage.epochs,
        chance=chance,
    )
    print(f"{len(learning)} examples; {_report(trainer, development, unseen)}", flush=True)
    for epoch in range(stage.epochs):
        loss = trainer.epoch()
        write(trainer.upper, chosen.written)
        told = _report(trainer, development, unseen)
        print(f"epoch {epoch + 1}: mean loss {loss:.3f}; {told}", flush=True)


def _halved(
    asked: Sequence[PeoplesQuestion], half: str | None
) -> tuple[list[PeoplesQuestion], list[PeoplesQuestion]]:
    """What is learned, and what is left to measure; without a half everything is learned."""
    documents = {each.document for each in asked}
    learned = [each for each in asked if half in (None, half_of(each.document, documents))]
    unseen = [each for each in asked if half not in (None, half_of(each.document, documents))]
    return learned, unseen


def _learning(
    stage: Stage, learned: Sequence[PeoplesQuestion], texts: Texts, chance: random.Random
) -> list[Example]:
    own = [*(each.question for each in learned), *texts.of_sets(stage.sets)]
    learning = [example for question in own for example in examples(question, chance)]
    learning += _statements(stage.statements)
    if stage.kept:
        earlier = texts.of_sets(stage.again)
        again = [example for question in earlier for example in examples(question, chance)]
        learning += chance.sample([*again, *_statements(FIRST)], stage.kept)
    return learning


class Texts:
    """The questions with their texts, from the folder where they are kept if they are there."""

    def __init__(self, folder: Path | None) -> None:
        """None keeps nothing."""
        self._folder = folder

    def of_sets(self, names: Sequence[str]) -> list[Question]:
        """All questions of sets in tests/questions/answerability."""
        return [question for name in names for question in self.of_folder(SETS / name)]

    def of_folder(self, folder: Path) -> list[Question]:
        """All questions of a set."""
        return [_question(told) for told in self._told(folder.name, lambda: questions(folder))]

    def of_people(self, wiki_dev: Path) -> list[PeoplesQuestion]:
        """Those of wiki-dev and the near misses."""
        every = self._told("wiki_dev", lambda: peoples_questions(wiki_dev))
        return [
            PeoplesQuestion(each["document"], each["maker"], _question(each["question"]))
            for each in every
        ]

    def _told(
        self, name: str, found: Callable[[], Iterator[Question] | Iterator[PeoplesQuestion]]
    ) -> list[dict[str, Any]]:
        if self._folder is None:
            return [asdict(each) for each in found()]
        file = self._folder / f"{name}.jsonl"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("".join(json.dumps(asdict(each)) + "\n" for each in found()), "utf-8")
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def _question(told: dict[str, Any]) -> Question:
    texts = tuple(Text(**text) for text in told["texts"])
    return Question(tuple(told["wordings"]), told["is_answerable"], texts)


def _statements(sets: Sequence[str]) -> Iterator[Example]:
    """Statements about these sets, each with the passage that carries it or seems to."""
    for line in (SETS / "statements.jsonl").read_text("utf-8").splitlines():
        told = json.loads(line)
        if told["set"] not in sets:
            continue
        document = SETS / told["set"] / "documents" / told["document"]
        title = document.read_text("utf-8").split("\n", 1)[0].strip("# ")
        yield Example((told["statement"], titled(title, told["passage"])), told["supported"], 1.0)


def _report(
    trainer: Trainer, development: Sequence[Question], unseen: Sequence[PeoplesQuestion]
) -> str:
    """AUROC of a question's best logit: on `development`, and on documents of people's questions
    that were left out, the answerable against those whose paragraph was taken out, and near misses.
    """
    answerable = [question.is_answerable for question in development]
    told = f"AUROC {roc_auc_score(answerable, [trainer.best(q) for q in development]):.3f}"
    if not unseen:
        return told
    best = [(each.maker, trainer.best(each.question)) for each in unseen]
    right = [logit for maker, logit in best if maker == "answerable"]
    taken_out = [logit for maker, logit in best if maker == "taken_out"]
    near = [logit for maker, logit in best if maker not in ("answerable", "taken_out")]
    apart = [
        roc_auc_score([True] * len(right) + [False] * len(others), right + others)
        for others in (taken_out, near)
    ]
    return f"{told}; unseen half: taken out {apart[0]:.3f}, near misses {apart[1]:.3f}"


if __name__ == "__main__":
    main()
