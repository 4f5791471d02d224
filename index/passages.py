"""Passage: a chunk as it comes out of the library."""

from __future__ import annotations

from dataclasses import dataclass, field

from index.spans import Span


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a stored document: `library.text(document_id)[start:end] == text`.

    `page` counts from 1 and is `None` where the format has no pages. `score` says how well the
    passage fits the question that found it, higher is better; its scale depends on the search.
    `sentences` are spans of the same document.
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

    @property
    def key(self) -> tuple[str, int]:
        """What tells this passage from every other of its library."""
        return self.document_id, self.start

    def to_dict(self) -> dict[str, object]:
        """The fields as JSON takes them, without the sentence spans."""
        return {
            "text": self.text,
            "source": self.source,
            "title": self.title,
            "document_id": self.document_id,
            "page": self.page,
            "start": self.start,
            "end": self.end,
            "score": self.score,
        }
