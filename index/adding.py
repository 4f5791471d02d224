"""Adding: from files to stored documents, reading, embedding and storing at the same time.

A file is read, hashed and cut while the passages of earlier ones are embedded, and those of the
step before are stored meanwhile. A step takes passages of several documents together, so that a
thousand notes cost no more than one book.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial
from hashlib import sha256
from pathlib import PurePath
from typing import TypeVar

from index.chunks import Chunk, split_into_chunks
from index.documents import Document, StoredDocument, document_id_of
from index.embedding import Embedding
from index.errors import UnreadableDocument
from index.files import FoundFile, bytes_of, real_path
from index.models import in_background
from index.reader_process import ReaderProcess
from index.records import Head, Record, section_of
from index.store import Finished

# So many passages are embedded, then stored, at a time.
STEP_PASSAGES = 128
# The first step is small, so that progress shows at once; each is twice the one before.
FIRST_STEP_PASSAGES = 16
# Two, so that no core waits while one step ends and the next begins.
STEPS_EMBEDDED_AT_ONCE = 2
FILES_READ_AHEAD = 4
MAX_TITLE = 200
# Part of each document's version: raise it when a file gives another text, or is cut otherwise.
READING = 2
# A heading in its own text may begin with number signs or the like.
MARKUP_BEFORE = 8


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that was not added, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class AddProgress:
    """How far an `add` is: `passages_done` of `passages` in file `file` (from 1) of `files`."""

    source: str
    file: int
    files: int
    passages_done: int
    passages: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be stored together: records that are no heads, and the documents they finish."""

    records: Sequence[tuple[Document, Record]]
    finished: Sequence[Finished]


@dataclass(slots=True)
class Outcome:
    """What became of each file, by source."""

    added: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)


@dataclass(slots=True)
class _Reading:
    """A document that was read; `head` is its first record, kept until the others are stored."""

    document: Document
    chunks: Sequence[Chunk]
    is_replacement: bool
    file: int
    head: Record | None = None


# What became of reading a file: its document, why not, or nothing new.
_Read = tuple[Document, Sequence[Chunk]] | Failure | None
_Step = list[tuple[_Reading, int]]
T = TypeVar("T")
R = TypeVar("R")


def add_files(
    files: Sequence[FoundFile],
    known: Mapping[str, Head],
    embedding: Embedding,
    write: Callable[[Batch], None],
    progress: Callable[[AddProgress], None],
) -> Outcome:
    """Read, embed and `write` what is new or changed against `known`, the heads by document id.

    `write` is called in another thread, for one batch after the other, and `progress` there when a
    batch is stored; what they raise is raised.
    """
    outcome = Outcome()

    def store(embedded: tuple[_Step, Sequence[Sequence[float]]]) -> None:
        step, vectors = embedded
        write(_batch(step, vectors))
        _tell(step, len(files), progress)

    with (
        ThreadPoolExecutor(1, "storing") as storing,
        ThreadPoolExecutor(STEPS_EMBEDDED_AT_ONCE, "embedding") as embedder,
        ThreadPoolExecutor(1, "reading") as reading,
        ReaderProcess() as reader,
    ):
        read = _ahead(reading, partial(_read, known=known, reader=reader), files, FILES_READ_AHEAD)
        documents = _sorted_out(read, len(files), known, outcome, progress)
        embedded = _ahead(
            embedder, partial(_vectors, embedding), _steps(documents), STEPS_EMBEDDED_AT_ONCE - 1
        )
        for _ in _ahead(storing, store, embedded, 1):
            pass
    return outcome


def version_of(content: bytes, suffix: str) -> str:
    """Changes with anything that the reader of a file sees."""
    return sha256(f"{READING}\0{suffix}\0".encode() + content).hexdigest()[:16]


def _ahead(
    executor: Executor, work: Callable[[T], R], items: Iterable[T], depth: int
) -> Iterator[tuple[T, R]]:
    """Each item with what `work` makes of it, in order; up to `depth` more are under way."""
    waiting: deque[tuple[T, Future[R]]] = deque()
    try:
        for item in items:
            waiting.append((item, executor.submit(work, item)))
            if len(waiting) > depth:
                done, future = waiting.popleft()
                yield done, future.result()
        while waiting:
            done, future = waiting.popleft()
            yield done, future.result()
    finally:
        for _, future in waiting:
            future.cancel()


