"""The cross-encoder: how well a text answers a question, read together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from index.models import MS_MARCO_MINILM, LazyModel


class Reranker(Protocol):
    """The seam behind which another cross-encoder may stand."""

    def __call__(self, pairs: Sequence[tuple[str, str]], /) -> Sequence[float]:
        """One score a (question, text) pair, in the order given; higher answers it better."""


class Remembering:
    """A reranker that reads each pair once: for one question, whose sentences come up again."""

    def __init__(self, reranker: Reranker) -> None:
        """`reranker` reads what is new."""
        self._reranker = reranker
        self._known: dict[tuple[str, str], float] = {}

    def __call__(self, pairs: Sequence[tuple[str, str]], /) -> list[float]:
        """The scores of the pairs, in the order given."""
        new = [pair for pair in dict.fromkeys(pairs) if pair not in self._known]
        self._known.update(zip(new, self._reranker(new) if new else (), strict=True))
        return [self._known[pair] for pair in pairs]


class CrossEncoder:
    """ms-marco-MiniLM-L-12-v2; scores are logits, about -11 (unrelated) to 11 (answers it)."""

    def __init__(self) -> None:
        """Nothing is loaded yet."""
        self._model = LazyModel(MS_MARCO_MINILM)

    def load(self) -> None:
        """Load the model now rather than with the first question; raises ModelError."""
        self._model()

    def __call__(self, pairs: Sequence[tuple[str, str]], /) -> list[float]:
        """One logit a pair; what is past 512 word pieces together does not count."""
        model = self._model()
        return [float(logits[0]) for logits in model.run(model.tokenize(pairs))]
