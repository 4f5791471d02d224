"""Document: a file on its way into a library, and what the library keeps of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from index.contents import Contents


def document_id_of(origin: str) -> str:
    """16 hexadecimal digits for the place (absolute path or URL) of a document."""
    return sha256(origin.encode(errors="surrogateescape")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Document:
    """One document on its way into a library.

    `source` is the path or URL as it was added, `origin` the place it names wherever one stands
    (the absolute path), from which `document_id` is made. `title` is never empty. `version`
    changes whenever the content of the file does; `size` is the file's, in bytes.
    """

    contents: Contents
    title: str
    source: str
    origin: str
    version: str
    size: int

    @property
    def document_id(self) -> str:
        """The same file keeps it when its text changes."""
        return document_id_of(self.origin)


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document that a library holds.

    `pages` is `None` for a format without pages; `passages` and `characters` are counts, `size`
    is the file's, in bytes; `added` is the time, with its zone, at which this text was stored.
    """

    document_id: str
    title: str
    source: str
    origin: str
    pages: int | None
    passages: int
    characters: int
    size: int
    added: datetime

    def to_dict(self) -> dict[str, object]:
        """The fields as JSON takes them; `added` in ISO 8601."""
        return {
            "document_id": self.document_id,
            "title": self.title,
            "source": self.source,
            "origin": self.origin,
            "pages": self.pages,
            "passages": self.passages,
            "characters": self.characters,
            "size": self.size,
            "added": self.added.isoformat(),
        }
