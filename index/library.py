"""Library: documents in, passages out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from hashlib import sha256
from pathlib import Path
from threading import Lock

from index.chunks import Chunk, split_into_chunks
from index.documents import Document, StoredDocument, document_id_of
from index.embedding import BgeSmall, Embedding
from index.errors import (
    DocumentNotFound,
    LibraryBusy,
    LibraryReadOnly,
    LibraryUnreadable,
    UnreadableDocument,
)
from index.lexical import IndexedPassage, LexicalIndex
from index.passages import Passage
from index.readers import find_files, read_document
from index.records import Head, Record
from index.store import Store

# So many passages are embedded between two calls of `progress`.
PASSAGES_PER_STEP = 64
LOCK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that was not added, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class AddReport:
    """What became of each file; the four lists share no file, the first three hold sources."""

    added: tuple[str, ...]
    replaced: tuple[str, ...]
    unchanged: tuple[str, ...]
    failed: tuple[Failure, ...]

    def to_dict(self) -> dict[str, object]:
        """The fields as JSON takes them."""
        return {
            "added": list(self.added),
            "replaced": list(self.replaced),
            "unchanged": list(self.unchanged),
            "failed": [{"source": f.source, "reason": f.reason} for f in self.failed],
        }


@dataclass(frozen=True, slots=True)
class AddProgress:
    """How far an `add` is: `passages_done` of `passages` in file `file` (from 1) of `files`."""

    source: str
    file: int
    files: int
    passages_done: int
    passages: int


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
        self._lexical = LexicalIndex(store.home / "lexical.sqlite")

    @classmethod
    def open(cls, home: str | Path | None = None, *, embedding: Embedding | None = None) -> Library:
        """The library in the folder `home`; by default QA_HOME or the user's data folder.

        Opening writes nothing: the folder is made by the first `add`. `embedding` is any object
        with the two methods of `Embedding`, such as a LlamaIndex embedding; by default the
        bundled bge-small-en-v1.5. Raises LibraryUnreadable, LibraryReadOnly or WrongEmbedding.
        """
        model = embedding or BgeSmall()
        library = cls(
            Store(home_folder(home), embedding_name=model.model_name),
            model,
        )
        library._refresh()
        return library

    @property
    def home(self) -> Path:
        """The folder in which everything is stored."""
        return self._store.home

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever added here, not even something removed later."""
        return not self._store.exists()

    def add(
        self,
        paths: Sequence[str | Path],
        *,
        progress: Callable[[AddProgress], None] | None = None,
    ) -> AddReport:
        """Add files, and the readable files in folders; a changed file replaces its old text.

        A file that cannot be read is reported and the others go on. An unchanged file costs a
        hash. Each file is stored whole or not at all. Raises LibraryBusy, LibraryReadOnly,
        ModelMissing or ModelDamaged.
        """
        if isinstance(paths, (str, Path)):
            paths = [paths]
        files = list(find_files(paths))
        added: list[str] = []
        replaced: list[str] = []
        unchanged: list[str] = []
        failed: list[Failure] = []
        with self._writing():
            for number, (path, source) in enumerate(files, start=1):
                try:
                    document = read_document(path, source)
                except UnreadableDocument as error:
                    failed.append(Failure(source, str(error)))
                    continue
                known = self._heads.get(document.document_id)
                if known is not None and known.version == _version(document):
                    unchanged.append(source)
                    continue
                for done, total in self._store_document(document):
                    if progress is not None:
                        progress(AddProgress(source, number, len(files), done, total))
                (added if known is None else replaced).append(source)
        return AddReport(tuple(added), tuple(replaced), tuple(unchanged), tuple(failed))

    def documents(self) -> list[StoredDocument]:
        """What the library holds, by title."""
        documents = [head.document for head in self._current_heads().values()]
        return sorted(documents, key=lambda document: (document.title.casefold(), document.source))

    def find(self, name: str | Path) -> StoredDocument:
        """The document with this id, source or path; raises DocumentNotFound."""
        origin_id = document_id_of(str(Path(name).expanduser().resolve()))
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
        return self._store.text(document_id, self._head(document_id).version)

    def remove(self, document_id: str) -> None:
        """Remove a document with all its passages; raises DocumentNotFound or LibraryBusy."""
        self._head(document_id)
        with self._writing():
            self._store.remove(document_id)

    def load(self) -> None:
        """Load the embedding model now rather than with the first search; raises ModelError."""
        self._embedding.get_query_embedding("")

    def search_dense(self, question: str, *, k: int) -> list[Passage]:
        """The `k` passages nearest in meaning, best first; scored by cosine similarity, -1 to 1."""
        heads = self._current_heads()
        if not heads:
            return []
        vector = self._embedding.get_query_embedding(question)
        return self._store.nearest(vector, k=k, heads=heads)

    def search_lexical(self, question: str, *, k: int) -> list[Passage]:
        """The `k` passages that share most with the question's words; scored by BM25, above 0."""
        heads = self._current_heads()
        if not heads:
            return []
        found = self._lexical.search(question, k=k)
        passages = self._store.passages([record_id for record_id, _ in found], heads)
        return [
            replace(passages[record_id], score=score)
            for record_id, score in found
            if record_id in passages
        ]

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
                yield IndexedPassage(record_id, passage.title, passage.text)

        if heads or self._generation is not None:
            versions = {document_id: head.version for document_id, head in heads.items()}
            self._lexical.follow(versions, passages_of)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the library's write lock, over a store without leftovers of interrupted writes."""
        from filelock import FileLock, Timeout

        try:
            self.home.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.home / "write.lock", timeout=LOCK_SECONDS).acquire()
        except Timeout as error:
            raise LibraryBusy(
                f"Another process is changing the library in {self.home}. "
                "Run the command again when it has finished."
            ) from error
        except OSError as error:
            raise LibraryReadOnly(
                f"The home folder {self.home} cannot be written: {error.strerror or error}. "
                "Choose another one with --home or QA_HOME."
            ) from error
        with lock:
            self._store.create()
            self._refresh()
            # Not by generation: what a killed process left may not have been counted.
            self._heads = self._store.heads()
            self._store.sweep(self._heads)
            try:
                yield
            finally:
                # What this process wrote, its own client has seen.
                self._heads, self._generation = self._store.heads(), self._store.generation()
                self._follow_lexically()

    def _store_document(self, document: Document) -> Iterator[tuple[int, int]]:
        """Embed and store; yields passages done and passages in all."""
        chunks = split_into_chunks(document.text)
        version = _version(document)
        head_record: Record | None = None
        for first in range(0, len(chunks), PASSAGES_PER_STEP):
            yield first, len(chunks)
            numbers = range(first, min(first + PASSAGES_PER_STEP, len(chunks)))
            records = self._embedded(document.text, chunks, numbers)
            head_record = head_record or records.pop(0)
            if records:
                self._store.put(document, version, records)
        if head_record is None:
            raise AssertionError("a document with text has a chunk")
        head = Head(_stored(document, passages=len(chunks)), version)
        self._store.finish(head, document, head_record)
        yield len(chunks), len(chunks)

    def _embedded(self, text: str, chunks: Sequence[Chunk], numbers: range) -> list[Record]:
        texts = [chunks[number].span.of(text) for number in numbers]
        vectors = self._embedding.get_text_embedding_batch(texts)
        return [
            Record(number, _tile(text, chunks, number), chunks[number], vector)
            for number, vector in zip(numbers, vectors, strict=True)
        ]


def home_folder(home: str | Path | None = None) -> Path:
    """`home` as an absolute path; by default QA_HOME or the user's data folder.

    Raises LibraryUnreadable for an address.
    """
    chosen = home or os.environ.get("QA_HOME")
    if chosen and "://" in str(chosen):
        raise LibraryUnreadable(f"{chosen} is an address; a library is kept in a folder.")
    if chosen:
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path("cited-qa", appauthor=False)


def _tile(text: str, chunks: Sequence[Chunk], number: int) -> str:
    start = chunks[number].span.start if number else 0
    end = chunks[number + 1].span.start if number + 1 < len(chunks) else len(text)
    return text[start:end]


def _version(document: Document) -> str:
    """Changes with anything of the document that is stored."""
    seen = f"{document.title}\0{document.page_starts}\0{document.text}"
    return sha256(seen.encode()).hexdigest()[:16]


def _stored(document: Document, *, passages: int) -> StoredDocument:
    return StoredDocument(
        document_id=document.document_id,
        title=document.title,
        source=document.source,
        pages=len(document.page_starts) or None,
        passages=passages,
        characters=len(document.text),
        added=datetime.now(timezone.utc),
    )
