"""Passage: a chunk as it comes out of the library."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from index.spans import Span

# Between the titles of a section.
SECTION_MARK = " › "


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a stored document: `library.text(document_id)[start:end] == text`.

    `page`, on which it starts, counts from 1 and is `None` where the format has no pages;
    `page_breaks` are the offsets inside it at which the next pages begin. `section` names the
    headings above it, the highest first, and is empty where there are none. `score` says how well
    the passage fits the question that found it, higher is better; its scale depends on the
    search. `sentences` are spans of the same document.
    """

    text: str
    source: str
    title: str
    document_id: str
    page: int | None
    start: int
    end: int
    score: float = 0.0
    sentences: tuple[Span, ...] = field(default=(), repr=False)
    section: str = ""
    page_breaks: tuple[int, ...] = field(default=(), repr=False)

    @property
    def key(self) -> tuple[str, int]:
        """What tells this passage from every other of its library."""
        return self.document_id, self.start

    @property
    def heading(self) -> str:
        """What stands above it: the document's title and the section."""
        return SECTION_MARK.join(filter(None, (self.title, self.section)))

    def of(self, span: Span) -> str:
        """The words of a span of the document that lies within the passage."""
        return self.text[span.start - self.start : span.end - self.start]

    def page_at(self, offset: int) -> int | None:
        """The page on which the character at `offset` of the document stands."""
        return None if self.page is None else self.page + bisect_right(self.page_breaks, offset)

    def to_dict(self) -> dict[str, object]:
        """The fields as JSON takes them, without the sentence spans."""
        return {
            "text": self.text,
            "source": self.source,
            "title": self.title,
            "document_id": self.document_id,
            "page": self.page,
            "section": self.section,
            "start": self.start,
            "end": self.end,
            "score": self.score,
        }
