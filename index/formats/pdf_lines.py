"""The lines of a PDF: what is printed where, without what is repeated on every page."""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage

# A gap this wide, in sizes of the letters, is one between two columns of a table.
CELL_GAP = 2.2
CELL_MARK = " | "
# So many lines at the top and at the bottom of a page may be running headers and footers.
EDGE_LINES = 2
REPEATED_PAGES = 3

_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)
# PDFium puts one of these for the hyphen and the line break where a word was broken.
_PRINTED_LINE = re.compile("(?P<words>[^\r\n\x02\ufffe]+)(?P<broken>[\x02\ufffe])?")
SOFT_HYPHEN = "\u00ad"
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_PAGE_NUMBER = re.compile(
    r"[\W_]*(?:page|p\.|seite)?\s*(?:\d{1,4}|[ivxlc]{1,6})(?:\s*(?:of|/|von)\s*\d{1,4})?[\W_]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text on page `page` (from 0), in points from the lower left corner.

    `size` is that of its letters; a row of a table has CELL_MARK between its cells.
    """

    text: str
    page: int
    left: float
    right: float
    top: float
    bottom: float
    size: float

    @property
    def is_row(self) -> bool:
        """Whether it stands in a table."""
        return CELL_MARK in self.text


def lines_of(document: PdfDocument) -> list[Line]:
    """The lines of all pages in reading order, without running headers and footers."""
    pages = [list(_lines(document[number], number)) for number in range(len(document))]
    repeated = _repeated(pages)
    return [
        line
        for page in pages
        for place, line in _with_place(page)
        if (place is None or (place, _pattern(line.text)) not in repeated)
        and not (place is not None and _PAGE_NUMBER.fullmatch(line.text))
    ]


def _lines(page: PdfPage, number: int) -> Iterator[Line]:
    text_page = page.get_textpage()
    try:
        text = _characters(text_page)
        for found in _PRINTED_LINE.finditer(text):
            line = _line(text_page, found["words"], found.start(), number)
            if line is not None:
                yield replace(line, text=line.text + SOFT_HYPHEN) if found["broken"] else line
    finally:
        text_page.close()
        page.close()


def _characters(text_page: PdfTextPage) -> str:
    """One character for each of PDFium's, so that its numbers are offsets."""
    from pypdfium2 import raw

    count = text_page.count_chars()
    text = str(text_page.get_text_range(0, count)) if count else ""
    if len(text) == count:
        return text
    codes = (raw.FPDFText_GetUnicode(text_page, place) for place in range(count))
    return "".join(
        chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else " " for code in codes
    )


def _line(text_page: PdfTextPage, text: str, start: int, page: int) -> Line | None:
    from pypdfium2 import raw

    words = [(found.start(), found.end()) for found in re.finditer(r"\S+", text)]
    if not words:
        return None
    boxes = [
        (_box(text_page, start + begin), _box(text_page, start + end - 1)) for begin, end in words
    ]
    first, last = boxes[0][0], boxes[-1][1]
    size = _size(float(raw.FPDFText_GetFontSize(text_page, start + words[0][0])), first)
    pieces = [text[slice(*words[0])]]
    for (begin, end), (_, before), (behind, _) in zip(words[1:], boxes, boxes[1:], strict=False):
        gap = behind.left - before.right
        pieces += [CELL_MARK if gap > CELL_GAP * size else " ", text[begin:end]]
    return Line(
        _CONTROL.sub("", "".join(pieces).translate(_LIGATURES)),
        page,
        first.left,
        last.right,
        first.top,
        first.bottom,
        size,
    )


def _size(named: float, box: _Box) -> float:
    """The size of the letters: the font's, unless the page scales it to something else."""
    height = max(box.top - box.bottom, 1.0)
    return named if height / 2 < named < height * 2 else height / 1.2


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    right: float
    top: float
    bottom: float


def _box(text_page: PdfTextPage, place: int) -> _Box:
    """Where a character stands, with the room that its font gives it."""
    from pypdfium2 import raw

    box = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(text_page, place, ctypes.byref(box))
    return _Box(box.left, box.right, box.top, box.bottom)


def _with_place(page: Sequence[Line]) -> Iterator[tuple[int | None, Line]]:
    """Each line with its place at an edge of its page: 1, 2 from the top, -1, -2 from below."""
    by_height = sorted(page, key=lambda line: -line.top)
    places = {id(line): rank + 1 for rank, line in enumerate(by_height[:EDGE_LINES])}
    places |= {id(line): -rank - 1 for rank, line in enumerate(by_height[: -EDGE_LINES - 1 : -1])}
    for line in page:
        yield places.get(id(line)), line


def _repeated(pages: Sequence[Sequence[Line]]) -> set[tuple[int, str]]:
    """The edges that many pages have alike, but for the numbers in them."""
    seen = Counter(
        (place, _pattern(line.text))
        for page in pages
        for place, line in _with_place(page)
        if place is not None
    )
    # Left and right pages may differ, and the first of a chapter have none.
    enough = max(REPEATED_PAGES, len(pages) * 0.3)
    return {edge for edge, count in seen.items() if count >= enough}


def _pattern(text: str) -> str:
    return re.sub(r"\d+", "#", text)


def joined_at_line_ends(lines: Iterable[str], vocabulary: frozenset[str]) -> list[str]:
    """Each line with what joins it to the next: a space, or nothing where a word was broken.

    `vocabulary` holds the words with a hyphen that stand inside lines; such a word keeps its own.
    """
    texts = list(lines)
    return [
        _joined(text, following, vocabulary)
        for text, following in zip(texts, [*texts[1:], ""], strict=True)
    ]


def _joined(text: str, following: str, vocabulary: frozenset[str]) -> str:
    broken = re.search(rf"(\w+)[-\u2010{SOFT_HYPHEN}]$", text)
    rest = re.match(r"\w+", following)
    if broken is None or rest is None:
        return f"{with_plain_hyphen(text)} "
    is_compound = f"{broken[1]}-{rest[0]}".lower() in vocabulary
    keeps = is_compound or not rest[0][0].islower() or broken[1][-1].isdigit()
    return f"{text[:-1]}-" if keeps else text[:-1]


def hyphenated_words(lines: Iterable[Line]) -> frozenset[str]:
    """The words with a hyphen inside lines, in lower case."""
    return frozenset(word.lower() for line in lines for word in re.findall(r"\w+-\w+", line.text))


def with_plain_hyphen(text: str) -> str:
    """The text of a line that stands alone: the hyphen at its end is one."""
    return text.replace(SOFT_HYPHEN, "-")
