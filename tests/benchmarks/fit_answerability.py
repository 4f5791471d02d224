"""Train the answerability network, say how good it is, and write qa/answerability.npz.

    pip install torch onnx                                    # beside the development packages
    python -m tests.benchmarks.fit_answerability [--write]    # some 20 minutes on two cores

The questions stand in tests/questions/answerability. TRAINED_ON are learned from; the others are
left for the confidence (fit_confidence.py), which has to see the network on questions that it has
not seen. A sentence that answers its question, alone and with a neighbour, is a positive; the
sentences that tempt a careless reader, and those that the cross-encoder likes best although they
do not answer, are the negatives. The lower layers stay as they came: their hidden states are
computed once. Printed after each epoch: how well the best logit of a question tells the answerable
from the others, beside the cross-encoder's, on tests/questions/everyday/development.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer
from torch import Tensor, nn

from index import Library, Passage
from qa import Assistant
from qa.answerability import TUNED
from qa.cross_encoder import CrossEncoder
from qa.evidence import distinct_sentences, worth_weighing
from qa.signals import titled
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
)
DEVELOPMENT = QUESTIONS / "everyday" / "development"
FIRST_LAYER = 6
EPOCHS = 3
BATCH = 32
LEARNING_RATE = 8e-5
SMOOTHING = 0.03
# A pair that nobody labelled, and a longer stretch, count less.
UNSURE = 0.7
MAX_PIECES = 192
LOOKED_AT = 6


@dataclass(frozen=True, slots=True)
class Text:
    """A stretch of a document behind its heading; `logit` is the cross-encoder's."""

    text: str
    answers: bool
    tempts: bool
    logit: float
    is_longer: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the texts that may answer it."""

    question: str
    kind: str
    is_answerable: bool
    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A (question, text) pair, whether the one answers the other, and how much it counts."""

    pair: tuple[str, str]
    answers: bool
    weight: float


def main() -> None:
    """Read the questions, train, and write when asked to."""
    parser = argparse.ArgumentParser(description="Train the answerability network.")
    parser.add_argument("--write", action="store_true", help=f"write {TUNED.name}")
    chosen = parser.parse_args()
    torch.manual_seed(0)
    chance = random.Random(0)
    sets = [QUESTIONS / "answerability" / name for name in TRAINED_ON]
    examples = [e for folder in sets for q in questions(folder) for e in _examples(q, chance)]
    held = list(questions(DEVELOPMENT))
    trainer = Trainer(examples, held, chance)
    for epoch in range(EPOCHS):
        print(f"epoch {epoch + 1}: mean loss {trainer.epoch():.3f}; {trainer.report()}", flush=True)
    if chosen.write:
        write(trainer.upper, TUNED)


def questions(folder: Path) -> Iterator[Question]:
    """The questions of a set with their texts: those found, and those that are named."""
    reranker = CrossEncoder()
    with tempfile.TemporaryDirectory() as home:
        library = Library.open(home)
        library.add([folder / "documents"])
        assistant = Assistant(library)
        ids = {Path(d.source).name: d.document_id for d in library.documents()}
        for line in (folder / "questions.jsonl").read_text("utf-8").splitlines():
            asked = json.loads(line)
            if asked.get("history"):
                continue
            near = worth_weighing([asked["question"]], assistant.retrieve(asked["question"]))
            names = (
                asked["document"] if isinstance(asked["document"], list) else [asked["document"]]
            )
            documents = [ids[name] for name in names]
            named = [p for id_ in documents for p in library.passages(id_)]
            answers = asked.get("evidence", asked.get("answers", []))
            tempting = asked.get("tempting", [])
            near += [p for p in named if p not in near and _holds(p.text, answers + tempting)]
            yield _question(asked, near, documents, answers, tempting, reranker)


def _question(
    asked: dict[str, str],
    passages: Sequence[Passage],
    documents: Sequence[str],
    answers: Sequence[str],
    tempting: Sequence[str],
    reranker: CrossEncoder,
) -> Question:
    stretches = [(p, place, place) for p, place in distinct_sentences(passages)]
    is_named = [
        p.document_id in documents and _holds(_stretch(p, a, b), [*answers, *tempting])
        for p, a, b in stretches
    ]
    longer = [
        (p, max(0, place - 1 + step), min(len(p.sentences) - 1, place + step))
        for (p, place, _), named in zip(stretches, is_named, strict=True)
        for step in (0, 1)
        if named
    ]
    every = stretches + [(p, a, b) for p, a, b in longer if a < b]
    texts = [titled(p.heading, _stretch(p, a, b)) for p, a, b in every]
    logits = reranker([(asked["question"], text) for text in texts])
    return Question(
        asked["question"],
        asked["kind"],
        bool(answers),
        tuple(
            Text(
                text,
                answers=p.document_id in documents and _holds(_stretch(p, a, b), answers),
                tempts=p.document_id in documents and _holds(_stretch(p, a, b), tempting),
                logit=logit,
                is_longer=a < b,
            )
            for text, logit, (p, a, b) in zip(texts, logits, every, strict=True)
        ),
    )


def _stretch(passage: Passage, first: int, last: int) -> str:
    start, end = passage.sentences[first].start, passage.sentences[last].end
    return passage.text[start - passage.start : end - passage.start]


def _plain(text: str) -> str:
    return " ".join(text.split()).strip("#*=- ").casefold()


def _holds(text: str, named: Sequence[str]) -> bool:
    """Whether the text holds a named sentence, or is a good part of one."""
    here = _plain(text)
    return any(_plain(n) in here or (len(here) > 25 and here in _plain(n)) for n in named)


def _examples(question: Question, chance: random.Random) -> Iterator[Example]:
    """Up to two sentences that answer and one longer stretch, and as many that do not."""

    def example(text: Text, weight: float) -> Example:
        return Example((question.question, text.text), text.answers, weight)

    alone = [text for text in question.texts if not text.is_longer]
    longer = [text for text in question.texts if text.is_longer]
    right = [text for text in alone if text.answers]
    tempting = [text for text in alone if text.tempts and not text.answers][:2]
    liked = sorted((t for t in alone if not t.answers and not t.tempts), key=lambda t: -t.logit)
    yield from (example(text, 1.0) for text in right[:2])
    certain = 1.0 if not question.is_answerable else UNSURE
    yield from (example(text, certain) for text in tempting)
    yield from (example(text, UNSURE) for text in liked[: max(1, 2 - len(tempting))])
    fitting = [text for text in longer if text.answers == question.is_answerable]
    yield from (example(text, UNSURE) for text in chance.sample(fitting, min(1, len(fitting))))


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
        pairs += [(q.question, text.text) for q, texts in self._held for text in texts]
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
                logits = self.upper([self._states[question.question, text.text] for text in texts])
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
