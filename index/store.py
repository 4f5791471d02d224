"""The store: one Chroma collection that holds everything, and the only module that knows Chroma.

A document's head record is written last: a document whose head is not there was never finished,
and is neither found nor listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from index.documents import Document
from index.errors import LibraryReadOnly, LibraryUnreadable, WrongEmbedding
from index.passages import Passage
from index.records import (
    Head,
    Record,
    head_of,
    is_current,
    metadata_of,
    of_document,
    passage_of,
    passages_by_id,
    record_id,
)

if TYPE_CHECKING:
    import numpy as np
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection
    from numpy.typing import NDArray

COLLECTION = "cited-qa"
FORMAT = 1
# Chroma's own limit for one call is above 5,000 records; smaller ones keep memory flat.
RECORDS_PER_CALL = 1000

_spellings = count()


class Store:
    """The records of one library, in an embedded Chroma below `home`."""

    def __init__(self, home: Path, *, embedding_name: str) -> None:
        """Nothing is opened or written before it is needed."""
        self.home = home
        self._embedding_name = embedding_name
        self._client: Client | None = None
        self._lock = RLock()

    @property
    def _folder(self) -> Path:
        return self.home / "chroma"

    def exists(self) -> bool:
        """Whether something was ever stored here."""
        with self._collection() as collection:
            return collection is not None

    def create(self) -> None:
        """Make the collection where there is none; raises LibraryReadOnly."""
        if self.exists():
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _read_only(self.home, error) from error
        with self._lock, _translated(self.home):
            self._connect().get_or_create_collection(
                COLLECTION,
                metadata=self._metadata(generation=0),
                configuration={"hnsw": {"space": "cosine"}},
                embedding_function=None,
            )

    def generation(self) -> int:
        """A number that grows with every finished change, also by another process; 0 when new."""
        with self._collection() as collection:
            return 0 if collection is None else int(collection.metadata["generation"])

    def reconnect(self) -> None:
        """See what other processes wrote: Chroma reads its vectors once in the life of a client."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def heads(self) -> dict[str, Head]:
        """The finished documents by their ids."""
        found = self._get(where={"ordinal": 0}, include=["metadatas"])
        return {head.document.document_id: head for head in map(head_of, found["metadatas"])}

    def put(self, document: Document, version: str, records: Iterable[Record]) -> None:
        """Write records that are not the head; they stay unseen until `finish`."""
        self._upsert(document, version, list(records), extra={})

    def finish(self, head: Head, document: Document, record: Record) -> None:
        """Write the head: from here on the document is there, in this version and no other."""
        stored = head.document
        extra = {
            "passages": stored.passages,
            "characters": stored.characters,
            "added": stored.added.isoformat(),
        } | ({} if stored.pages is None else {"pages": stored.pages})
        self._upsert(document, head.version, [record], extra=extra)
        self._delete(
            {"$and": [of_document(stored.document_id), {"version": {"$ne": head.version}}]}
        )
        self._advance()

    def remove(self, document_id: str) -> None:
        """Delete a document, its head first: a process that dies here leaves no half document."""
        self._delete({"$and": [of_document(document_id), {"ordinal": 0}]})
        self._delete(of_document(document_id))
        self._advance()

    def sweep(self, finished: dict[str, Head]) -> None:
        """Delete what an interrupted `put` or `remove` left behind."""
        found = self._get(where={"ordinal": {"$gt": 0}}, include=["metadatas"])
        versions = {(m["document_id"], m["version"]) for m in found["metadatas"]}
        kept = {(id_, head.version) for id_, head in finished.items()}
        for document_id, version in versions - kept:
            self._delete({"$and": [of_document(document_id), {"version": version}]})

    def text(self, document_id: str, version: str) -> str:
        """The whole text of a document."""
        where = {"$and": [of_document(document_id), {"version": version}]}
        found = self._get(where=where, include=["metadatas", "documents"])
        tiles = zip((m["ordinal"] for m in found["metadatas"]), found["documents"], strict=True)
        return "".join(tile for _, tile in sorted(tiles))

    def nearest(self, vector: Sequence[float], *, k: int, heads: dict[str, Head]) -> list[Passage]:
        """The `k` passages of finished documents nearest to `vector`, best first.

        The score is the cosine similarity, -1 to 1.
        """
        wanted = k
        while True:
            rows = self._query(vector, wanted)
            passages = [
                passage_of(metadata, tile, score=1.0 - distance)
                for metadata, tile, distance in rows
                if is_current(metadata, heads)
            ]
            # Versions that are being written or removed may take places; then ask for more.
            if len(passages) >= k or len(rows) < wanted:
                return passages[:k]
            wanted *= 2

    def _query(self, vector: Sequence[float], k: int) -> list[tuple[dict[str, Any], str, float]]:
        with self._collection() as collection:
            if collection is None:
                return []
            found: Any = collection.query(
                query_embeddings=_vectors([vector]),
                n_results=k,
                include=["metadatas", "documents", "distances"],
            )
        return list(
            zip(found["metadatas"][0], found["documents"][0], found["distances"][0], strict=True)
        )

    def passages_of(self, head: Head) -> dict[str, Passage]:
        """The passages of one document in this version, by record id."""
        where = {"$and": [of_document(head.document.document_id), {"version": head.version}]}
        return passages_by_id(self._get(where=where, include=["metadatas", "documents"]))

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

    def _connect(self) -> Client:
        if self._client is None:
            from chromadb.api.client import Client
            from chromadb.config import Settings

            # Clients of one process that spell a folder alike share what they read of it, and
            # are only closed together; a spelling of its own makes this one independent.
            folder = f"{self._folder}{'/.' * next(_spellings)}"
            settings = Settings(
                anonymized_telemetry=False, is_persistent=True, persist_directory=folder
            )
            self._client = Client(settings=settings)
        return self._client

    @contextmanager
    def _collection(self) -> Iterator[Collection | None]:
        """The collection as it is now, or `None`, for one caller at a time; creates nothing."""
        try:
            is_there = (self._folder / "chroma.sqlite3").is_file()
        except OSError as error:
            raise _read_only(self.home, error) from error
        if not is_there:
            yield None
            return
        with self._lock, _translated(self.home):
            collection = self._found()
            if collection is not None:
                self._check(collection.metadata or {})
            yield collection

    def _found(self) -> Collection | None:
        from chromadb.errors import NotFoundError

        try:
            return self._connect().get_collection(COLLECTION, embedding_function=None)
        except NotFoundError:
            return None

    def _check(self, metadata: dict[str, Any]) -> None:
        if metadata.get("format") != FORMAT:
            raise LibraryUnreadable(
                f"The library in {self.home} was written by another version of this program. "
                "Name a new folder with --home or QA_HOME and add the documents again."
            )
        if metadata["embedding"] != self._embedding_name:
            raise WrongEmbedding(
                f"The library in {self.home} was built with the embedding model "
                f"{metadata['embedding']!r}, not with {self._embedding_name!r}. Use that model, or "
                "name a new folder with --home or QA_HOME and add the documents again."
            )

    def _metadata(self, *, generation: int) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "embedding": self._embedding_name,
            "generation": generation,
        }

    def _get(self, **query: Any) -> Any:
        with self._collection() as collection:
            if collection is None:
                return {"ids": [], "metadatas": [], "documents": []}
            return collection.get(**query)

    @contextmanager
    def _writable(self) -> Iterator[Collection]:
        with self._collection() as collection:
            if collection is None:
                raise LibraryUnreadable(f"The library in {self.home} went away while in use.")
            yield collection

    def _upsert(
        self, document: Document, version: str, records: list[Record], extra: dict[str, Any]
    ) -> None:
        for first in range(0, len(records), RECORDS_PER_CALL):
            part = records[first : first + RECORDS_PER_CALL]
            with self._writable() as collection:
                collection.upsert(
                    ids=[record_id(document.document_id, version, r.ordinal) for r in part],
                    embeddings=_vectors([r.vector for r in part]),
                    documents=[r.tile for r in part],
                    metadatas=[metadata_of(document, version, r) | extra for r in part],
                )

    def _delete(self, where: dict[str, Any]) -> None:
        with self._writable() as collection:
            collection.delete(where=where)

    def _advance(self) -> None:
        with self._writable() as collection:
            generation = int(collection.metadata["generation"]) + 1
            collection.modify(metadata=self._metadata(generation=generation))


