"""Contents: what is in a file, as text with its title, pages and headings."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above the text from offset `start` on; level 1 is the highest.

    Where the title is in the text itself, `start` is where it begins there.
    """

    start: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What a reader makes of a file.

    `title` is the one that the file gives itself, or empty. `page_starts` are the offsets at which
    pages 1, 2, ... begin, ascending; empty when the format has no pages. `headings` come in the
    order of their places.
    """

    text: str
    title: str = ""
    page_starts: tuple[int, ...] = ()
    headings: tuple[Heading, ...] = ()

    def page(self, offset: int) -> int | None:
        """The page, from 1, on which the character at `offset` stands."""
        return max(1, bisect_right(self.page_starts, offset)) if self.page_starts else None

    def page_breaks(self, start: int, end: int) -> tuple[int, ...]:
        """Where pages begin behind `start` and before `end`."""
        first, last = bisect_right(self.page_starts, start), bisect_left(self.page_starts, end)
        return self.page_starts[first:last]
