"""Documents in, searchable passages out: read, chunk, embed, store in Chroma."""

from index.documents import Document, StoredDocument
from index.errors import QAError
from index.library import AddProgress, AddReport, Failure, Library
from index.passages import Passage
from index.spans import Span

__all__ = [
    "AddProgress",
    "AddReport",
    "Document",
    "Failure",
    "Library",
    "Passage",
    "QAError",
    "Span",
    "StoredDocument",
]
