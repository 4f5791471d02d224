"""Document: what a reader makes of a file, before anything is stored."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256


def document_id_of(origin: str) -> str:
    """16 hexadecimal digits for the place (absolute path or URL) of a document."""
    return sha256(origin.encode(errors="surrogateescape")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Document:
    """One document as text.

    `source` is the path or URL as it was added, `origin` the place it names wherever one stands
    (the absolute path), from which `document_id` is made. `page_starts` are the offsets at which
    pages 1, 2, ... begin, ascending; empty when the format has no pages.
    """

    text: str
    title: str
    source: str
    origin: str
    page_starts: tuple[int, ...] = ()

    @property
    def document_id(self) -> str:
        """The same file keeps it when its text changes."""
        return document_id_of(self.origin)

    def page(self, offset: int) -> int | None:
        """The page, from 1, on which the character at `offset` stands."""
        return max(1, bisect_right(self.page_starts, offset)) if self.page_starts else None


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document that a library holds.

    `pages` is `None` for a format without pages; `passages` and `characters` are counts;
    `added` is the time, with its zone, at which this text was stored.
    """

    document_id: str
    title: str
    source: str
    pages: int | None
    passages: int
    characters: int
    added: datetime

    def to_dict(self) -> dict[str, object]:
        """The fields as JSON takes them; `added` in ISO 8601."""
        return {
            "document_id": self.document_id,
            "title": self.title,
            "source": self.source,
            "pages": self.pages,
            "passages": self.passages,
            "characters": self.characters,
            "added": self.added.isoformat(),
        }
