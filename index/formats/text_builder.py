"""Text that is put together block by block, so that its offsets are right by construction."""

from __future__ import annotations

import re
from collections.abc import Iterable

from index.contents import Contents, Heading
from index.errors import UnreadableDocument
from index.formats.table_rows import written_rows

MAX_CHARACTERS = 20_000_000

# What is never seen on a page: soft hyphens, zero-width spaces, byte order marks, controls.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\ufeff\ufffe\uffff]"
)
_BLOCK_GAP, _LINE_GAP = "\n\n", "\n"


def collapsed(text: str) -> str:
    """`text` in one line: white space as single spaces, invisible characters left out."""
    return " ".join(_INVISIBLE.sub("", text).split())


def require_length(characters: int) -> None:
    """Raises UnreadableDocument when a text is longer than a document may be."""
    if characters > MAX_CHARACTERS:
        millions, limit = -(-characters // 1_000_000), MAX_CHARACTERS // 1_000_000
        raise UnreadableDocument(
            f"it has {millions} million characters of text, more than {limit}; "
            "split it and add the parts"
        )


class TextBuilder:
    """Collects blocks of text, pages and headings; `contents()` gives what they make together.

    Blocks are separated by a blank line, list items and table rows among themselves by a line
    break. A page or a mark belongs to the block that comes next. A block without text adds
    nothing. Raises UnreadableDocument as soon as the text is longer than MAX_CHARACTERS.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._kind = ""
        self._pages: list[int] = []
        self._new_pages = 0
        self._headings: list[Heading] = []
        self._marks: list[tuple[int, str]] = []

    @property
    def is_empty(self) -> bool:
        """Whether no block with text has come yet."""
        return not self._parts

    @property
    def first_heading(self) -> str:
        """The title of the first heading, or empty."""
        return self._headings[0].title if self._headings else ""

    def paragraph(self, text: str) -> None:
        """A paragraph in one line."""
        self._add(collapsed(text), "paragraph")

    def lines(self, text: str) -> None:
        """A paragraph whose line breaks stay; a blank line ends it and begins the next one."""
        for block in _without_blank_lines(collapsed(line) for line in text.splitlines()):
            self._add(block, "paragraph")

    def preformatted(self, text: str) -> None:
        """Text such as a program, in which white space at the start of a line has a meaning."""
        lines = (_INVISIBLE.sub("", line).rstrip() for line in text.splitlines())
        for block in _without_blank_lines(lines):
            self._add(block, "paragraph")

    def go_on(self, text: str, *, glue: str = " ") -> None:
        """More of the last block, on the same line; where a new page is due, it begins here."""
        self._add(collapsed(text), self._kind, gap=glue if self._parts else "")

    def heading(self, text: str, level: int) -> None:
        """A heading that stands in the text."""
        if title := collapsed(text):
            self.mark(level, title)
            self._add(title, "heading")

    def mark(self, level: int, title: str) -> None:
        """A heading that is not in the text, above the block that comes next."""
        self._marks.append((level, collapsed(title)))

    def item(self, text: str, *, marker: str = "- ") -> None:
        """An item of a list."""
        if line := collapsed(text):
            self._add(marker + line, "item")

    def line(self, text: str) -> None:
        """A line that belongs with the lines before and after it, such as a row."""
        self._add(collapsed(text), "line")

    def add_line(self, text: str) -> None:
        """A line right below the last block, of whatever kind that is."""
        self._add(collapsed(text), self._kind, gap=_LINE_GAP if self._parts else "")

    def table(
        self,
        rows: Iterable[Iterable[str]],
        *,
        has_header: bool | None = None,
        may_be_pairs: bool = False,
    ) -> None:
        """A line a row, as `written_rows` says."""
        self._kind = ""
        cleaned = ([collapsed(cell) for cell in row] for row in rows)
        for row in written_rows(cleaned, has_header=has_header, may_be_pairs=may_be_pairs):
            self._add(row, "line")
        self._kind = "table"

    def page(self) -> None:
        """A new page begins with what comes next."""
        self._new_pages += 1

    def contents(self, title: str = "") -> Contents:
        """All that came; a mark with nothing below it is left out, an empty page is not."""
        pages = (*self._pages, *[self._length] * self._new_pages)
        return Contents("".join(self._parts), collapsed(title), pages, tuple(self._headings))

    def _add(self, text: str, kind: str, gap: str | None = None) -> None:
        if not text:
            return
        if gap is None:
            gap = self._gap_before(kind) if self._parts else ""
        start = self._length + len(gap)
        require_length(start + len(text))
        self._pages += [start] * self._new_pages
        self._headings += [Heading(start, level, title) for level, title in self._marks]
        self._new_pages, self._marks = 0, []
        self._parts += [gap, text]
        self._length = start + len(text)
        self._kind = kind

    def _gap_before(self, kind: str) -> str:
        if kind in ("item", "line") and self._kind == kind:
            return _LINE_GAP
        # What announces a list is not understood without it, nor the list without what announces.
        announced = kind == "item" and self._kind == "paragraph" and self._parts[-1].endswith(":")
        return _LINE_GAP if announced else _BLOCK_GAP


def _without_blank_lines(lines: Iterable[str]) -> Iterable[str]:
    block: list[str] = []
    for line in lines:
        if line:
            block.append(line)
        elif block:
            yield "\n".join(block)
            block = []
    if block:
        yield "\n".join(block)
