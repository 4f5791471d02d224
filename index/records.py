"""Records: how a chunk stands in Chroma, and how it comes back as a passage.

The Chroma document of a record is its *tile*: the chunk with all white space up to the next one,
so that the tiles of a document, joined, are its text. The first record of a document, its *head*,
also carries what is known of the document as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from index.chunks import Chunk
from index.documents import Document, StoredDocument
from index.passages import SECTION_MARK, Passage
from index.spans import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


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


@dataclass(frozen=True, slots=True)
class Row:
    """A record as it stands in Chroma."""

    id: str
    tile: str
    metadata: Mapping[str, Any]
    vector: Sequence[float] | NDArray[np.float32]


def record_id(document_id: str, version: str, ordinal: int) -> str:
    """The head keeps its id from version to version: one write replaces the old document."""
    return document_id if ordinal == 0 else f"{document_id}:{version}:{ordinal}"


def of_document(document_id: str) -> dict[str, Any]:
    """The Chroma condition for the records of a document."""
    return {"document_id": document_id}


def of_documents(document_ids: Sequence[str]) -> dict[str, Any]:
    """The Chroma condition for the records of several documents."""
    return {"document_id": {"$in": list(document_ids)}}


def row_of(document: Document, record: Record, extra: Mapping[str, Any]) -> Row:
    """A record as it is stored; `extra` is what a head has on top."""
    id_ = record_id(document.document_id, document.version, record.ordinal)
    return Row(id_, record.tile, metadata_of(document, record) | dict(extra), record.vector)


def metadata_of(document: Document, record: Record) -> dict[str, Any]:
    """What Chroma keeps beside a record's tile; what is not there is left out."""
    span = record.chunk.span
    breaks = document.contents.page_breaks(span.start, span.end)
    optional = {
        "page": document.contents.page(span.start),
        "page_breaks": " ".join(map(str, breaks)),
        "section": section_of(document, record.chunk),
    }
    return {
        "document_id": document.document_id,
        "version": document.version,
        "ordinal": record.ordinal,
        "title": document.title,
        "source": document.source,
        "start": span.start,
        "end": span.end,
        "sentences": " ".join(f"{s.start}-{s.end}" for s in record.chunk.sentences),
    } | {name: value for name, value in optional.items() if value}


def section_of(document: Document, chunk: Chunk) -> str:
    """The titles above a chunk without the document's own, which stands over everything."""
    titles = chunk.section[chunk.section[:1] == (document.title,) :]
    return SECTION_MARK.join(titles)


def head_metadata(head: Head) -> dict[str, Any]:
    """What Chroma keeps beside a document's first record, on top of `metadata_of`."""
    stored = head.document
    return {
        "origin": stored.origin,
        "passages": stored.passages,
        "characters": stored.characters,
        "size": stored.size,
        "added": stored.added.isoformat(),
    } | ({} if stored.pages is None else {"pages": stored.pages})


def head_of(metadata: dict[str, Any]) -> Head:
    """The head in the metadata of a document's first record."""
    return Head(
        StoredDocument(
            document_id=metadata["document_id"],
            title=metadata["title"],
            source=metadata["source"],
            # The first libraries kept neither.
            origin=metadata.get("origin", ""),
            pages=metadata.get("pages"),
            passages=metadata["passages"],
            characters=metadata["characters"],
            size=metadata.get("size", 0),
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
        section=metadata.get("section", ""),
        page_breaks=tuple(map(int, metadata.get("page_breaks", "").split())),
    )
