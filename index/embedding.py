"""Embedding: texts to vectors, with the model that comes along or one that the user names."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Protocol

from index.errors import ModelMissing
from index.models import BGE_SMALL, LazyModel

# From the model card of BAAI/bge-small-en-v1.5; passages take no prefix.
QUERY_PREFIX = "Represent this sentence for searching relevant passages: "


class Embedding(Protocol):
    """What a library asks of an embedding model; every LlamaIndex `BaseEmbedding` fits."""

    model_name: str

    def get_query_embedding(self, query: str) -> Sequence[float]:
        """The vector of a question."""

    def get_text_embedding_batch(self, texts: list[str]) -> Sequence[Sequence[float]]:
        """One vector a text, in the order given."""


class BgeSmall:
    """bge-small-en-v1.5: 384 dimensions, unit length, the CLS token's last hidden state.

    Loaded on first use. Spelled like a LlamaIndex embedding; `index.llama.BundledEmbedding` is
    the same model as a real one. It stands apart because importing LlamaIndex takes two seconds,
    which a single question from the command line need not wait for.
    """

    model_name = BGE_SMALL.name

    def __init__(self) -> None:
        """Nothing is loaded yet."""
        self._model = LazyModel(BGE_SMALL)

    def load(self) -> None:
        """Load the model now rather than with the first text; raises ModelError."""
        self._model()

    def get_query_embedding(self, query: str) -> list[float]:
        """The vector of a question, made with the model's prefix for questions."""
        return self.get_text_embedding_batch([QUERY_PREFIX + query])[0]

    def get_text_embedding_batch(self, texts: list[str]) -> list[list[float]]:
        """One vector a text, in the order given; text past 512 word pieces does not count."""
        import numpy as np

        model = self._model()
        first = [hidden[0] for hidden in model.run(model.tokenize(texts))]
        return [(vector / np.linalg.norm(vector)).tolist() for vector in first]


def embedding_of(chosen: Embedding | str | None = None) -> Embedding:
    """The model of this name, `chosen` itself if it is one, or by default that of QA_EMBEDDING.

    A name is "ollama:nomic-embed-text", "openai:text-embedding-3-small" or the like; "bundled" and
    an empty one are bge-small-en-v1.5. Raises ModelMissing for another.
    """
    if chosen is not None and not isinstance(chosen, str):
        return chosen
    name = os.environ.get("QA_EMBEDDING", "") if chosen is None else chosen
    if name in ("", "bundled", BgeSmall.model_name):
        return BgeSmall()
    from index.remote_embedding import PROVIDERS, RemoteEmbedding

    provider, _, model = name.partition(":")
    if provider not in PROVIDERS or not model:
        raise ModelMissing(
            f"There is no embedding model {name!r}. Choose one with QA_EMBEDDING, such as "
            "ollama:nomic-embed-text, openai:text-embedding-3-small or bundled."
        )
    return RemoteEmbedding(provider, model, os.environ.get("QA_EMBEDDING_URL"))
