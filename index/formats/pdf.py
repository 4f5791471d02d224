"""PDF: by PDFium, which reads what Chromium shows, is fast, and draws the page as well.

A PDF knows letters and places, not paragraphs: those are found by the gaps, the sizes and the
ends of the lines, headings by the outline or, without one, by their size.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from index.contents import Contents
from index.errors import UnreadableDocument
from index.formats.archives import PROTECTED
from index.formats.pdf_lines import (
    Line,
    hyphenated_words,
    joined_at_line_ends,
    lines_of,
    with_plain_hyphen,
)
from index.formats.text_builder import MAX_HEADING, TextBuilder

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

# Letters this much larger than those of the text are a heading's.
HEADING_SIZE = 1.15
HEADING_LINES = 3
# A line this much further down than usual begins a paragraph; shares of the usual step.
PARAGRAPH_STEP = 1.35
# In sizes of the letters: how far in a first line is indented, and how far from the right edge a
# last line ends.
INDENT = 0.8
SHORT = 3.0

_ITEM = re.compile(r"^(?:[•‣◦▪–*·\uf0b7]|-|\(?\d{1,2}[.)]|\(?[a-z][.)])\s+\S")
_BULLET = re.compile(r"^[•‣◦▪–*·\uf0b7-]\s+")
_ENDS = re.compile(r"[.!?:;…]['\"”’)\]]*$")
_FILE_NAME = re.compile(r"\.\w{2,4}$|^untitled|^microsoft word|^\W*$|^[\w-]+\d{3,}$", re.IGNORECASE)


@dataclass(slots=True)
class _Block:
    """Lines that belong together; `level` is a heading's, 0 for text."""

    lines: list[Line] = field(default_factory=list)
    level: int = 0

    @property
    def is_row(self) -> bool:
        return self.lines[0].is_row


def read_pdf(content: bytes) -> Contents:
    """The text of all pages; raises UnreadableDocument for a scan and a protected file."""
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        document = PdfDocument(content)
    except PdfiumError as error:
        reason = PROTECTED if "password" in str(error).lower() else "it is damaged, or no PDF"
        raise UnreadableDocument(reason) from error
    try:
        return _contents(document)
    finally:
        document.close()


def _contents(document: PdfDocument) -> Contents:
    pages = len(document)
    lines = lines_of(document)
    if not lines:
        raise UnreadableDocument(
            f"it is a scan, {pages} {'page' if pages == 1 else 'pages'} without any text; "
            "run a text recognition (OCR) over it and add the result"
        )
    levels = _levels(document, lines)
    title = document.get_metadata_dict().get("Title", "").strip()
    if _FILE_NAME.search(title):
        title = _largest(lines)
    return _written(list(_blocks(lines, levels)), lines, pages, title)


def _levels(document: PdfDocument, lines: Sequence[Line]) -> dict[int, int]:
    """The level of each line that is a heading, by its place among the lines."""
    outlined = _outlined(document, lines)
    if outlined:
        return outlined
    body = _body_size(lines)
    is_heading = [
        line.size >= body * HEADING_SIZE
        and len(line.text) <= MAX_HEADING
        and any(map(str.isalpha, line.text))
        for line in lines
    ]
    # Where half of the text is large, size says nothing.
    if sum(is_heading) * 2 > len(lines):
        return {}
    sizes = sorted(
        {round(line.size) for line, is_one in zip(lines, is_heading, strict=True) if is_one}
    )
    ranks = {size: rank for rank, size in enumerate(reversed(sizes), start=1)}
    return {
        place: ranks[round(line.size)]
        for place, (line, is_one) in enumerate(zip(lines, is_heading, strict=True))
        if is_one
    }


def _outlined(document: PdfDocument, lines: Sequence[Line]) -> dict[int, int]:
    """The lines that the outline names: on the page that it leads to, with the same words."""
    levels: dict[int, int] = {}
    first_of_page: dict[int, int] = {}
    for place, line in enumerate(lines):
        first_of_page.setdefault(line.page, place)
    for entry in document.get_toc():
        destination = entry.get_dest()
        page = None if destination is None else destination.get_index()
        wanted = _letters(entry.get_title())
        if page not in first_of_page or not wanted:
            continue
        for place in range(first_of_page[page], len(lines)):
            if lines[place].page > page:
                break
            count = _lines_that_say(wanted, lines[place : place + HEADING_LINES])
            if count and place not in levels:
                levels |= dict.fromkeys(range(place, place + count), entry.level + 1)
                break
    return levels


def _lines_that_say(wanted: str, lines: Sequence[Line]) -> int:
    """How many of these lines are a heading with these letters; 0 when it does not stand here."""
    spoken = ""
    for count, line in enumerate(lines, start=1):
        spoken += _letters(line.text)
        if spoken == wanted:
            return count
        if not wanted.startswith(spoken):
            return 0
    return 0


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _body_size(lines: Sequence[Line]) -> float:
    by_size: Counter[float] = Counter()
    for line in lines:
        by_size[round(line.size, 1)] += len(line.text)
    return by_size.most_common(1)[0][0]


