"""Which lines of a PDF make a paragraph: told by gaps, indents, and how far the lines reach."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from statistics import median

from index.formats.pdf_lines import SOFT_HYPHEN, Line

# A line this much further down than usual begins a paragraph; shares of the usual step.
_PARAGRAPH_STEP = 1.3
# In sizes of the letters.
_INDENT = 0.7
_MAX_INDENT = 8.0
_SAME_EDGE = 0.4
_SPACE = 0.3
_NEIGHBOURS = 4

_ITEM = re.compile(r"(?:[•–—*·-]|\(?\d{1,2}[.)]|\(?[a-zA-Z][.)]|\((?:[ivx]{1,5})\))\s+\S")
_SENTENCE_END = re.compile(r"[.!?:;…][\"'”’)\]\d]*$")


class Kind(Enum):
    """How a block stands in the text."""

    TEXT = "text"
    HEADING = "heading"
    ITEM = "item"
    ROW = "row"
    LINE = "line"
    """A line of its own, close to the one above, as in an address or a poem."""


@dataclass(slots=True)
class Block:
    """Lines that belong together."""

    kind: Kind
    lines: list[Line]
    level: int = 0


def blocks_of(lines: Sequence[Line], levels: dict[int, int]) -> Iterator[Block]:
    """The lines of all pages as blocks; `levels` tells which of them are headings."""
    layout = _Layout(lines)
    block: Block | None = None
    for place, line in enumerate(lines):
        level = levels.get(place, 0)
        kind = _kind(line, level)
        if block is not None:
            opened = _kind_behind(block, kind, level, place, layout)
            if opened is None:
                block.lines.append(line)
                continue
            yield block
            kind = opened
        block = Block(kind, [line], level)
    if block is not None:
        yield block


def _kind(line: Line, level: int) -> Kind:
    if level:
        return Kind.HEADING
    if line.is_row:
        return Kind.ROW
    return Kind.ITEM if _ITEM.match(line.text) else Kind.TEXT


def _kind_behind(block: Block, kind: Kind, level: int, place: int, layout: _Layout) -> Kind | None:
    """The kind of the block that the line opens, None when it goes on with `block`."""
    above, line = layout.lines[place - 1], layout.lines[place]
    if kind is Kind.HEADING or block.kind is Kind.HEADING:
        goes_on = block.level == level and len(block.lines) < 3 and layout.is_close(place)
        return None if goes_on and abs(above.size - line.size) < 0.5 else kind
    if above.is_upright != line.is_upright:
        return kind
    if kind is Kind.ITEM and not line.text[0].isalnum():
        return kind
    if kind is Kind.ITEM and (
        _ends_sentence(above) or layout.has_room(place) or block.kind is kind
    ):
        return kind
    if Kind.ROW in (kind, block.kind):
        return kind
    if abs(above.size - line.size) > 0.12 * above.size:
        return Kind.TEXT
    if above.page != line.page or line.baseline >= above.baseline:
        return None if _goes_on_elsewhere(above, line, place, layout) else Kind.TEXT
    return _kind_below(block, above, line, place, layout)


def _kind_below(block: Block, above: Line, line: Line, place: int, layout: _Layout) -> Kind | None:
    """For a line of text right below one of the same size."""
    is_inside = not _ends_sentence(above) and line.text[0].islower()
    if not layout.is_close(place):
        return None if is_inside and layout.is_close(place, steps=2) else Kind.TEXT
    if _begins_by_indent(block, above, line, place, layout):
        return None if is_inside and layout.is_full(place - 1) else Kind.TEXT
    if not layout.has_room(place) or is_inside or above.text.endswith(SOFT_HYPHEN):
        return None
    return Kind.TEXT if _ends_sentence(above) else Kind.LINE


def _goes_on_elsewhere(above: Line, line: Line, place: int, layout: _Layout) -> bool:
    """Whether a sentence goes on at the top of the next page or column."""
    if above.text.endswith(SOFT_HYPHEN):
        return True
    if _ends_sentence(above) or _ITEM.match(line.text):
        return False
    return line.text[0].islower() or layout.is_full(place - 1)


def _begins_by_indent(block: Block, above: Line, line: Line, place: int, layout: _Layout) -> bool:
    shift = (line.left - above.left) / line.size
    below = layout.line_below(place)
    if block.kind is Kind.ITEM:
        # Further lines of an item mostly stand under its text.
        is_under = line.left > block.lines[0].left + _SAME_EDGE * line.size
        return not is_under and (_ends_sentence(above) or not layout.is_full(place - 1))
    if _INDENT < shift < _MAX_INDENT:
        if below is not None and below.left < line.left - _SAME_EDGE * line.size:
            return True
        # A block set in, or the second line of an entry whose first one stands out.
        return len(block.lines) > 1 or _ends_sentence(above)
    if shift < -_INDENT:
        first_stands_out = block.lines[0].left <= line.left + _SAME_EDGE * line.size
        return len(block.lines) > 1 and (first_stands_out or _ends_sentence(above))
    return False


def _ends_sentence(line: Line) -> bool:
    return _SENTENCE_END.search(line.text) is not None


class _Layout:
    """The lines with what their neighbours tell: usual steps, and how far lines reach."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self._steps = _usual_steps(lines)
        self._edges = [self._right_edge(place) for place in range(len(lines))]

    def is_close(self, place: int, *, steps: int = 1) -> bool:
        """Whether the line is no further below the one above it than lines of a paragraph are."""
        above, line = self.lines[place - 1], self.lines[place]
        usual = self._steps.get(round(line.size), 1.2) * max(line.size, above.size)
        return (
            above.page == line.page
            and 0 < above.baseline - line.baseline <= usual * _PARAGRAPH_STEP * steps
        )

    def has_room(self, place: int) -> bool:
        """Whether the first word would have fitted on the line above: then a break is meant."""
        above, line = self.lines[place - 1], self.lines[place]
        needed = line.first_word + _SPACE * line.size
        return above.right + needed < self._edges[place - 1] - _SAME_EDGE * line.size

    def is_full(self, place: int) -> bool:
        """Whether the line reaches nearly as far as its neighbours; one alone never does."""
        line = self.lines[place]
        has_neighbour = self._follows(place) or self._follows(place + 1)
        return has_neighbour and self._edges[place] - line.right < 3 * line.size

    def line_below(self, place: int) -> Line | None:
        """The next line when it follows close below."""
        return self.lines[place + 1] if self._follows(place + 1) else None

    def _follows(self, place: int) -> bool:
        """Whether the line stands close below the one before it, in the same column."""
        if not 0 < place < len(self.lines):
            return False
        above, line = self.lines[place - 1], self.lines[place]
        return (
            self.is_close(place)
            and abs(above.size - line.size) < 0.12 * line.size
            and line.left < above.right
            and above.left < line.right
        )

    def _right_edge(self, place: int) -> float:
        """How far the lines right above and below reach: further apart the column may differ."""
        edge = self.lines[place].right
        for step in (-1, 1):
            at = place
            while abs(at - place) < _NEIGHBOURS and self._follows(at if step < 0 else at + 1):
                at += step
                edge = max(edge, self.lines[at].right)
        return edge


def _usual_steps(lines: Sequence[Line]) -> dict[int, float]:
    """From one line of a paragraph to the next, in sizes of the letters, for each size."""
    steps: dict[int, list[float]] = defaultdict(list)
    for above, line in pairwise(lines):
        step = (above.baseline - line.baseline) / line.size
        if above.page == line.page and abs(above.size - line.size) < 0.1 and 0.8 < step < 3:
            steps[round(line.size)].append(step)
    return {size: median(found) for size, found in steps.items()}