def _vectors(rows: Sequence[Sequence[float]]) -> NDArray[np.float32]:
    import numpy as np

    return np.array(rows, dtype=np.float32)


def _read_only(home: Path, error: OSError) -> LibraryReadOnly:
    return LibraryReadOnly(
        f"The home folder {home} cannot be used: {error.strerror or error}. "
        "Choose another one with --home or QA_HOME."
    )


@contextmanager
def _translated(home: Path) -> Iterator[None]:
    """Chroma's errors as ours. Chroma raises its own, ValueError and, from Rust, PanicException."""
    from chromadb.errors import ChromaError

    try:
        yield
    except BaseException as error:
        is_panic = type(error).__name__ == "PanicException"
        if not (is_panic or isinstance(error, (ChromaError, ValueError, OSError, RuntimeError))):
            raise
        reason = " ".join(str(error).split())
        if "readonly" in reason or "unable to open" in reason or "Permission denied" in reason:
            raise LibraryReadOnly(
                f"The home folder {home} cannot be written ({reason}). "
                "Choose another one with --home or QA_HOME."
            ) from error
        if "full" in reason or "No space" in reason:
            raise LibraryReadOnly(
                f"The disk of {home} is full ({reason}). Make room and run the command again; "
                "what was stored before is still there."
            ) from error
        raise LibraryUnreadable(
            f"The library in {home} cannot be read ({reason}). It may be damaged or belong to "
            "another version of Chroma: move the folder aside, or name a new one with --home or "
            "QA_HOME, and add the documents again."
        ) from error