def _largest(lines: Sequence[Line]) -> str:
    """The largest line of the first page that has any."""
    first = [line for line in lines if line.page == lines[0].page]
    largest = max(first, key=lambda line: line.size)
    return largest.text if largest.size >= _body_size(lines) * HEADING_SIZE else ""


def _blocks(lines: Sequence[Line], levels: dict[int, int]) -> Iterator[_Block]:
    step = _usual_step(lines)
    edges = _right_edges(lines)
    body = _body_size(lines) * HEADING_SIZE
    block = _Block()
    for place, line in enumerate(lines):
        level = levels.get(place, 0)
        if block.lines and _begins(block, line, level, step, edges, body):
            yield block
            block = _Block()
        block.lines.append(line)
        block.level = block.level or level
    yield block


def _begins(
    block: _Block,
    line: Line,
    level: int,
    step: float,
    edges: dict[tuple[int, int], float],
    body: float,
) -> bool:
    """Whether `line` opens a block of its own behind `block`."""
    last = block.lines[-1]
    if level or block.level:
        # A heading of two lines: alike in size, one close below the other.
        is_alike = abs(last.size - line.size) < 0.5 and _is_below(last, line, step)
        return not (block.level and level in (0, block.level) and is_alike and line.size > body)
    if last.is_row or line.is_row or _ITEM.match(line.text):
        return True
    is_short = edges[_column(last)] - last.right > SHORT * last.size
    if last.page != line.page or line.top >= last.top:
        # Over the edge of a page or a column a sentence goes on.
        return bool(_ENDS.search(last.text)) or (is_short and not line.text[0].islower())
    if abs(last.size - line.size) > 0.1 * last.size:
        return True
    goes_on = not _ENDS.search(last.text) and line.text[0].islower()
    if last.top - line.top > (2 if goes_on else 1) * PARAGRAPH_STEP * step * last.size:
        return True
    is_indented = line.left - min(one.left for one in block.lines) > INDENT * line.size
    is_item = bool(_ITEM.match(block.lines[0].text))
    return (is_indented and not is_item and len(block.lines) > 1) or (
        is_short and bool(_ENDS.search(last.text))
    )


def _is_below(last: Line, line: Line, step: float) -> bool:
    return last.page == line.page and 0 < last.top - line.top <= 1.6 * step * last.size


def _usual_step(lines: Sequence[Line]) -> float:
    """From one line of a paragraph to the next, in sizes of its letters."""
    steps = [
        (upper.top - lower.top) / upper.size
        for upper, lower in pairwise(lines)
        if upper.page == lower.page and abs(upper.size - lower.size) < 0.1
    ]
    usual = [step for step in steps if 0.8 < step < 3.0]
    return median(usual) if usual else 1.2


def _column(line: Line) -> tuple[int, int]:
    return line.page, round(line.left / 30)


def _right_edges(lines: Sequence[Line]) -> dict[tuple[int, int], float]:
    """How far right the lines of each column of each page reach."""
    edges: dict[tuple[int, int], float] = {}
    for line in lines:
        column = _column(line)
        edges[column] = max(edges.get(column, 0.0), line.right)
    return edges


def _written(blocks: Sequence[_Block], lines: Sequence[Line], pages: int, title: str) -> Contents:
    builder = TextBuilder()
    vocabulary = hyphenated_words(lines)
    begun = 0
    for block in blocks:
        while begun <= block.lines[0].page:
            builder.page()
            begun += 1
        start, pieces = _write(builder, block, vocabulary)
        for line, offset in pieces:
            while begun <= line.page:
                builder.page(start + offset)
                begun += 1
    while begun < pages:
        builder.page()
        begun += 1
    return builder.contents(title)


def _write(
    builder: TextBuilder, block: _Block, vocabulary: frozenset[str]
) -> tuple[int, list[tuple[Line, int]]]:
    """Write a block; where it starts, and where in it each line does."""
    if block.level:
        text = "".join(joined_at_line_ends((line.text for line in block.lines), vocabulary))
        return builder.heading(text, block.level), []
    if block.is_row:
        return builder.row(with_plain_hyphen(block.lines[0].text)), []
    pieces = joined_at_line_ends((line.text for line in block.lines), vocabulary)
    offsets = [sum(map(len, pieces[:number])) for number in range(len(pieces))]
    text = "".join(pieces)
    bullet = _BULLET.match(text)
    if bullet is None and not _ITEM.match(text):
        return builder.paragraph(text), list(zip(block.lines, offsets, strict=True))
    return builder.row(f"- {text[bullet.end() :]}" if bullet else text), []
