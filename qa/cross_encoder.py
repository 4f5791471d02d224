"""The cross-encoder: how well a text answers a question, read together."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Protocol

from index.models import MS_MARCO_MINILM, OnnxModel, batches_by_length

BATCH = 16


class Reranker(Protocol):
    """The seam behind which another cross-encoder may stand."""

    def __call__(self, question: str, texts: Sequence[str], /) -> Sequence[float]:
        """One score a text, in the order given; higher supports the question better."""


class CrossEncoder:
    """ms-marco-MiniLM-L-12-v2; scores are logits, about -11 (unrelated) to 11 (answers it)."""

    def __init__(self) -> None:
        """Nothing is loaded yet."""
        self._loading = Lock()
        self._loaded: OnnxModel | None = None

    def load(self) -> OnnxModel:
        """The model, loaded once; raises ModelMissing or ModelDamaged."""
        with self._loading:
            if self._loaded is None:
                self._loaded = OnnxModel(MS_MARCO_MINILM)
            return self._loaded

    def __call__(self, question: str, texts: Sequence[str], /) -> list[float]:
        """One logit a text; question and text past 512 word pieces together do not count."""
        model = self.load()
        scores = [0.0] * len(texts)
        for batch in batches_by_length([len(text) for text in texts], size=BATCH):
            logits = model.run(model.tokenize([(question, texts[i]) for i in batch]))
            for i, logit in zip(batch, logits[:, 0].tolist(), strict=True):
                scores[i] = logit
        return scores
