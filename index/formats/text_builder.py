"""Text builder: puts a document's text together, and knows where everything in it stands."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.contents import Contents, Heading
from index.errors import UnreadableDocument

# Some ten thousand pages; at fifty passages a second they take eight minutes to embed.
MAX_CHARACTERS = 20_000_000
MAX_HEADING = 200

_WHITE = re.compile(r"\s+")
_YEAR = re.compile(r"(?:19|20)\d\d(?:[/–-]\d{2,4})?")
_NUMBER = re.compile(r"[\s\d.,:%€$£()+/-]+")


class TextBuilder:
    """A text that grows by blocks; a blank line stands between two of them."""

    def __init__(self) -> None:
        """Nothing is in it."""
        self._pieces: list[str] = []
        self._length = 0
        self._page_starts: list[int] = []
        self._headings: list[Heading] = []

    def paragraph(self, text: str) -> int:
        """Running text; white space becomes single spaces. Gives the offset where it starts."""
        return self._block(_WHITE.sub(" ", text).strip(), "\n\n")

    def lines(self, text: str) -> None:
        """Text whose line breaks count, such as a program or a poem."""
        kept = [line.rstrip() for line in text.strip("\n").splitlines()]
        self._block("\n".join(kept), "\n\n")

    def item(self, text: str) -> None:
        """An item of a list, on a line of its own."""
        flat = _WHITE.sub(" ", text).strip()
        self._block(f"- {flat}" if flat else "", "\n")

    def row(self, text: str) -> int:
        """A line of its own, close to the one before it. Gives the offset where it starts."""
        return self._block(_WHITE.sub(" ", text).strip(), "\n")

    def heading(self, text: str, level: int) -> int:
        """A heading; it stands above all that follows, up to the next of its level.

        Gives the offset where it starts.
        """
        flat = _WHITE.sub(" ", text).strip()
        start = self._block(flat, "\n\n")
        if flat and len(flat) <= MAX_HEADING:
            self._headings.append(Heading(start, level, flat))
        return start

    def mark(self, title: str) -> None:
        """A heading that is not in the text, such as a time; it ends with the next one."""
        self._headings.append(Heading(self._next_start("\n\n"), 1, title))

    def page(self, start: int | None = None) -> None:
        """A new page begins with the next block, or at an offset in the last one."""
        self._page_starts.append(self._next_start("\n\n") if start is None else start)

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """A table, a line a row; under a header each row names its columns.

        `Name: Ann; Age: 41` can be understood and quoted alone, which `Ann | 41` cannot.
        """
        cells = [[_WHITE.sub(" ", cell).strip() for cell in row] for row in rows]
        filled = [row for row in cells if any(row)]
        if has_header(filled):
            header, *body = filled
            lines = [row_under(header, row) for row in body]
        else:
            lines = [" | ".join(filter(None, row)) for row in filled]
        for number, line in enumerate(lines):
            self._block(line, "\n" if number else "\n\n")

    def contents(self, title: str = "") -> Contents:
        """All of it."""
        return Contents(
            "".join(self._pieces),
            _WHITE.sub(" ", title).strip(),
            tuple(min(start, self._length) for start in self._page_starts),
            tuple(heading for heading in self._headings if heading.start < self._length),
        )

    def _next_start(self, gap: str) -> int:
        return self._length + (len(gap) if self._length else 0)

    def _block(self, text: str, gap: str) -> int:
        """Put a block behind a gap; where it starts."""
        if not text:
            return self._next_start(gap)
        start = self._next_start(gap)
        self._pieces.append(gap + text if self._length else text)
        self._length = start + len(text)
        if self._length > MAX_CHARACTERS:
            raise UnreadableDocument(
                f"it has more than {MAX_CHARACTERS // 1_000_000} million characters of text; "
                "split it and add the parts"
            )
        return start


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: words, all different, over at least one row."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return False
    first = [cell for cell in rows[0] if cell]
    return (
        len(first) >= max(2, len(rows[0]) - 1)
        and len(set(first)) == len(first)
        and any(map(_is_word, first))
        and all(_is_word(cell) or _YEAR.fullmatch(cell) for cell in first)
        and max(map(len, first)) <= MAX_HEADING
    )


def _is_word(cell: str) -> bool:
    return not _NUMBER.fullmatch(cell)


def row_under(header: Sequence[str], row: Sequence[str]) -> str:
    """A row with the name of each column before its cell."""
    named = [*header, *[""] * (len(row) - len(header))]
    pairs = [(name, cell) for name, cell in zip(named, row, strict=False) if cell]
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in pairs)
