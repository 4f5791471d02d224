"""What the pages of a PDF repeat at their edges: running headers, footers, page numbers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from index.formats.pdf_lines import Line

# So much of the height of a page, above and below, and so many lines there, may be its edge.
_EDGE_HEIGHT = 0.14
_EDGE_LINES = 3
REPEATED_PAGES = 3
# Left and right pages may differ, and the first of a chapter have none.
REPEATED_SHARE = 0.4

_NUMBER = re.compile(r"\W*(\d{1,4})\W*")
_ROMAN = re.compile(r"\W*[ivxlc]{1,7}\W*")
_NAMED_NUMBER = re.compile(
    r"\W*(?:page|p\.|seite)\s*\d{1,4}(?:\s*(?:of|/|von)\s*\d{1,4})?\W*|\W*\d{1,4}\s*(?:of|/|von)"
    r"\s*\d{1,4}\W*",
    re.IGNORECASE,
)


def without_edges(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The lines of each page without those that it has only for being a page."""
    edges = [list(_edge_lines(page)) for page in pages]
    left_out = {id(line) for line in (*_repeated(edges), *_page_numbers(edges))}
    return [[line for line in page if id(line) not in left_out] for page in pages]


def _edge_lines(page: Sequence[Line]) -> Iterator[tuple[bool, Line]]:
    """The outermost lines, with whether they stand at the top."""
    by_height = sorted(page, key=lambda line: line.height)
    for line in by_height[:_EDGE_LINES]:
        if line.height <= _EDGE_HEIGHT:
            yield False, line
    for line in by_height[-_EDGE_LINES:]:
        if line.height >= 1 - _EDGE_HEIGHT:
            yield True, line


def _repeated(edges: Sequence[Sequence[tuple[bool, Line]]]) -> Iterator[Line]:
    alike: dict[tuple[bool, str], list[Line]] = defaultdict(list)
    for page in edges:
        for is_top, line in page:
            alike[is_top, re.sub(r"\d+", "#", line.text)].append(line)
    enough = max(REPEATED_PAGES, REPEATED_SHARE * len(edges))
    for lines in alike.values():
        if len({line.page for line in lines}) >= enough:
            yield from lines
        else:
            yield from _repeated_in_a_chapter(lines)


def _repeated_in_a_chapter(lines: Sequence[Line]) -> Iterator[Line]:
    """The same line at the same height, page after page; the first one may be a heading."""
    run: list[Line] = []
    for line, following in pairwise([*lines, None]):
        if line is None:
            continue
        run.append(line)
        goes_on = (
            following is not None
            and following.page - line.page <= 2
            and following.text == line.text
            and abs(following.height - line.height) < 0.003
        )
        if not goes_on:
            yield from run[1:] if len(run) > REPEATED_PAGES else ()
            run = []


def _page_numbers(edges: Sequence[Sequence[tuple[bool, Line]]]) -> Iterator[Line]:
    """Numbers that count the pages, from wherever they begin."""
    numbers = [
        (line, int(found[1]) - line.page)
        for page in edges
        for _, line in page
        if (found := _NUMBER.fullmatch(line.text))
    ]
    begins = Counter(begin for _, begin in numbers)
    yield from (line for line, begin in numbers if begin == 1 or begins[begin] > 1)
    roman = [line for page in edges for _, line in page if _ROMAN.fullmatch(line.text)]
    yield from roman if len(roman) > 1 else ()
    for page in edges:
        yield from (line for _, line in page if _NAMED_NUMBER.fullmatch(line.text))
