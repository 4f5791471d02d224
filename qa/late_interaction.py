"""Late interaction: each word of a question against each word of a text (Khattab, Zaharia 2020)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from index.models import ANSWERAI_COLBERT, LazyModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# BERT's vocabulary holds words in order of frequency, from "the" at 1996 up to 30522.
_FIRST_WORD = 1_996
_WORDS = 30_522 - _FIRST_WORD


class LateInteraction:
    """answerai-colbert-small-v1: a vector of unit length for each word piece of a text."""

    def __init__(self) -> None:
        """Nothing is loaded yet."""
        self._model = LazyModel(ANSWERAI_COLBERT)

    def load(self) -> None:
        """Load the model now rather than with the first question; raises ModelError."""
        self._model()

    def best_matches(
        self, question: str, text: str
    ) -> tuple[Sequence[tuple[int, int]], list[float]]:
        """The (start, end) of each word piece of the question, and its best cosine in the text."""
        offsets, asked = self._vectors(question)
        _, said = self._vectors(text)
        best: list[float] = (asked @ said.T).max(axis=1).tolist()
        return offsets, best

    def rarity(self, word: str) -> float:
        """0 (a very common word) to 1 (rare): by its place in BERT's vocabulary.

        A word that needs several pieces is rare.
        """
        pieces = self._model().word_pieces(word)
        if len(pieces) != 1:
            return 1.0
        return min(1.0, math.log(max(1, pieces[0] - _FIRST_WORD + 1)) / math.log(_WORDS))

    def _vectors(self, text: str) -> tuple[Sequence[tuple[int, int]], NDArray[np.float32]]:
        import numpy as np

        model = self._model()
        (encoding,) = model.tokenize([text])
        # The first and the last are markers, not words.
        hidden = model.run([encoding])[0, 1:-1]
        return encoding.offsets[1:-1], hidden / np.linalg.norm(hidden, axis=1, keepdims=True)
