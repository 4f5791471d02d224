"""The store: one Chroma collection that holds everything of a library.

A document's head record is written last: a document whose head is not there was never finished,
and is neither found nor listed. While something is being written the collection is marked; the
next writer that finds the mark deletes what an interrupted one has left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Protocol

from index.documents import Document
from index.errors import LibraryUnreadable, WrongEmbedding
from index.passages import Passage
from index.records import (
    Head,
    Record,
    Row,
    head_metadata,
    head_of,
    is_current,
    of_document,
    of_documents,
    passage_of,
    passages_by_id,
    row_of,
)

if TYPE_CHECKING:
    import numpy as np
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.api.models.Collection import Collection
    from numpy.typing import NDArray

COLLECTION = "cited-qa"
FORMAT = 1
# Chroma's own limit for one call is above 5,000 records; smaller ones keep memory flat.
RECORDS_PER_CALL = 1000
# Chroma's defaults (16, 100, 100) lose a passage that is unlike thousands of others which are
# nearly the same, as the rows of a table are: no path of the graph leads to it.
HNSW: CreateHNSWConfiguration = {
    "space": "cosine",
    "max_neighbors": 32,
    "ef_construction": 200,
    "ef_search": 1000,
}


class Place(Protocol):
    """Where a library is kept: `index.folder.Folder` or `index.server.Server`."""

    is_shared_by_files: bool

    @property
    def home(self) -> Path | str:
        """The folder or the address."""

    @property
    def lexical_path(self) -> Path:
        """The file of this machine's lexical index."""

    def exists(self) -> bool:
        """Whether there may be something; asked before each look, so it has to be quick."""

    def create(self) -> None:
        """Make room for the collection."""

    def client(self) -> Client:
        """A new Chroma client."""

    def close(self, client: Client) -> None:
        """Close one of its clients."""

    def write_lock(self) -> AbstractContextManager[None]:
        """Be the only one that writes; raises LibraryBusy."""

    def translated(self) -> AbstractContextManager[None]:
        """Turns Chroma's errors into LibraryError."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A document of which all records but the first, `record`, are stored."""

    document: Document
    head: Head
    record: Record
    is_replacement: bool


