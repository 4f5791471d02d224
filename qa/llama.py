"""The parts of this package as LlamaIndex components, for a pipeline of one's own.

They are thin: the work is done by the assistant and the cross-encoder, and nothing else here
imports LlamaIndex. Each citation comes as a node whose text is the exact quote, with its place
in the document as `start_char_idx` and `end_char_idx`.
"""

from __future__ import annotations

from collections.abc import Sequence

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.base.response.schema import Response
from llama_index.core.chat_engine.types import (
    AgentChatResponse,
    BaseChatEngine,
    StreamingAgentChatResponse,
)
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.query_engine import CustomQueryEngine
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from pydantic import Field, PrivateAttr

from index import Passage
from qa.answers import Answer, Citation
from qa.assistant import DEFAULT_PASSAGES, Assistant
from qa.cross_encoder import CrossEncoder


class PassageRetriever(BaseRetriever):
    """The `k` passages that the assistant would look at, as nodes."""

    def __init__(self, assistant: Assistant, *, k: int = DEFAULT_PASSAGES) -> None:
        """`k` is the number of nodes, at least 1."""
        super().__init__()
        self._assistant = assistant
        self._k = k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return _passage_nodes(self._assistant.retrieve(query_bundle.query_str, k=self._k))


class CrossEncoderRerank(BaseNodePostprocessor):
    """Nodes by the bundled cross-encoder's logit, best first, the first `top_n` of them."""

    top_n: int = Field(default=3, ge=1, description="Nodes kept.")
    _cross_encoder: CrossEncoder = PrivateAttr(default_factory=CrossEncoder)

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        if query_bundle is None:
            raise ValueError("reranking needs the query: call with query_str or query_bundle")
        pairs = [(query_bundle.query_str, node.get_content()) for node in nodes]
        scores = self._cross_encoder(pairs)
        rescored = [
            NodeWithScore(node=node.node, score=score)
            for node, score in zip(nodes, scores, strict=True)
        ]
        return sorted(rescored, key=lambda node: -(node.score or 0.0))[: self.top_n]


class CitedQueryEngine(CustomQueryEngine):
    """Cited answers as a LlamaIndex response; `metadata["answer"]` is the whole `Answer`."""

    assistant: Assistant

    def custom_query(self, query_str: str) -> Response:
        """The answer's text with marks; `source_nodes` are its citations."""
        answer = self.assistant.ask(query_str)
        return Response(
            answer.text, source_nodes=_citation_nodes(answer), metadata={"answer": answer}
        )


class CitedChatEngine(BaseChatEngine):
    """A conversation with cited answers; earlier turns are taken into account."""

    def __init__(self, assistant: Assistant) -> None:
        """The conversation starts empty."""
        self._assistant = assistant
        self._history: list[ChatMessage] = []

    @property
    def chat_history(self) -> list[ChatMessage]:
        """The messages so far, oldest first."""
        return list(self._history)

    def reset(self) -> None:
        """Forget the conversation."""
        self._history = []

    def chat(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> AgentChatResponse:
        """The answer to `message`; a `chat_history` that is given replaces the one so far."""
        answer = self._ask(message, chat_history)
        return AgentChatResponse(
            answer.text, source_nodes=_citation_nodes(answer), metadata={"answer": answer}
        )

    def stream_chat(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> StreamingAgentChatResponse:
        """The same, statement by statement."""
        answer = self._ask(message, chat_history)
        response = StreamingAgentChatResponse(answer.text, source_nodes=_citation_nodes(answer))
        for statement in answer.statements:
            response.put_in_queue(f"{statement} ")
        response.is_done = True
        return response

    async def achat(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> AgentChatResponse:
        """`chat`, for callers in an event loop; it blocks the loop while it works."""
        return self.chat(message, chat_history)

    async def astream_chat(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> StreamingAgentChatResponse:
        """`stream_chat`, for callers in an event loop; it blocks the loop while it works."""
        return self.stream_chat(message, chat_history)

    def _ask(self, message: str, chat_history: list[ChatMessage] | None) -> Answer:
        if chat_history is not None:
            self._history = list(chat_history)
        answer = self._assistant.ask(message, history=_turns(self._history))
        self._history += [
            ChatMessage(role=MessageRole.USER, content=message),
            ChatMessage(role=MessageRole.ASSISTANT, content=answer.text),
        ]
        return answer


def _turns(messages: Sequence[ChatMessage]) -> list[tuple[str, str]]:
    """Questions with their answers; a question that was never answered has an empty one."""
    turns: list[tuple[str, str]] = []
    for message in messages:
        if message.role == MessageRole.USER:
            turns.append((message.content or "", ""))
        elif message.role == MessageRole.ASSISTANT and turns:
            turns[-1] = (turns[-1][0], message.content or "")
    return turns


def _passage_nodes(passages: Sequence[Passage]) -> list[NodeWithScore]:
    return [NodeWithScore(node=_node(p, p.text), score=p.score) for p in passages]


def _citation_nodes(answer: Answer) -> list[NodeWithScore]:
    return [NodeWithScore(node=_node(c, c.quote), score=c.score) for c in answer.citations]


def _node(place: Passage | Citation, text: str) -> TextNode:
    metadata = {"title": place.title, "source": place.source, "document_id": place.document_id}
    if place.page is not None:
        metadata["page"] = str(place.page)
    return TextNode(
        text=text,
        start_char_idx=place.start,
        end_char_idx=place.end,
        metadata=metadata,
        # What a model reads or an embedding sees is the text alone.
        excluded_llm_metadata_keys=list(metadata),
        excluded_embed_metadata_keys=list(metadata),
    )
