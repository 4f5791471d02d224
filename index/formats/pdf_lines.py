"""The lines of a PDF: what is printed where, and how large."""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfTextPage

    # (left, bottom, right, top) in points from the lower left corner.
    Box: TypeAlias = tuple[float, float, float, float]

CELL_MARK = " | "
# A gap this wide, in sizes of the letters, parts two cells of a table.
_CELL_GAP = 2.2
_ROW_GAP = 1.0
# What PDFium gives for the hyphen at which a word is broken, and what a PDF may hold for it.
_BROKEN = "\x02\ufffe\u00ad"
SOFT_HYPHEN = "\u00ad"

_PRINTED = re.compile(f"([^\r\n{_BROKEN}]+)([{_BROKEN}])?")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200b\ufeff\uffff]")
_LEADERS = re.compile(r"(?:\s?[.·_]){5,}\s*|(?:\s?…){2,}\s*")
_BULLET_SIGNS = re.compile("^[•◦▪▫‣●○■□❖➢➤✓\uf0a7\uf0b7\uf0d8\uf0fc](?=\\s)")
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line on page `page`, from 0; places are points from the lower left corner of the page.

    `first_word` is the width of the first word. The text ends in SOFT_HYPHEN where a word is
    broken, and has CELL_MARK between the cells of a table.
    """

    text: str
    page: int
    left: float
    right: float
    baseline: float
    size: float
    first_word: float
    is_bold: bool
    is_upright: bool
    height: float
    """Where it stands on its page: 0 at the bottom, 1 at the top."""

    @property
    def is_row(self) -> bool:
        """Whether it is a row of a table or of a list of contents."""
        return CELL_MARK in self.text or _LEADER_SIGN in self.text


_LEADER_SIGN = " … "


def lines_of(document: PdfDocument, page_number: int) -> list[Line]:
    """The lines of a page in the order in which they are stored."""
    page = document[page_number]
    text_page = page.get_textpage()
    try:
        page_height = page.get_height()
        lines = [
            line
            for found in _PRINTED.finditer(_characters(text_page))
            if (line := _line(text_page, found, page_number, page_height)) is not None
        ]
    finally:
        text_page.close()
        page.close()
    return list(_with_cells_joined(lines))


def _characters(text_page: PdfTextPage) -> str:
    """One character for each of PDFium's, so that its numbers are offsets here."""
    from pypdfium2 import raw

    count = text_page.count_chars()
    text = str(text_page.get_text_range(0, count)) if count else ""
    if len(text) == count:
        return text
    codes = (raw.FPDFText_GetUnicode(text_page, place) for place in range(count))
    return "".join(
        chr(code) if 0 < code < 0xD800 or 0xDFFF < code < 0x110000 else " " for code in codes
    )


def _line(
    text_page: PdfTextPage, found: re.Match[str], page: int, page_height: float
) -> Line | None:
    words = [(match.start(), match.end()) for match in re.finditer(r"\S+", found[1])]
    if not words:
        return None
    start = found.start()
    boxes = [
        (_box(text_page, start + begin), _box(text_page, start + end - 1)) for begin, end in words
    ]
    longest = max(words, key=lambda word: word[1] - word[0])
    sample = _Sample.of(text_page, start + longest[0])
    text = _cleaned(_spaced(found[1], words, boxes, sample.size))
    if not text:
        return None
    return Line(
        text=text + SOFT_HYPHEN if found[2] else text,
        page=page,
        left=boxes[0][0][0],
        right=boxes[-1][1][2],
        baseline=sample.baseline,
        size=sample.size,
        first_word=boxes[0][1][2] - boxes[0][0][0],
        is_bold=all(
            _is_bold(text_page, start + begin) for begin in {words[0][0], longest[0], words[-1][0]}
        ),
        is_upright=sample.is_upright,
        height=sample.baseline / page_height if page_height > 0 else 0.5,
    )


def _spaced(
    text: str,
    words: Sequence[tuple[int, int]],
    boxes: Sequence[tuple[Box, Box]],
    size: float,
) -> str:
    """The words with a space between them, or a mark where the gap is one between cells."""
    gaps = [behind[0][0] - before[1][2] for before, behind in pairwise(boxes)]
    first = text[slice(*words[0])]
    if gaps and len(first) < 5 and not first[-1].isalpha():
        gaps[0] = 0.0  # The number or sign of an item stands off its text.
    # In a row that is known to be one, narrower gaps part cells too.
    narrowest = (_ROW_GAP if max(gaps, default=0.0) > _CELL_GAP * size else _CELL_GAP) * size
    parts = [first]
    for gap, word in zip(gaps, words[1:], strict=True):
        parts += [CELL_MARK if gap > narrowest else " ", text[slice(*word)]]
    return "".join(parts)


def _cleaned(text: str) -> str:
    text = _LEADERS.sub(_LEADER_SIGN, text.replace(f"{CELL_MARK}.", " .").translate(_LIGATURES))
    text = _BULLET_SIGNS.sub("•", _CONTROL.sub("", text))
    return unicodedata.normalize("NFC", text).strip()


@dataclass(frozen=True, slots=True)
class _Sample:
    """What one character tells about its line."""

    size: float
    baseline: float
    is_upright: bool

    @classmethod
    def of(cls, text_page: PdfTextPage, place: int) -> _Sample:
        from pypdfium2 import raw

        matrix, x, y = raw.FS_MATRIX(), ctypes.c_double(), ctypes.c_double()
        raw.FPDFText_GetMatrix(text_page, place, ctypes.byref(matrix))
        raw.FPDFText_GetCharOrigin(text_page, place, ctypes.byref(x), ctypes.byref(y))
        # A page may scale its letters to another size than that of the font.
        size = float(raw.FPDFText_GetFontSize(text_page, place)) * math.hypot(matrix.c, matrix.d)
        if not 0.5 < size < 2000:
            _, bottom, _, top = _box(text_page, place)
            size = min(2000.0, max(1.0, (top - bottom) / 1.2))
        return cls(size, y.value, abs(matrix.b) <= abs(matrix.a))


def _box(text_page: PdfTextPage, place: int) -> Box:
    """Where a character stands, with the room that its font gives it."""
    from pypdfium2 import raw

    box = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(text_page, place, ctypes.byref(box))
    return box.left, box.bottom, box.right, box.top


def _is_bold(text_page: PdfTextPage, place: int) -> bool:
    from pypdfium2 import raw

    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    raw.FPDFText_GetFontInfo(text_page, place, name, 128, ctypes.byref(flags))
    font = name.value.lower()
    return b"bold" in font or b"black" in font or font.startswith((b"cmbx", b"sfbx"))


def _with_cells_joined(lines: Sequence[Line]) -> Iterator[Line]:
    """Cells of a row that are stored as lines of their own, side by side."""
    row: Line | None = None
    for line in lines:
        if row is not None and _is_beside(row, line):
            mark = CELL_MARK if line.left - row.right > _CELL_GAP * line.size else " "
            row = replace(
                row,
                text=row.text + mark + line.text,
                right=line.right,
                is_bold=row.is_bold and line.is_bold,
            )
            continue
        if row is not None:
            yield row
        row = line
    if row is not None:
        yield row


def _is_beside(left: Line, right: Line) -> bool:
    return (
        left.is_upright
        and right.is_upright
        and not left.text.endswith(SOFT_HYPHEN)
        and abs(left.baseline - right.baseline) < 0.2 * min(left.size, right.size)
        and left.right - 0.2 * left.size <= right.left
    )
