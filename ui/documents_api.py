"""Documents over HTTP: list, add with progress, remove.

The page's own list of documents is made with it, so a program can do what a reader can.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from queue import Queue
from tempfile import NamedTemporaryFile
from threading import BoundedSemaphore, Thread

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from index import AddProgress, AddReport, Library
from index.errors import QAError
from index.formats import can_read
from ui.errors import UNFORESEEN, note
from ui.settings import data_folder

MAX_UPLOAD_BYTES = 100_000_000
MAX_NAME = 120
# Most systems take 255; an earlier file is put aside as .NAME.earlier meanwhile.
MAX_NAME_BYTES = 255 - len("..earlier")
MAX_DOCUMENTS = 10_000
# They are added one after the other; more than so many need not wait with their files here.
MAX_AT_ONCE = 8
KINDS = "PDF, Word, PowerPoint, Excel, web pages, e-books, mail, subtitles, tables and text"


@dataclass(slots=True)
class _Adding:
    """A received file on its way into the library; `passages` is 0 until it is read."""

    name: str
    done: int = 0
    passages: int = 0


def documents(library: Library, changing: Callable[..., None]) -> APIRouter:
    """`/api/documents`; `changing` refuses those who may not add or remove."""
    router = APIRouter()
    adding = BoundedSemaphore(MAX_AT_ONCE)
    under_way: list[_Adding] = []

    @router.get("/api/documents")
    def held() -> list[dict[str, object]]:
        """What the library holds, by title."""
        return [document.to_dict() for document in library.documents()]

    @router.get("/api/documents/reading")
    def reading() -> list[dict[str, object]]:
        """The files that are being added now, in order, each with how many passages are done."""
        return [asdict(each) for each in list(under_way)]

    @router.put("/api/documents/{name}", dependencies=[Depends(changing)])
    async def upload(name: str, request: Request) -> StreamingResponse:
        """Add the body as a file of this name; a line of JSON a step, the last one the report."""
        path = uploads(library) / _safe(name)
        if len(await run_in_threadpool(library.documents)) >= MAX_DOCUMENTS:
            raise HTTPException(409, f"the library has {MAX_DOCUMENTS:,} documents, the most here")
        if not adding.acquire(blocking=False):
            raise HTTPException(429, "many files are being added now; try again in a moment")
        try:
            part = await _received(request, path.parent)
        except BaseException:
            adding.release()
            raise
        file = _Adding(path.name)
        under_way.append(file)

        def ended() -> None:
            under_way.remove(file)
            adding.release()

        steps = _adding(library, part, path, file, ended)
        return StreamingResponse(steps, media_type="application/x-ndjson")

    @router.delete(
        "/api/documents/{document_id}", status_code=204, dependencies=[Depends(changing)]
    )
    def remove(document_id: str) -> None:
        """Remove a document, and its file if it was uploaded."""
        origin = next((d.origin for d in library.documents() if d.document_id == document_id), "")
        library.remove(document_id)
        path = Path(origin)
        if origin and path.parent == uploads(library).resolve():
            path.unlink(missing_ok=True)

    return router


def uploads(library: Library) -> Path:
    """The folder of the files that came in by the page."""
    return data_folder(library) / "uploads"


def _safe(name: str) -> str:
    """A file name that names no folder and nothing hidden; raises HTTPException for other types."""
    plain = PurePath(name.replace("\\", "/")).name
    shown = "".join(c if c.isprintable() else "_" for c in plain).lstrip(".~ ")
    suffix = PurePath(shown).suffix
    if not can_read(suffix.lower()):
        kind = f"files ending in {suffix}" if suffix else "files without a suffix"
        raise HTTPException(415, f"{kind} cannot be read; these can: {KINDS}")
    stem = shown[: -len(suffix)][:MAX_NAME].encode()[: MAX_NAME_BYTES - len(suffix.encode())]
    return stem.decode(errors="ignore") + suffix


async def _received(request: Request, folder: Path) -> Path:
    """The body in a file of its own; raises HTTPException when it is too large."""
    folder.mkdir(parents=True, exist_ok=True)
    # Closed and replaced under its own name later, so it is not deleted when closed.
    with NamedTemporaryFile(dir=folder, prefix=".", suffix=".part", delete=False) as part:
        path = Path(part.name)
        try:
            size = 0
            async for piece in request.stream():
                size += len(piece)
                if size > MAX_UPLOAD_BYTES:
                    most = MAX_UPLOAD_BYTES // 1_000_000
                    raise HTTPException(413, f"the file has more than {most} MB")
                part.write(piece)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    return path


def _adding(
    library: Library, part: Path, path: Path, file: _Adding, ended: Callable[[], None]
) -> Iterator[str]:
    """Add a received file under its name, telling each step; an earlier one stays if it fails."""
    steps: Queue[dict[str, object] | None] = Queue()

    def tell(step: AddProgress) -> None:
        file.done, file.passages = step.passages_done, step.passages
        steps.put({"done": file.done, "passages": file.passages})

    def add() -> None:
        try:
            steps.put(_report(_replaced(library, part, path, tell)))
        except QAError as error:
            steps.put({"error": str(error)})
        except Exception as error:
            note(error)
            steps.put({"error": UNFORESEEN})
        finally:
            part.unlink(missing_ok=True)
            ended()
            steps.put(None)

    # In a thread of its own, begun at once: a reader who closes the page does not interrupt it.
    Thread(target=add, name="adding").start()
    return map(_line, iter(steps.get, None))


def _line(step: dict[str, object]) -> str:
    return json.dumps(step, ensure_ascii=False) + "\n"


def _replaced(
    library: Library, part: Path, path: Path, tell: Callable[[AddProgress], None]
) -> AddReport:
    earlier = path.with_name(f".{path.name}.earlier")
    with suppress(FileNotFoundError):
        path.replace(earlier)
    part.replace(path)
    report = library.add([path], progress=tell)
    if report.failed:
        path.unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            earlier.replace(path)
    earlier.unlink(missing_ok=True)
    return report


def _report(report: AddReport) -> dict[str, object]:
    if report.failed:
        return {"error": report.failed[0].reason}
    return {"report": report.to_dict()}
