"""Train the answerability network, say how good it is, and write qa/answerability.npz.

    pip install torch onnx                                    # beside the development packages
    python -m tests.benchmarks.fit_answerability [--write]    # about an hour on two cores

The questions and statements stand in tests/questions/answerability. TRAINED_ON are learned from;
the other sets are left for the confidence (fit_confidence.py), which has to see the network on
questions that it has not seen. A sentence that answers its question, alone and with a neighbour, is
a positive; the sentences that tempt a careless reader, and those that the cross-encoder likes best
although they do not answer, are the negatives. A statement is put in the place of the question:
a passage that carries all of it is a positive. The lower layers stay as they came: their hidden
states are computed once. Printed after each epoch: how well the best logit of a question tells the
answerable from the others, beside the cross-encoder's, on tests/questions/everyday/development.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer
from torch import Tensor, nn

from qa.answerability import TUNED
from qa.signals import titled
from tests.benchmarks.answerability_texts import Question, Text, questions
from tests.benchmarks.minilm import TOKENIZER, lower_layers, upper_layers, write

QUESTIONS = Path(__file__).parent.parent / "questions"
TRAINED_ON = (
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
SETS = QUESTIONS / "answerability"
DEVELOPMENT = QUESTIONS / "everyday" / "development"
FIRST_LAYER = 4
EPOCHS = 2
BATCH = 32
LEARNING_RATE = 8e-5
SMOOTHING = 0.03
# A pair that nobody labelled, and a longer stretch, count less.
UNSURE = 0.7
MAX_PIECES = 192
LOOKED_AT = 6


@dataclass(frozen=True, slots=True)
class Example:
    """A (question, text) pair, whether the text answers it, and how much that counts.

    Or a statement in the question's place, and whether the text carries it.
    """

    pair: tuple[str, str]
    answers: bool
    weight: float


def main() -> None:
    """Read the questions, train, and write when asked to."""
    parser = argparse.ArgumentParser(description="Train the answerability network.")
    parser.add_argument("--write", action="store_true", help=f"write {TUNED.name}")
    parser.add_argument("--texts", type=Path, help="folder that keeps the questions' texts")
    chosen = parser.parse_args()
    torch.manual_seed(0)
    chance = random.Random(0)
    examples = [
        example
        for name in TRAINED_ON
        for question in _read(SETS / name, chosen.texts)
        for example in _examples(question, chance)
    ]
    examples += _statements()
    trainer = Trainer(examples, _read(DEVELOPMENT, chosen.texts), chance)
    for epoch in range(EPOCHS):
        print(f"epoch {epoch + 1}: mean loss {trainer.epoch():.3f}; {trainer.report()}", flush=True)
        if chosen.write:
            write(trainer.upper, TUNED)


def _read(folder: Path, kept: Path | None) -> list[Question]:
    """The questions of a set, from the folder where they are kept if they are there."""
    file = kept / f"{folder.name}.jsonl" if kept else None
    if file and file.exists():
        return [_question(json.loads(line)) for line in file.read_text("utf-8").splitlines()]
    found = list(questions(folder))
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(json.dumps(asdict(q)) + "\n" for q in found), "utf-8")
    return found


def _question(told: dict[str, Any]) -> Question:
    texts = tuple(Text(**text) for text in told["texts"])
    return Question(tuple(told["wordings"]), told["is_answerable"], texts)


def _statements() -> Iterator[Example]:
    """Statements, each with the passage that carries it or seems to."""
    for line in (SETS / "statements.jsonl").read_text("utf-8").splitlines():
        told = json.loads(line)
        if told["set"] not in TRAINED_ON:
            continue
        document = SETS / told["set"] / "documents" / told["document"]
        title = document.read_text("utf-8").split("\n", 1)[0].strip("# ")
        yield Example((told["statement"], titled(title, told["passage"])), told["supported"], 1.0)


def _examples(question: Question, chance: random.Random) -> Iterator[Example]:
    """A wording with up to two sentences that answer and one longer stretch, and others."""
    alone = [text for text in question.texts if not text.is_longer]
    longer = [text for text in question.texts if text.is_longer]
    right = [text for text in alone if text.answers]
    tempting = [text for text in alone if text.tempts and not text.answers][:2]
    liked = sorted((t for t in alone if not t.answers and not t.tempts), key=lambda t: -t.logit)
    certain = 1.0 if not question.is_answerable else UNSURE
    fitting = [text for text in longer if text.answers == question.is_answerable]
    for wording in question.wordings:
        chosen = [(text, 1.0) for text in right[:2]]
        chosen += [(text, certain) for text in tempting]
        chosen += [(text, UNSURE) for text in liked[: max(1, 2 - len(tempting))]]
        chosen += [(text, UNSURE) for text in chance.sample(fitting, min(1, len(fitting)))]
        for text, weight in chosen:
            yield Example((wording, text.text), text.answers, weight)


class Trainer:
    """The network on its way; batches are of texts of about the same length."""

    def __init__(
        self, examples: Sequence[Example], held: Sequence[Question], chance: random.Random
    ) -> None:
        self.upper = upper_layers(FIRST_LAYER)
        self._examples = list(examples)
        self._held = [(q, _looked_at(q)) for q in held]
        self._chance = chance
        pairs = [e.pair for e in examples]
        pairs += [(q.wordings[0], text.text) for q, texts in self._held for text in texts]
        self._states = _states(pairs)
        self._steps = math.ceil(len(examples) / BATCH) * EPOCHS
        self._optimizer = torch.optim.AdamW(
            self.upper.parameters(), lr=LEARNING_RATE, weight_decay=0.01
        )
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimizer, self._rate)

    def _rate(self, step: int) -> float:
        """Up over the first tenth, then down to nothing."""
        return min(1.0, (step + 1) / (0.1 * self._steps)) * max(0.0, 1 - step / self._steps)

    def epoch(self) -> float:
        """All examples once; the mean loss."""
        self.upper.train()
        losses = [self._step(batch) for batch in self._batches()]
        return float(np.mean(losses))

    def _batches(self) -> list[list[Example]]:
        self._chance.shuffle(self._examples)
        batches: list[list[Example]] = []
        for start in range(0, len(self._examples), BATCH * 16):
            near = sorted(
                self._examples[start : start + BATCH * 16], key=lambda e: len(self._states[e.pair])
            )
            batches += [near[i : i + BATCH] for i in range(0, len(near), BATCH)]
        self._chance.shuffle(batches)
        return batches

    def _step(self, batch: Sequence[Example]) -> float:
        logits = self.upper([self._states[e.pair] for e in batch])
        labels = torch.tensor([abs(e.answers - SMOOTHING) for e in batch])
        weights = torch.tensor([e.weight for e in batch])
        losses = nn.functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")
        loss = (losses * weights).mean()
        self._optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.upper.parameters(), 1.0)
        self._optimizer.step()
        self._schedule.step()
        return float(loss)

    def report(self) -> str:
        """AUROC of the best logit over the held questions, beside the cross-encoder's."""
        self.upper.eval()
        ours, theirs = [], []
        with torch.no_grad():
            for question, texts in self._held:
                logits = self.upper(
                    [self._states[question.wordings[0], text.text] for text in texts]
                )
                ours.append(float(logits.max()))
                theirs.append(max(text.logit for text in texts))
        answerable = [question.is_answerable for question, _ in self._held]
        return (
            f"AUROC {roc_auc_score(answerable, ours):.3f}, "
            f"the cross-encoder's {roc_auc_score(answerable, theirs):.3f}"
        )


def _looked_at(question: Question) -> list[Text]:
    alone = (text for text in question.texts if not text.is_longer)
    return sorted(alone, key=lambda text: -text.logit)[:LOOKED_AT]


def _states(pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Tensor]:
    """What the lower layers give for each pair, shape (word pieces, hidden size)."""
    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_PIECES)
    session = lower_layers(FIRST_LAYER)
    last = session.get_outputs()[-1].name

    def state(pair: tuple[str, str]) -> Tensor:
        encoding = tokenizer.encode(*pair)
        inputs = {
            "input_ids": np.array([encoding.ids]),
            "attention_mask": np.array([encoding.attention_mask]),
            "token_type_ids": np.array([encoding.type_ids]),
        }
        return torch.tensor(session.run([last], inputs)[0][0]).to(torch.bfloat16)

    unique = list(dict.fromkeys(pairs))
    with ThreadPoolExecutor() as workers:
        return dict(zip(unique, workers.map(state, unique), strict=True))


if __name__ == "__main__":
    main()
