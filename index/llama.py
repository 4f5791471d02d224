"""The parts of this package as LlamaIndex components, for a pipeline of one's own.

They are thin: the work is done by the modules that they name, and nothing else here imports
LlamaIndex.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.node_parser import NodeParser
from llama_index.core.schema import BaseNode, NodeRelationship, TextNode
from pydantic import Field, PrivateAttr

from index.chunks import DEFAULT_CHUNK_TOKENS, split_into_chunks
from index.embedding import BgeSmall


class BundledEmbedding(BaseEmbedding):
    """bge-small-en-v1.5 as a LlamaIndex embedding: 384 dimensions, unit length."""

    _model: BgeSmall = PrivateAttr(default_factory=BgeSmall)

    def __init__(self, **settings: Any) -> None:
        """`settings` are those of every LlamaIndex embedding."""
        super().__init__(**{"model_name": BgeSmall.model_name, **settings})

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._model.get_query_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._model.get_text_embedding_batch(texts)


class SentenceChunker(NodeParser):
    """Chunks of whole sentences as nodes, with their true offsets.

    LlamaIndex's own parsers set `start_char_idx` by searching for the text, so a passage that
    repeats gets the place of its first occurrence; this one sets it from the chunk itself.
    """

    max_tokens: int = Field(default=DEFAULT_CHUNK_TOKENS, ge=8, description="Tokens, cl100k_base.")

    def _parse_nodes(
        self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any
    ) -> list[BaseNode]:
        return [chunk for node in nodes for chunk in self._chunks_of(node)]

    def _chunks_of(self, node: BaseNode) -> list[TextNode]:
        text = node.get_content()
        return [
            TextNode(
                text=chunk.span.of(text),
                start_char_idx=chunk.span.start,
                end_char_idx=chunk.span.end,
                relationships={NodeRelationship.SOURCE: node.as_related_node_info()},
            )
            for chunk in split_into_chunks(text, max_tokens=self.max_tokens)
        ]

    def _postprocess_parsed_nodes(
        self, nodes: list[BaseNode], parent_doc_map: dict[str, Any]
    ) -> list[BaseNode]:
        places = [(n.start_char_idx, n.end_char_idx) for n in nodes if isinstance(n, TextNode)]
        done = super()._postprocess_parsed_nodes(nodes, parent_doc_map)
        for node, (start, end) in zip(done, places, strict=True):
            if isinstance(node, TextNode):
                node.start_char_idx, node.end_char_idx = start, end
        return done
