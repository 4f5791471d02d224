"""Which lines of a PDF are headings: those that its outline names, else larger or bold ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

from index.formats.pdf_lines import Line

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

# Letters this much larger than those of the text are a heading's.
HEADING_SIZE = 1.15
MAX_HEADING = 150
_MAX_LINES = 3
_MAX_OUTLINE_ENTRIES = 5_000
_MAX_LEVEL = 6


def heading_levels(document: PdfDocument, lines: Sequence[Line]) -> dict[int, int]:
    """The level of each line that is a heading, by its place among the lines."""
    return _outlined(document, lines) or _prominent(lines)


def body_size(lines: Sequence[Line]) -> float:
    """The size of most letters."""
    letters: Counter[float] = Counter()
    for line in lines:
        letters[round(line.size, 1)] += len(line.text)
    return letters.most_common(1)[0][0] if letters else 10.0


def largest_text(lines: Sequence[Line]) -> str:
    """What is printed largest on the first page with text; empty when nothing stands out."""
    first = [line for line in lines if line.page == lines[0].page and _is_wordy(line)]
    size = max((line.size for line in first), default=0.0)
    if size < body_size(lines) * HEADING_SIZE:
        return ""
    start = next(place for place, line in enumerate(first) if line.size == size)
    title = takewhile(lambda line: line.size > size * 0.95, first[start : start + _MAX_LINES])
    return " ".join(line.text for line in title)


def _outlined(document: PdfDocument, lines: Sequence[Line]) -> dict[int, int]:
    """The lines that the outline names: on the page that it leads to, with the same letters."""
    places: dict[int, list[int]] = {}
    for place, line in enumerate(lines):
        places.setdefault(line.page, []).append(place)
    levels: dict[int, int] = {}
    for page, level, title in _outline(document):
        for place in places.get(page, ()):
            count = 0 if place in levels else _lines_that_say(title, lines[place:][:_MAX_LINES])
            if count:
                levels |= dict.fromkeys(range(place, place + count), level)
                break
    return levels


def _outline(document: PdfDocument) -> Iterator[tuple[int, int, str]]:
    """Page, level and letters of each entry."""
    for count, entry in enumerate(document.get_toc(max_depth=_MAX_LEVEL)):
        destination = entry.get_dest()
        page = destination.get_index() if destination is not None else None
        title = _letters(entry.get_title())
        if page is not None and any(map(str.isalpha, title)):
            yield page, entry.level + 1, title
        if count >= _MAX_OUTLINE_ENTRIES:
            return


def _lines_that_say(title: str, lines: Sequence[Line]) -> int:
    """How many of these lines make up the title; 0 for none."""
    first = _letters(lines[0].text)
    unnumbered = first.lstrip("0123456789")
    # The outline may leave out the number that stands in the text.
    said = unnumbered if unnumbered and not title.startswith(first) else first
    for count, line in enumerate(lines, start=1):
        said += _letters(line.text) if count > 1 else ""
        if said == title:
            return count
        if not said or not title.startswith(said):
            return 0
    return 0


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _prominent(lines: Sequence[Line]) -> dict[int, int]:
    body = body_size(lines)
    bold = sum(len(line.text) for line in lines if line.is_bold)
    bold_is_rare = bold * 4 < sum(len(line.text) for line in lines)
    sizes = {
        place: line.size if line.size >= body * HEADING_SIZE else body
        for place, line in enumerate(lines)
        if _is_wordy(line)
        and (line.size >= body * HEADING_SIZE or (bold_is_rare and _is_bold_title(line, body)))
    }
    # Where half of the lines stand out, none does.
    if len(sizes) * 2 > len(lines):
        return {}
    ranks = _ranks(sizes.values())
    return {place: ranks[round(size)] for place, size in sizes.items()}


def _ranks(sizes: Iterable[float]) -> dict[int, int]:
    distinct = sorted({round(size) for size in sizes}, reverse=True)
    return {size: min(rank, _MAX_LEVEL) for rank, size in enumerate(distinct, start=1)}


def _is_bold_title(line: Line, body: float) -> bool:
    return (
        line.is_bold
        and line.size >= body * 0.95
        and line.text[0].isalnum()
        and not line.text[0].islower()
        and not line.text.endswith((".", ",", ";"))
    )


def _is_wordy(line: Line) -> bool:
    letters = sum(map(str.isalpha, line.text))
    return (
        len(line.text) <= MAX_HEADING
        and not line.is_row
        and line.is_upright
        and letters >= 3
        and letters * 2 > len(line.text)
    )
