"""The LlamaIndex components, each through the call that a LlamaIndex user makes."""

from __future__ import annotations

import pytest
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.schema import Document, NodeWithScore, TextNode

from index.embedding import BgeSmall
from index.llama import BundledEmbedding, SentenceChunker
from qa import Assistant
from qa.llama import CitedChatEngine, CitedQueryEngine, CrossEncoderRerank, PassageRetriever


def test_the_embedding_gives_the_vectors_of_the_library() -> None:
    embedding, plain = BundledEmbedding(), BgeSmall()
    assert embedding.model_name == plain.model_name
    assert embedding.get_query_embedding("Minsk?") == plain.get_query_embedding("Minsk?")
    texts = ["He left Minsk.", "It rained."]
    assert embedding.get_text_embedding_batch(texts) == plain.get_text_embedding_batch(texts)
    assert len(embedding.get_text_embedding("He left Minsk.")) == 384


def test_nodes_of_a_repeating_text_lie_in_order_and_tile_it() -> None:
    text = "He left. " * 30 + "\n\n" + "He left. " * 30
    nodes = SentenceChunker(max_tokens=12).get_nodes_from_documents([Document(text=text)])
    edges = [0]
    for node in nodes:
        assert isinstance(node, TextNode)
        assert node.start_char_idx is not None
        assert node.end_char_idx is not None
        assert text[node.start_char_idx : node.end_char_idx] == node.text
        edges += [node.start_char_idx, node.end_char_idx]
    assert edges == sorted(edges)
    gaps = [
        text[end:start] for end, start in zip(edges[::2], [*edges[1::2], len(text)], strict=True)
    ]
    assert not "".join(gaps).strip()


def test_nodes_inherit_the_metadata_of_their_document() -> None:
    document = Document(text="He left Minsk. It rained.", metadata={"author": "someone"})
    (node,) = SentenceChunker().get_nodes_from_documents([document])
    assert node.metadata == {"author": "someone"}
    assert node.ref_doc_id == document.doc_id


def test_the_retriever_gives_the_passages_of_the_assistant(article_assistant: Assistant) -> None:
    nodes = PassageRetriever(article_assistant, k=2).retrieve("When is the summit?")
    passages = article_assistant.retrieve("When is the summit?", k=2)
    assert [node.get_content() for node in nodes] == [p.text for p in passages]
    assert [node.score for node in nodes] == [p.score for p in passages]


def test_the_reranker_puts_the_answering_node_first() -> None:
    texts = ["It rained in May.", "The summit is on August 12.", "Minsk is a city."]
    nodes = [NodeWithScore(node=TextNode(text=text)) for text in texts]
    best, _ = CrossEncoderRerank(top_n=2).postprocess_nodes(nodes, query_str="When is the summit?")
    assert best.get_content() == texts[1]
    with pytest.raises(ValueError, match="needs the query"):
        CrossEncoderRerank().postprocess_nodes(nodes)


def test_the_query_engine_cites_exact_quotes(article_assistant: Assistant) -> None:
    response = CitedQueryEngine(assistant=article_assistant).query("When is the summit?")
    assert "August 12" in str(response)
    (node,) = response.source_nodes
    assert isinstance(node.node, TextNode)
    text = article_assistant.library.text(node.metadata["document_id"])
    assert text[node.node.start_char_idx : node.node.end_char_idx] == node.get_content()


def test_the_chat_engine_keeps_its_conversation(article_assistant: Assistant) -> None:
    engine = CitedChatEngine(article_assistant)
    first = engine.chat("When is the summit?")
    streamed = engine.stream_chat("Who won the world cup?")
    assert "".join(streamed.response_gen).strip() == str(streamed)
    contents = [message.content for message in engine.chat_history]
    assert contents == [
        "When is the summit?",
        str(first),
        "Who won the world cup?",
        str(streamed),
    ]
    engine.chat("Thanks", chat_history=[ChatMessage(role=MessageRole.USER, content="Hello")])
    assert [message.content for message in engine.chat_history][:2] == ["Hello", "Thanks"]
    engine.reset()
    assert engine.chat_history == []
