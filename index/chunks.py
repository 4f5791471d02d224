"""Chunks: the stretches of a document that are embedded and found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.contents import Heading
from index.sections import split_into_sections
from index.sentences import split_into_sentences
from index.spans import Span
from index.tokens import count_tokens

DEFAULT_CHUNK_TOKENS = 200
# A title or a heading is too short to stand alone; two real paragraphs are two subjects.
TINY_TOKENS = 30


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole sentences that stand together; `span` runs from the first one to the last.

    `section` holds the titles of the headings above it, the highest first.
    """

    span: Span
    sentences: tuple[Span, ...]
    section: tuple[str, ...] = ()


def split_into_chunks(
    text: str,
    *,
    headings: Sequence[Heading] = (),
    max_tokens: int = DEFAULT_CHUNK_TOKENS,
) -> list[Chunk]:
    """The chunks of `text`, in order and without overlap; only white space is left between them.

    A chunk holds whole sentences of one paragraph, up to `max_tokens` (cl100k_base). A paragraph
    or a rest of one that has at most TINY_TOKENS is joined to what stands before it, or to what
    follows it, where both fit and no heading stands between. Raises ValueError when `max_tokens`
    is below 8: a single grapheme may need that many.
    """
    if max_tokens < 8:
        raise ValueError(f"a chunk needs room for at least 8 tokens, got {max_tokens}")
    return [
        replace(chunk, section=titles)
        for part, titles in split_into_sections(text, headings)
        for chunk in _chunks_of(text, part, max_tokens)
    ]


def _chunks_of(text: str, part: Span, max_tokens: int) -> list[Chunk]:
    sentences = [
        Span(part.start + sentence.start, part.start + sentence.end)
        for sentence in split_into_sentences(part.of(text), max_tokens=max_tokens)
    ]
    chunks: list[Chunk] = []
    for paragraph in _paragraphs(text, sentences):
        for group in _filled(text, paragraph, max_tokens):
            chunk = _chunk_of(group)
            if chunks and _belong_together(text, chunks[-1], chunk, max_tokens):
                chunks[-1] = _chunk_of([*chunks[-1].sentences, *group])
            else:
                chunks.append(chunk)
    return chunks


def _belong_together(text: str, before: Chunk, behind: Chunk, max_tokens: int) -> bool:
    smaller = min(count_tokens(before.span.of(text)), count_tokens(behind.span.of(text)))
    both = text[before.span.start : behind.span.end]
    return smaller <= TINY_TOKENS and count_tokens(both) <= max_tokens


def _chunk_of(sentences: Sequence[Span]) -> Chunk:
    return Chunk(Span(sentences[0].start, sentences[-1].end), tuple(sentences))


def _paragraphs(text: str, sentences: Sequence[Span]) -> Iterator[list[Span]]:
    """Sentences with no blank line between them."""
    paragraph: list[Span] = []
    for sentence in sentences:
        if paragraph and text.count("\n", paragraph[-1].end, sentence.start) > 1:
            yield paragraph
            paragraph = []
        paragraph.append(sentence)
    if paragraph:
        yield paragraph


def _filled(text: str, paragraph: Sequence[Span], max_tokens: int) -> Iterator[list[Span]]:
    """The sentences of a paragraph in groups that stay within the budget."""
    group: list[Span] = []
    for sentence in paragraph:
        if group and count_tokens(text[group[0].start : sentence.end]) > max_tokens:
            yield group
            group = []
        group.append(sentence)
    if group:
        yield group
