"""Answerability: whether a text answers a question, or only speaks of the same things.

A cross-encoder that was trained to search takes "When did she leave?" for answered by "She left
Vienna with her brother". This one is the same network with its last eight layers trained further,
on questions of which two in five are answered by no sentence of their document, however much they
sound like it, on questions that people asked about Wikipedia, and on statements, each with a
passage that carries it or seems to (tests/benchmarks/fit_answerability.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from index.models import MS_MARCO_MINILM, LazyModel

TUNED = Path(__file__).with_name("answerability.npz")


class Answerability:
    """Tells a text that answers a question from one that does not; a LazyModel within."""

    def __init__(self, tuned: Path = TUNED) -> None:
        """Nothing is loaded yet; `tuned` holds the trained layers."""
        self._model = LazyModel(replace(MS_MARCO_MINILM, tuned=tuned))

    def load(self) -> None:
        """Load the model now rather than with the first question; raises ModelError."""
        self._model()

    def __call__(self, pairs: Sequence[tuple[str, str]], /) -> list[float]:
        """The log-odds, about -4 to 4, that the text of each (question, text) pair answers it.

        Or, with a statement in the question's place, that the text carries all of it.
        """
        model = self._model()
        return [float(logits[0]) for logits in model.run(model.tokenize(pairs))]