class Store:
    """The records of one library."""

    def __init__(self, place: Place, *, embedding_name: str) -> None:
        """Nothing is opened or written before it is needed."""
        self.place = place
        self._embedding_name = embedding_name
        self._client: Client | None = None
        self._lock = RLock()

    def exists(self) -> bool:
        """Whether something was ever stored here."""
        with self._collection() as collection:
            return collection is not None

    def generation(self) -> int:
        """A number that grows with every finished change, also by another process; 0 when new."""
        with self._collection() as collection:
            return 0 if collection is None else int(collection.metadata["generation"])

    def reconnect(self) -> None:
        """See what others wrote: an embedded Chroma reads its vectors once in a client's life."""
        if self.place.is_shared_by_files:
            self.close()

    def close(self) -> None:
        """Close the client; the next call makes another."""
        with self._lock:
            if self._client is not None:
                self.place.close(self._client)
                self._client = None

    def heads(self) -> dict[str, Head]:
        """The finished documents by their ids."""
        found = self._get(where={"ordinal": 0}, include=["metadatas"])
        return {head.document.document_id: head for head in map(head_of, found["metadatas"])}

    def begin(self) -> bool:
        """Make the collection where there is none, and mark that it is being written.

        True when the mark was there: an earlier writer was interrupted, and `sweep` is due.
        """
        if not self.exists():
            self._create()
        with self._writable() as collection:
            was_interrupted = bool(collection.metadata.get("writing"))
            self._mark(collection, writing=True)
        return was_interrupted

    def end(self) -> None:
        """Take the mark away: all that was begun is finished."""
        with self._writable() as collection:
            self._mark(collection, writing=False)

    def put(self, records: Sequence[tuple[Document, Record]]) -> None:
        """Write records that are no heads; they stay unseen until `finish`."""
        self._upsert([row_of(document, record, {}) for document, record in records])

    def finish(self, finished: Sequence[Finished]) -> None:
        """Write the heads: from here on each document is there, in this version and no other."""
        self._upsert([row_of(f.document, f.record, head_metadata(f.head)) for f in finished])
        for done in finished:
            if done.is_replacement:
                self._delete_others(done.head)
        self._advance()

    def restore(self, rows: Sequence[Row]) -> Head:
        """Write one document as `rows_of` gave it, its head last."""
        first, *rest = rows
        head = head_of(dict(first.metadata))
        self._upsert(rest)
        self._upsert([first])
        self._delete_others(head)
        self._advance()
        return head

    def rows_of(self, head: Head) -> list[Row]:
        """The records of one document in this version, its head first."""
        found = self._get(where=_of_version(head), include=["metadatas", "documents", "embeddings"])
        names = ("ids", "documents", "metadatas", "embeddings")
        rows = [Row(*row) for row in zip(*(found[name] for name in names), strict=True)]
        return sorted(rows, key=lambda row: int(row.metadata["ordinal"]))

    def remove(self, document_ids: Sequence[str]) -> None:
        """Delete documents, their heads first: a process that dies here leaves no half one."""
        for first in range(0, len(document_ids), RECORDS_PER_CALL):
            chosen = of_documents(document_ids[first : first + RECORDS_PER_CALL])
            self._delete({"$and": [chosen, {"ordinal": 0}]})
            self._delete(chosen)
        self._advance()

    def sweep(self, finished: dict[str, Head]) -> None:
        """Delete what an interrupted writer left behind."""
        for metadata in self._all_metadata():
            if not is_current(metadata, finished):
                version = {"version": metadata["version"]}
                self._delete({"$and": [of_document(metadata["document_id"]), version]})

    def text(self, head: Head) -> str:
        """The whole text of a document."""
        found = self._get(where=_of_version(head), include=["metadatas", "documents"])
        tiles = zip((m["ordinal"] for m in found["metadatas"]), found["documents"], strict=True)
        return "".join(tile for _, tile in sorted(tiles))

    def nearest(
        self,
        vector: Sequence[float],
        *,
        k: int,
        heads: dict[str, Head],
        within: Sequence[str] | None = None,
    ) -> list[Passage]:
        """The `k` passages of finished documents nearest to `vector`, best first.

        The score is the cosine similarity, -1 to 1. `within` are the only documents that count.
        """
        wanted = k
        while True:
            rows = self._query(vector, wanted, within)
            passages = [
                passage_of(metadata, tile, score=1.0 - distance)
                for metadata, tile, distance in rows
                if is_current(metadata, heads)
            ]
            # Versions that are being written or removed may take places; then ask for more.
            if len(passages) >= k or len(rows) < wanted:
                return passages[:k]
            wanted *= 2

    def passages_of(self, head: Head) -> dict[str, Passage]:
        """The passages of one document in this version, by record id."""
        return passages_by_id(
            self._get(where=_of_version(head), include=["metadatas", "documents"])
        )

    def passages(self, record_ids: Sequence[str], heads: dict[str, Head]) -> dict[str, Passage]:
        """These passages by record id, without those of unfinished or old versions."""
        if not record_ids:
            return {}
        found = self._get(ids=list(record_ids), include=["metadatas", "documents"])
        current = {
            id_
            for id_, metadata in zip(found["ids"], found["metadatas"], strict=True)
            if is_current(metadata, heads)
        }
        passages = passages_by_id(found)
        return {id_: passages[id_] for id_ in record_ids if id_ in current}

    def _create(self) -> None:
        self.place.create()
        with self._lock, self.place.translated():
            self._connected().get_or_create_collection(
                COLLECTION,
                metadata={
                    "format": FORMAT,
                    "embedding": self._embedding_name,
                    "generation": 0,
                    "writing": True,
                },
                configuration={"hnsw": HNSW},
                embedding_function=None,
            )

    def _connected(self) -> Client:
        if self._client is None:
            self._client = self.place.client()
        return self._client

    @contextmanager
    def _collection(self) -> Iterator[Collection | None]:
        """The collection as it is now, or `None`, for one caller at a time; creates nothing."""
        if not self.place.exists():
            yield None
            return
        with self._lock, self.place.translated():
            collection = self._found()
            if collection is not None:
                self._check(collection.metadata or {})
            yield collection

    def _found(self) -> Collection | None:
        from chromadb.errors import NotFoundError

        try:
            return self._connected().get_collection(COLLECTION, embedding_function=None)
        except NotFoundError:
            return None

    def _check(self, metadata: dict[str, Any]) -> None:
        if metadata.get("format") != FORMAT:
            raise LibraryUnreadable(
                f"The library {self.place} was written by another version of this program. "
                "Name a new folder with --home or QA_HOME and add the documents again."
            )
        if metadata["embedding"] != self._embedding_name:
            raise WrongEmbedding(
                f"The library {self.place} was built with the embedding model "
                f"{metadata['embedding']!r}, not with {self._embedding_name!r}. Choose that model "
                "with QA_EMBEDDING, or name a new folder with --home or QA_HOME and add the "
                "documents again."
            )

    def _get(self, **query: Any) -> Any:
        with self._collection() as collection:
            if collection is None:
                return {"ids": [], "metadatas": [], "documents": []}
            return collection.get(**query)

    def _query(
        self, vector: Sequence[float], k: int, within: Sequence[str] | None
    ) -> list[tuple[dict[str, Any], str, float]]:
        with self._collection() as collection:
            if collection is None:
                return []
            found: Any = collection.query(
                query_embeddings=_vectors([vector]),
                n_results=k,
                where=None if within is None else of_documents(within),
                include=["metadatas", "documents", "distances"],
            )
        return list(
            zip(found["metadatas"][0], found["documents"][0], found["distances"][0], strict=True)
        )

    def _all_metadata(self) -> Iterable[dict[str, Any]]:
        """One record's metadata for each version of each document, in no order."""
        seen: dict[tuple[str, str], dict[str, Any]] = {}
        offset = 0
        while True:
            found = self._get(include=["metadatas"], limit=10 * RECORDS_PER_CALL, offset=offset)
            if not found["ids"]:
                return seen.values()
            for metadata in found["metadatas"]:
                seen.setdefault((metadata["document_id"], metadata["version"]), metadata)
            offset += len(found["ids"])

    @contextmanager
    def _writable(self) -> Iterator[Collection]:
        with self._collection() as collection:
            if collection is None:
                raise LibraryUnreadable(f"The library {self.place} went away while in use.")
            yield collection

    def _upsert(self, rows: Sequence[Row]) -> None:
        for first in range(0, len(rows), RECORDS_PER_CALL):
            part = rows[first : first + RECORDS_PER_CALL]
            with self._writable() as collection:
                collection.upsert(
                    ids=[row.id for row in part],
                    embeddings=_vectors([row.vector for row in part]),
                    documents=[row.tile for row in part],
                    metadatas=[dict(row.metadata) for row in part],
                )

    def _delete_others(self, head: Head) -> None:
        """Delete the other versions of a document."""
        other = {"version": {"$ne": head.version}}
        self._delete({"$and": [of_document(head.document.document_id), other]})

    def _delete(self, where: dict[str, Any]) -> None:
        with self._writable() as collection:
            collection.delete(where=where)

    def _advance(self) -> None:
        with self._writable() as collection:
            generation = int(collection.metadata["generation"]) + 1
            collection.modify(metadata=dict(collection.metadata) | {"generation": generation})

    def _mark(self, collection: Collection, *, writing: bool) -> None:
        collection.modify(metadata=dict(collection.metadata) | {"writing": writing})


def _of_version(head: Head) -> dict[str, Any]:
    return {"$and": [of_document(head.document.document_id), {"version": head.version}]}


def _vectors(rows: Sequence[Sequence[float] | NDArray[np.float32]]) -> NDArray[np.float32]:
    import numpy as np

    return np.array(rows, dtype=np.float32)