def _read(file: FoundFile, known: Mapping[str, Head], reader: ReaderProcess) -> _Read:
    """The document with its chunks, or `None` when it is known as it is."""
    try:
        if file.problem:
            raise UnreadableDocument(file.problem)
        content, suffix = bytes_of(file.path), file.path.suffix.lower()
        origin, version = str(real_path(file.path)), version_of(content, suffix)
        head = known.get(document_id_of(origin))
        if head is not None and head.version == version:
            return None
        contents = reader.read(content, suffix)
    except UnreadableDocument as error:
        return Failure(file.source, str(error))
    title = " ".join(contents.title.split())[:MAX_TITLE] or PurePath(file.source).stem
    document = Document(contents, title, file.source, origin, version, len(content))
    return document, split_into_chunks(contents.text, headings=contents.headings)


def _sorted_out(
    found: Iterable[tuple[FoundFile, _Read]],
    files: int,
    known: Mapping[str, Head],
    outcome: Outcome,
    progress: Callable[[AddProgress], None],
) -> Iterator[_Reading]:
    """The documents to embed; each file is noted in `outcome`."""
    for number, (file, read) in enumerate(found, start=1):
        if read is None:
            outcome.unchanged.append(file.source)
        elif isinstance(read, Failure):
            outcome.failed.append(read)
        else:
            document, chunks = read
            is_replacement = document.document_id in known
            (outcome.replaced if is_replacement else outcome.added).append(file.source)
            progress(AddProgress(file.source, number, files, 0, len(chunks)))
            yield _Reading(document, chunks, is_replacement, number)


def _steps(readings: Iterable[_Reading]) -> Iterator[_Step]:
    step: _Step = []
    size = min(FIRST_STEP_PASSAGES, STEP_PASSAGES)
    for reading in readings:
        for number in range(len(reading.chunks)):
            step.append((reading, number))
            if len(step) == size:
                yield step
                step, size = [], min(2 * size, STEP_PASSAGES)
    if step:
        yield step


def _vectors(embedding: Embedding, step: _Step) -> Sequence[Sequence[float]]:
    with in_background():
        return embedding.get_text_embedding_batch([_text_to_embed(*piece) for piece in step])


def _batch(step: _Step, vectors: Sequence[Sequence[float]]) -> Batch:
    records: list[tuple[Document, Record]] = []
    finished: list[Finished] = []
    for (reading, number), vector in zip(step, vectors, strict=True):
        text = reading.document.contents.text
        record = Record(number, _tile(text, reading.chunks, number), reading.chunks[number], vector)
        if number == 0:
            reading.head = record
        else:
            records.append((reading.document, record))
        if number == len(reading.chunks) - 1:
            finished.append(_finished(reading))
    return Batch(records, finished)


def _text_to_embed(reading: _Reading, number: int) -> str:
    """A chunk behind the headings above it, where it does not begin with them itself."""
    chunk = reading.chunks[number]
    text = chunk.span.of(reading.document.contents.text)
    if not chunk.section or chunk.section[-1] in text[: len(chunk.section[-1]) + MARKUP_BEFORE]:
        return text
    return f"{section_of(reading.document, chunk)}\n{text}"


def _tile(text: str, chunks: Sequence[Chunk], number: int) -> str:
    start = chunks[number].span.start if number else 0
    end = chunks[number + 1].span.start if number + 1 < len(chunks) else len(text)
    return text[start:end]


def _finished(reading: _Reading) -> Finished:
    document, head = reading.document, reading.head
    if head is None:
        raise AssertionError("the first chunk of a document comes first")
    stored = StoredDocument(
        document_id=document.document_id,
        title=document.title,
        source=document.source,
        # Chroma takes no file name that is not UTF-8.
        origin=document.origin.encode(errors="replace").decode(),
        pages=len(document.contents.page_starts) or None,
        passages=len(reading.chunks),
        characters=len(document.contents.text),
        size=document.size,
        added=datetime.now(timezone.utc),
    )
    return Finished(document, Head(stored, document.version), head, reading.is_replacement)


def _tell(step: _Step, files: int, progress: Callable[[AddProgress], None]) -> None:
    """Report how far the documents of a step are with it."""
    for reading, number in {id(reading): (reading, number) for reading, number in step}.values():
        source, total = reading.document.source, len(reading.chunks)
        progress(AddProgress(source, reading.file, files, number + 1, total))
