"""Documents in, searchable passages out: read, chunk, embed, store in Chroma."""

from index.adding import AddProgress, Failure
from index.documents import StoredDocument
from index.errors import QAError
from index.library import AddReport, Library
from index.passages import Passage
from index.selection import Where
from index.spans import Span

__all__ = [
    "AddProgress",
    "AddReport",
    "Failure",
    "Library",
    "Passage",
    "QAError",
    "Span",
    "StoredDocument",
    "Where",
]
