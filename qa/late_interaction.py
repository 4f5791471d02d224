"""Late interaction: each word of a question against each word of a text (Khattab, Zaharia 2020)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from index.models import ANSWERAI_COLBERT, LazyModel

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
        offsets, (best,) = self.matches(question, [text])
        return offsets, best

    def matches(
        self, question: str, texts: Sequence[str]
    ) -> tuple[Sequence[tuple[int, int]], list[list[float]]]:
        """The same for several texts: a row of best cosines for each."""
        import numpy as np

        model = self._model()
        encodings = model.tokenize([question, *texts])
        # The first and the last are markers, not words.
        asked, *said = (
            hidden[1:-1] / np.linalg.norm(hidden[1:-1], axis=1, keepdims=True)
            for hidden in model.run(encodings)
        )
        return encodings[0].offsets[1:-1], [(asked @ each.T).max(axis=1).tolist() for each in said]

    def is_word(self, word: str) -> bool:
        """Whether BERT's vocabulary holds the word whole."""
        return len(self._model().word_pieces(word)) == 1

    def rarity(self, word: str) -> float:
        """0 (a very common word) to 1 (rare): by its place in BERT's vocabulary.

        A word that needs several pieces is rare.
        """
        pieces = self._model().word_pieces(word)
        if len(pieces) != 1:
            return 1.0
        return min(1.0, math.log(max(1, pieces[0] - _FIRST_WORD + 1)) / math.log(_WORDS))
