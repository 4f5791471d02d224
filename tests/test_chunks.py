"""Chunks: whole sentences within a budget, tiling the document."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.chunks import DEFAULT_CHUNK_TOKENS, split_into_chunks
from index.tokens import count_tokens
from tests.conftest import ARTICLE
from tests.test_sentences import repeating


def test_each_chunk_of_the_article_is_made_of_whole_sentences() -> None:
    text = ARTICLE.read_text(encoding="utf-8")
    chunks = split_into_chunks(text)
    assert len(chunks) > 3
    for chunk in chunks:
        assert chunk.span.start == chunk.sentences[0].start
        assert chunk.span.end == chunk.sentences[-1].end
        assert count_tokens(chunk.span.of(text)) <= DEFAULT_CHUNK_TOKENS


def test_a_sentence_that_stands_twice_has_two_places() -> None:
    text = "He left Minsk. She stayed. He left Minsk.\n\nHe left Minsk."
    chunks = split_into_chunks(text, max_tokens=8)
    places = [s.start for c in chunks for s in c.sentences if s.of(text) == "He left Minsk."]
    assert places == [0, 27, 43]


def test_a_short_paragraph_joins_the_one_before_it() -> None:
    text = "Title\n\nFirst paragraph here.\n\n" + "A long sentence of many words goes on. " * 8
    first, *rest = split_into_chunks(text, max_tokens=64)
    assert first.span.of(text) == "Title\n\nFirst paragraph here."
    assert rest


def test_two_real_paragraphs_are_two_chunks() -> None:
    text = "\n\n".join(f"Paragraph {n} tells of its own subject. " * 6 for n in range(3))
    assert len(split_into_chunks(text, max_tokens=200)) == 3


def test_a_chunk_does_not_run_over_the_end_of_a_paragraph_that_had_to_be_cut() -> None:
    text = "One two three four five six seven. " * 10 + "\n\n" + "A new paragraph. " * 10
    for chunk in split_into_chunks(text, max_tokens=40):
        inner = chunk.span.of(text)
        assert not ("One" in inner and "new paragraph" in inner)


def test_a_budget_too_small_for_a_character_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 8 tokens"):
        split_into_chunks("text", max_tokens=7)


@given(st.one_of(repeating, st.text()), st.integers(8, 64))
def test_chunks_tile_the_document(text: str, max_tokens: int) -> None:
    spans = [chunk.span for chunk in split_into_chunks(text, max_tokens=max_tokens)]
    edges = [0, *(edge for span in spans for edge in (span.start, span.end)), len(text)]
    assert edges == sorted(edges), "chunks overlap or are out of order"
    gaps = [text[end:start] for end, start in zip(edges[::2], edges[1::2], strict=True)]
    assert not "".join(gaps).strip(), "words were left out"


@given(repeating)
def test_no_chunk_is_over_its_budget(text: str) -> None:
    for chunk in split_into_chunks(text, max_tokens=16):
        assert count_tokens(chunk.span.of(text)) <= 16
