"""Library: documents in, passages out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from index.adding import AddProgress, Batch, Failure, add_files, version_of
from index.documents import StoredDocument, document_id_of
from index.embedding import Embedding, embedding_of
from index.errors import DocumentError, DocumentNotFound
from index.files import find_files, real_path
from index.folder import Folder
from index.formats import can_read
from index.gone import gone_from
from index.lexical import IndexedPassage, LexicalIndex
from index.passages import Passage
from index.records import Head, Row
from index.selection import Where, select_documents
from index.server import Server
from index.store import Store
from index.transfer import read_library, write_library

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class AddReport:
    """What became of each file; no file is in two of the lists.

    `removed` are documents of an added folder whose files are no longer there; `passed_over` are
    files of a folder in formats that nothing can be read from.
    """

    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    failed: tuple[Failure, ...] = ()
    passed_over: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """The fields as JSON takes them."""
        return {
            "added": list(self.added),
            "replaced": list(self.replaced),
            "unchanged": list(self.unchanged),
            "removed": list(self.removed),
            "failed": [{"source": f.source, "reason": f.reason} for f in self.failed],
            "passed_over": list(self.passed_over),
        }


class Library:
    """A collection of documents that can be searched; open one with `Library.open`.

    Several processes may read at once; one at a time writes, the others wait for it.
    """

    def __init__(self, store: Store, embedding: Embedding) -> None:
        """Parts that fit each other; `Library.open` puts the usual ones together."""
        self._store = store
        self._embedding = embedding
        self._refreshing = Lock()
        self._generation: int | None = None
        self._heads: dict[str, Head] = {}
        self._lexical = LexicalIndex(store.place.lexical_path)

    @classmethod
    def open(
        cls,
        home: str | Path | None = None,
        *,
        embedding: Embedding | str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Library:
        """The library in the folder `home`, or of the Chroma server at an address `http://...`.

        By default it is QA_HOME or the user's data folder. Opening writes nothing: the folder is
        made by the first `add`. `embedding` is a name as in QA_EMBEDDING, or any object with the
        two methods of `Embedding`, such as a LlamaIndex embedding; by default QA_EMBEDDING or the
        bundled bge-small-en-v1.5. `headers` go with every request to the server. Raises
        LibraryUnreadable, LibraryReadOnly, LibraryUnavailable, WrongEmbedding or ModelError.
        """
        where = library_home(home)
        place = Folder(where) if isinstance(where, Path) else Server(where, headers=headers)
        model = embedding_of(embedding)
        library = cls(Store(place, embedding_name=model.model_name), model)
        library._refresh()
        return library

    def close(self) -> None:
        """Let go of files and connections; the next call opens them again."""
        self._store.close()
        self._lexical.close()

    def __enter__(self) -> Library:
        """For `with Library.open(...) as library`."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    @property
    def home(self) -> Path | str:
        """The folder in which everything is stored, or the address of the server."""
        return self._store.place.home

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever added here, not even something removed later."""
        return not self._store.exists()

    def add(
        self,
        paths: Sequence[str | Path] | str | Path,
        *,
        glob: str | None = None,
        progress: Callable[[AddProgress], None] | None = None,
    ) -> AddReport:
        """Add files, and the readable files in folders; a changed file replaces its old text.

        A file that cannot be read is reported and the others go on. An unchanged file costs a
        hash. Each file is stored whole or not at all. A document of one of the folders whose file
        is gone is removed. `glob` limits folders to the files that fit it, by name or by path
        below the folder. Raises DocumentError for a path that is empty, LibraryError or ModelError.
        """
        named = [paths] if isinstance(paths, str | Path) else list(paths)
        if "" in named:
            raise DocumentError("The name of a file is empty; the current folder is `.`.")
        given = [Path(path) for path in named]
        found = list(find_files(given, can_read=_is_readable, glob=glob))
        files = [file for file in found if not file.passed_over]
        with self._writing():
            outcome = add_files(
                files, self._heads, self._embedding, self._write, progress or _ignore
            )
            held = [head.document for head in self._heads.values()]
            gone, kept = gone_from(given, found, held, glob=glob)
            if gone:
                self._remove(gone)
        return AddReport(
            added=tuple(outcome.added),
            replaced=tuple(outcome.replaced),
            unchanged=tuple(outcome.unchanged),
            removed=tuple(document.source for document in gone),
            failed=(*outcome.failed, *kept),
            passed_over=tuple(file.source for file in found if file.passed_over),
        )

    def documents(self, *, where: Where | None = None) -> list[StoredDocument]:
        """What the library holds, by title.

        `where` chooses documents as in `select_documents`, and raises as it does.
        """
        documents = [head.document for head in self._current_heads().values()]
        if where is not None:
            chosen = set(select_documents(documents, where))
            documents = [document for document in documents if document.document_id in chosen]
        return sorted(documents, key=lambda document: (document.title.casefold(), document.source))

    def find(self, name: str | Path) -> StoredDocument:
        """The document with this id, source or path; raises DocumentNotFound."""
        origin_id = document_id_of(str(real_path(Path(name).expanduser())))
        for document in self.documents():
            if str(name) in (document.document_id, document.source):
                return document
            if document.document_id == origin_id:
                return document
        raise DocumentNotFound(
            f"The library holds no document {str(name)!r}; `qa documents` lists what it holds."
        )

    def text(self, document_id: str) -> str:
        """The text in which the document's offsets count; raises DocumentNotFound."""
        return self._store.text(self._head(document_id))

    def passages(self, document_id: str) -> list[Passage]:
        """The document's passages in the order of its text; raises DocumentNotFound."""
        passages = self._store.passages_of(self._head(document_id)).values()
        return sorted(passages, key=lambda passage: passage.start)

    def original(self, document_id: str) -> bytes:
        """The file as it was added; raises DocumentNotFound when it is gone or has changed."""
        head = self._head(document_id)
        path = Path(head.document.origin)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise DocumentNotFound(f"The file {path.name} is no longer there.") from error
        if version_of(content, path.suffix.lower()) != head.version:
            raise DocumentNotFound(f"The file {path.name} has changed since it was added.")
        return content

    def remove(self, document_id: str) -> None:
        """Remove a document with all its passages; raises DocumentNotFound or LibraryError."""
        document = self._head(document_id).document
        with self._writing():
            self._remove([document])

    def export(self, path: str | Path) -> int:
        """Write everything into a new file, with the vectors; how many documents there are.

        Raises TransferError or LibraryError.
        """
        heads = list(self._current_heads().values())
        rows = (self._store.rows_of(head) for head in heads)
        return write_library(Path(path), rows, embedding_name=self._embedding.model_name)

    def take_in(self, path: str | Path) -> AddReport:
        """Add the documents of an exported library; what is held in the same version stays.

        Raises TransferError, WrongEmbedding or LibraryError.
        """
        taken: dict[str, list[str]] = {"added": [], "replaced": [], "unchanged": []}
        with self._writing():
            for rows in read_library(Path(path), embedding_name=self._embedding.model_name):
                taken[self._restored(rows)].append(str(rows[0].metadata["source"]))
        return AddReport(
            added=tuple(taken["added"]),
            replaced=tuple(taken["replaced"]),
            unchanged=tuple(taken["unchanged"]),
        )

    def _restored(self, rows: Sequence[Row]) -> str:
        known = self._heads.get(str(rows[0].metadata["document_id"]))
        if known is not None and known.version == rows[0].metadata["version"]:
            return "unchanged"
        head = self._store.restore(rows)
        self._see_own_writes(self._heads | {head.document.document_id: head})
        return "added" if known is None else "replaced"

    def load(self) -> None:
        """Load the embedding model now rather than with the first search; raises ModelError."""
        self._embedding.get_query_embedding("")

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The unit vectors of texts as passages, shape (texts, dimensions); raises ModelError."""
        import numpy as np

        vectors = np.array(self._embedding.get_text_embedding_batch(list(texts)), np.float32)
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    def search_dense(self, question: str, *, k: int, where: Where | None = None) -> list[Passage]:
        """The `k` passages nearest in meaning, best first; scored by cosine similarity, -1 to 1.

        `where` chooses documents as in `select_documents`, and raises as it does.
        """
        heads = self._current_heads()
        within = self._within(where)
        if not heads:
            return []
        vector = self._embedding.get_query_embedding(question)
        return self._store.nearest(vector, k=k, heads=heads, within=within)

    def search_lexical(self, question: str, *, k: int, where: Where | None = None) -> list[Passage]:
        """The `k` passages that share most with the question's words; scored by BM25, above 0.

        `where` chooses documents as in `select_documents`, and raises as it does.
        """
        heads = self._current_heads()
        within = self._within(where)
        if not heads:
            return []
        found = self._lexical.search(question, k=k, within=within)
        passages = self._store.passages([record_id for record_id, _ in found], heads)
        return [
            replace(passages[record_id], score=score)
            for record_id, score in found
            if record_id in passages
        ]

    def _within(self, where: Where | None) -> list[str] | None:
        if where is None:
            return None
        return select_documents((head.document for head in self._heads.values()), where)

    def _head(self, document_id: str) -> Head:
        head = self._current_heads().get(document_id)
        if head is None:
            raise DocumentNotFound(f"The library holds no document with the id {document_id!r}.")
        return head

    def _current_heads(self) -> dict[str, Head]:
        self._refresh()
        return self._heads

    def _refresh(self) -> None:
        """Read what is stored again when any process has changed it."""
        with self._refreshing:
            generation = self._store.generation()
            if generation != self._generation:
                if self._generation is not None:
                    self._store.reconnect()
                self._heads = self._store.heads()
                self._follow_lexically()
                self._generation = generation

    def _follow_lexically(self) -> None:
        """Bring the lexical index to what the store holds; it is a look where nothing changed."""
        heads = self._heads

        def passages_of(document_id: str) -> Iterator[IndexedPassage]:
            for record_id, passage in self._store.passages_of(heads[document_id]).items():
                yield IndexedPassage(record_id, passage.heading, passage.text)

        if heads or self._generation is not None:
            versions = {document_id: head.version for document_id, head in heads.items()}
            self._lexical.follow(versions, passages_of)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Be the one that writes, over a store without leftovers of interrupted writes."""
        with self._store.place.write_lock():
            was_interrupted = self._store.begin()
            self._refresh()
            if was_interrupted:
                # Not by generation: what a killed process left may not have been counted.
                self._store.reconnect()
                self._heads = self._store.heads()
                self._store.sweep(self._heads)
            try:
                yield
            finally:
                self._see_own_writes(self._store.heads())
            self._store.end()

    def _write(self, batch: Batch) -> None:
        self._store.put(batch.records)
        if batch.finished:
            self._store.finish(batch.finished)
            finished = {done.head.document.document_id: done.head for done in batch.finished}
            self._see_own_writes(self._heads | finished)

    def _remove(self, documents: Sequence[StoredDocument]) -> None:
        ids = [document.document_id for document in documents]
        self._store.remove(ids)
        self._see_own_writes({id_: head for id_, head in self._heads.items() if id_ not in ids})

    def _see_own_writes(self, heads: dict[str, Head]) -> None:
        """What this process wrote, its own client has seen: nothing is read again."""
        with self._refreshing:
            self._heads, self._generation = heads, self._store.generation()
            self._follow_lexically()


def library_home(home: str | Path | None = None) -> Path | str:
    """`home` as an absolute path or an address; by default QA_HOME, or the user's data folder."""
    chosen = home or os.environ.get("QA_HOME")
    if chosen and "://" in str(chosen):
        return str(chosen)
    if chosen:
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path("cited-qa", appauthor=False)


def _is_readable(path: Path) -> bool:
    return can_read(path.suffix.lower())


def _ignore(_: AddProgress) -> None:
    """Nobody wants to know."""
