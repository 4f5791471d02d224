"""Records: how a chunk stands in Chroma, and how it comes back as a passage.

The Chroma document of a record is its *tile*: the chunk with all white space up to the next one,
so that the tiles of a document, joined, are its text. The first record of a document, its *head*,
also carries what is known of the document as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from index.chunks import Chunk
from index.documents import Document, StoredDocument
from index.passages import Passage
from index.spans import Span


@dataclass(frozen=True, slots=True)
class Record:
    """A chunk on its way into Chroma, with its vector."""

    ordinal: int
    tile: str
    chunk: Chunk
    vector: Sequence[float]


@dataclass(frozen=True, slots=True)
class Head:
    """What the first record says of its document; `version` changes with the file's content."""

    document: StoredDocument
    version: str


def record_id(document_id: str, version: str, ordinal: int) -> str:
    """The head keeps its id from version to version: one write replaces the old document."""
    return document_id if ordinal == 0 else f"{document_id}:{version}:{ordinal}"


def of_document(document_id: str) -> dict[str, Any]:
    """The Chroma condition for the records of a document."""
    return {"document_id": document_id}


def metadata_of(document: Document, version: str, record: Record) -> dict[str, Any]:
    """What Chroma keeps beside a record's tile."""
    span = record.chunk.span
    page = document.page(span.start)
    return {
        "document_id": document.document_id,
        "version": version,
        "ordinal": record.ordinal,
        "title": document.title,
        "source": document.source,
        "start": span.start,
        "end": span.end,
        "sentences": " ".join(f"{s.start}-{s.end}" for s in record.chunk.sentences),
    } | ({} if page is None else {"page": page})


def head_of(metadata: dict[str, Any]) -> Head:
    """The head in the metadata of a document's first record."""
    return Head(
        StoredDocument(
            document_id=metadata["document_id"],
            title=metadata["title"],
            source=metadata["source"],
            pages=metadata.get("pages"),
            passages=metadata["passages"],
            characters=metadata["characters"],
            added=datetime.fromisoformat(metadata["added"]).astimezone(timezone.utc),
        ),
        metadata["version"],
    )


def passages_by_id(found: Any) -> dict[str, Passage]:
    """The passages of a Chroma answer with metadatas and documents."""
    rows = zip(found["ids"], found["metadatas"], found["documents"], strict=True)
    return {id_: passage_of(metadata, tile, score=0.0) for id_, metadata, tile in rows}


def is_current(metadata: dict[str, Any], heads: dict[str, Head]) -> bool:
    """Whether a record belongs to a finished document, in its present version."""
    head = heads.get(metadata["document_id"])
    return head is not None and head.version == metadata["version"]


def passage_of(metadata: dict[str, Any], tile: str, *, score: float) -> Passage:
    """The passage in a record."""
    start, end = metadata["start"], metadata["end"]
    # Only the first tile of a document has white space before its chunk: all of it.
    lead = start if metadata["ordinal"] == 0 else 0
    return Passage(
        text=tile[lead : lead + end - start],
        source=metadata["source"],
        title=metadata["title"],
        document_id=metadata["document_id"],
        page=metadata.get("page"),
        start=start,
        end=end,
        score=score,
        sentences=tuple(
            Span(*map(int, edges.split("-"))) for edges in metadata["sentences"].split()
        ),
    )
