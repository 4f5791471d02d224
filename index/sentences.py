"""Where the sentences of a text stand.

NLTK's Punkt decides where a sentence ends; this module adds what Punkt does not know: typographic
quotation marks, blank lines, headings and list items, and what to do with text that never stops.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from index.spans import Span
from index.tokens import count_tokens, llama_index_static

if TYPE_CHECKING:
    from nltk.tokenize.punkt import PunktTokenizer

# One character for one, so that offsets stay: Punkt closes a sentence behind straight quotes only,
# and what ends bold or italic words in Markdown closes one as well.
_STRAIGHT_QUOTES = str.maketrans("“”„‟«»*_‘’‚‛", '""""""""' + "''''")

# A blank line, or a line break before a heading, a list item or a table row, which is
# "| Ann | 41 |", "Ann | 41" or "Name: Ann; Age: 41".
_ROW = r"\||[^\n|]{1,200} \| |[^\n:;]{1,80}: [^\n;]{1,200}; [^\n:;]{1,80}: "
_BLOCK_BREAK = re.compile(
    rf"\n[^\S\n]*(?:\n\s*|(?=[-*+•–][^\S\n]|\d{{1,3}}[.)][^\S\n]|#{{1,6}}[^\S\n]|{_ROW}))"
)
_IS_ROW = re.compile(_ROW)
_AFTER_HEADING = re.compile(r"^#{1,6}[^\S\n][^\n]*\n", re.MULTILINE)
# What may open a paragraph without being a sentence: the number of a list item, a word or two such
# as "Warranty." in a manual or "Yes." in an answer, or what is bold, as the questions of a FAQ.
_LEAD_IN = re.compile(r"\w{1,3}[.)]|[\w'’-]+(?:\s[\w'’-]+)?\.")
_BOLD_LEAD_IN = re.compile(r"(\*\*|__)(?=\S)[^\n]{1,300}?(?<=[.?!:])\1(?=\s)")
_ANY_TERMINAL = re.compile(r"[.!?。！？…]")

# Where a text without full stops may be cut, best first.
_CUTS = (
    re.compile(r"\n+"),
    re.compile(r"[;:。！？؟।]\s*"),
    re.compile(r",\s+"),
    re.compile(r"\s+"),
)


@cache
def _punkt() -> PunktTokenizer:
    import nltk.data
    from nltk.tokenize.punkt import PunktTokenizer

    # NLTK reads only below the folders of this list; ours stands there only while loading.
    folder = str(llama_index_static() / "nltk_cache")
    nltk.data.path.insert(0, folder)
    try:
        return PunktTokenizer("english")
    finally:
        nltk.data.path.remove(folder)


def split_into_sentences(text: str, *, max_tokens: int) -> list[Span]:
    """The sentences of `text` in order, without the white space between them.

    They do not overlap, and every character that is not white space is in one of them. A sentence
    longer than `max_tokens` (cl100k_base) is cut at the best place that keeps the pieces within
    the budget: line break, semicolon, comma, white space, and only then inside a word, but never
    inside a grapheme.
    """
    return [
        piece
        for block in _blocks(text)
        for sentence in _sentences_of(text, block)
        for piece in _within_budget(text, sentence, max_tokens)
    ]


def is_row(sentence: str) -> bool:
    """Whether it is a row of a table, which says nothing of the rows beside it."""
    return bool(_IS_ROW.match(sentence))


def _blocks(text: str) -> Iterator[Span]:
    """Paragraphs, headings and list items: no sentence crosses their edges."""
    edges = {match.end() for match in _BLOCK_BREAK.finditer(text)}
    edges |= {match.end() for match in _AFTER_HEADING.finditer(text)}
    cuts = sorted({0, *edges, len(text)})
    for start, end in pairwise(cuts):
        block = Span(start, end).trimmed(text)
        if block is not None:
            yield block


def _sentences_of(text: str, block: Span) -> Iterator[Span]:
    passage = block.of(text)
    # Punkt needs quadratic time on a long text in which nothing ends, and finds nothing there.
    if not _ANY_TERMINAL.search(passage):
        yield block
        return
    found = _punkt().span_tokenize(passage.translate(_STRAIGHT_QUOTES))
    for start, end in _with_lead_ins(passage, list(found)):
        sentence = Span(block.start + start, block.start + end).trimmed(text)
        if sentence is not None:
            yield sentence


def _with_lead_ins(passage: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans, with what opens the passage joined to the sentence that it is about."""
    bold = _BOLD_LEAD_IN.match(passage)
    begun = bold.end() if bold else 0
    last = 0
    for start, end in spans[:-1]:
        if end > begun and not _LEAD_IN.fullmatch(passage[max(start, begun) : end].strip()):
            break
        last += 1
    return [(spans[0][0], spans[last][1]), *spans[last + 1 :]] if spans else []


def _within_budget(text: str, sentence: Span, max_tokens: int) -> Iterator[Span]:
    # A token is at least one UTF-8 byte, so a short text needs no counting.
    if (
        len(sentence.of(text).encode()) <= max_tokens
        or count_tokens(sentence.of(text)) <= max_tokens
    ):
        yield sentence
        return
    middle = _best_cut(text, sentence)
    for half in (Span(sentence.start, middle), Span(middle, sentence.end)):
        trimmed = half.trimmed(text)
        if trimmed is not None:
            yield from _within_budget(text, trimmed, max_tokens)


def _best_cut(text: str, sentence: Span) -> int:
    """The cut nearest to the middle, of the best kind that the middle half of the sentence has."""
    covered = sentence.of(text)
    quarter = len(covered) // 4
    for pattern in _CUTS:
        cuts = [m.end() for m in pattern.finditer(covered, quarter, len(covered) - quarter)]
        if cuts:
            return sentence.start + min(cuts, key=lambda cut: abs(cut - len(covered) // 2))
    return sentence.start + _grapheme_cut(covered)


def _grapheme_cut(covered: str) -> int:
    """The edge of a grapheme (Unicode Annex 29) nearest behind the middle.

    A single grapheme that is over the budget, such as a letter under a thousand accents, is cut
    at its middle all the same.
    """
    import regex

    middle = len(covered) // 2
    # Graphemes are found from the start of the text; a window is enough and keeps this linear.
    window_start = max(0, middle - 64)
    edges = [
        m.end() + window_start for m in regex.finditer(r"\X", covered[window_start : middle + 64])
    ]
    inner = [edge for edge in edges if middle <= edge < len(covered)]
    return inner[0] if inner else max(1, middle)
