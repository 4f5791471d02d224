"""Remote embedding: models that a server runs, by name, through LlamaIndex.

`ollama:NAME` and `openai:NAME` (any server that speaks OpenAI's protocol); QA_EMBEDDING_URL says
where it is. The passages are sent there: nothing is, unless the user names such a model.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from index.errors import ModelUnavailable

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

OLLAMA_URL = "http://localhost:11434"
ANSWER_SECONDS = 60.0
# Of the client; LlamaIndex would retry on top of it, and write so to the terminal.
RETRIES = 1

# What a model was trained to see before a question and before a text, from its model card.
_INSTRUCTIONS = {
    "nomic-embed-text": ("search_query:", "search_document:"),
    "mxbai-embed-large": ("Represent this sentence for searching relevant passages:", ""),
    "snowflake-arctic-embed": ("Represent this sentence for searching relevant passages:", ""),
}


class RemoteEmbedding:
    """An embedding model on a server; its name is that of the library's vectors."""

    def __init__(self, provider: str, name: str, url: str | None) -> None:
        """`provider` is one of PROVIDERS; nothing is asked yet."""
        self.model_name = f"{provider}:{name}"
        self._provider = provider
        self._name = name
        self._url = url

    def get_query_embedding(self, query: str) -> list[float]:
        """The vector of a question; raises ModelUnavailable."""
        with self._translated():
            return self._model.get_query_embedding(query)

    def get_text_embedding_batch(self, texts: list[str]) -> Sequence[Sequence[float]]:
        """One vector a text, in the order given; raises ModelUnavailable."""
        with self._translated():
            vectors = self._model.get_text_embedding_batch(texts)
        if len(vectors) != len(texts) or len({len(vector) for vector in vectors}) > 1:
            raise ModelUnavailable(
                f"The embedding model {self.model_name} gave {len(vectors)} vectors for "
                f"{len(texts)} texts, or vectors of different lengths; its server is not in order."
            )
        return vectors

    @cached_property
    def _model(self) -> BaseEmbedding:
        return PROVIDERS[self._provider](self._name, self._url)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        import httpx
        import ollama
        import openai

        try:
            yield
        except (
            httpx.HTTPError,
            ollama.ResponseError,
            openai.OpenAIError,
            OSError,
            ValueError,
        ) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            where = f" at {self._url}" if self._url else ""
            raise ModelUnavailable(
                f"The embedding model {self.model_name}{where} cannot be used ({reason}). Is its "
                "server running? QA_EMBEDDING_URL says where it is."
            ) from error


def _ollama(name: str, url: str | None) -> BaseEmbedding:
    from llama_index.embeddings.ollama import OllamaEmbedding

    question, text = _INSTRUCTIONS.get(name.split(":")[0], ("", ""))
    model: BaseEmbedding = OllamaEmbedding(
        model_name=name,
        base_url=url or OLLAMA_URL,
        query_instruction=question or None,
        text_instruction=text or None,
        client_kwargs={"timeout": ANSWER_SECONDS},
    )
    return model


def _openai(name: str, url: str | None) -> BaseEmbedding:
    from llama_index.embeddings.openai import OpenAIEmbedding

    model: BaseEmbedding = OpenAIEmbedding(
        model_name=name,
        api_base=url,
        # A server of one's own wants no key, but the client does.
        api_key=os.environ.get("OPENAI_API_KEY") or ("none" if url else None),
        max_retries=RETRIES,
        timeout=ANSWER_SECONDS,
    )
    return model


PROVIDERS: dict[str, Callable[[str, str | None], BaseEmbedding]] = {
    "ollama": _ollama,
    "openai": _openai,
}
