"""Trains the answerability network: what it learns from a question, and how."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from tests.benchmarks.answerability_texts import Question, Text
from tests.benchmarks.minilm import TOKENIZER, lower_layers, upper_layers

FIRST_LAYER = 4
BATCH = 32
SMOOTHING = 0.03
# A pair that nobody labelled, and a longer stretch, count less.
UNSURE = 0.7
MAX_PIECES = 192
# Of the sentences that the pipeline finds, so many are looked at to measure.
LOOKED_AT = 6


@dataclass(frozen=True, slots=True)
class Example:
    """A (question, text) pair, whether the text answers it, and how much that counts.

    Or a statement in the question's place, and whether the text carries it.
    """

    pair: tuple[str, str]
    answers: bool
    weight: float


def examples(question: Question, chance: random.Random) -> Iterator[Example]:
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
        self,
        examples: Sequence[Example],
        measured: Sequence[Question],
        start: Path | None,
        *,
        rate: float,
        epochs: int,
        chance: random.Random,
    ) -> None:
        """`start` is what an earlier stage wrote; None for the cross-encoder as it came."""
        self.upper = upper_layers(FIRST_LAYER, start)
        self._examples = list(examples)
        self._chance = chance
        pairs = [e.pair for e in examples]
        pairs += [(q.wordings[0], text.text) for q in measured for text in _looked_at(q)]
        self._states = _states(pairs)
        self._steps = math.ceil(len(examples) / BATCH) * epochs
        self._optimizer = torch.optim.AdamW(self.upper.parameters(), lr=rate, weight_decay=0.01)
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
        return float(loss.detach())

    def best(self, question: Question) -> float:
        """The best logit of the question's likeliest sentences, one of those `measured`."""
        self.upper.eval()
        with torch.no_grad():
            states = [self._states[question.wordings[0], t.text] for t in _looked_at(question)]
            return float(self.upper(states).max())


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
