"""The HTTP interface beside the page: ask, and take documents in and out.

The page's own list of documents is made with it, so a program can do what a reader can.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path, PurePath
from queue import Queue
from tempfile import NamedTemporaryFile
from threading import Thread
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from index import AddReport, Library
from index.errors import DocumentNotFound, QAError
from index.formats import READERS, can_read
from qa.answers import Answered, PassagesFound
from qa.assistant import Assistant

MAX_UPLOAD_BYTES = 100_000_000
MAX_NAME = 120


class Question(BaseModel):
    """What is asked; `history` are earlier questions with their answers, oldest first."""

    question: str
    history: Annotated[list[tuple[str, str]], Field(max_length=100)] = []
    where: dict[str, str | list[str]] | None = None
    stream: bool = False


def api(assistant: Assistant, *, may_change: bool) -> APIRouter:
    """The routes over the assistant's library; without `may_change`, its documents stay."""
    router = APIRouter()
    library = assistant.library

    def changing() -> None:
        if not may_change:
            raise HTTPException(403, "documents can only be changed from the machine itself")

    @router.get("/health")
    def health() -> dict[str, object]:
        """Whether the library can be read, and how many documents it holds."""
        return {"status": "ok", "documents": len(library.documents())}

    @router.get("/api/documents")
    def documents() -> list[dict[str, object]]:
        """What the library holds, by title."""
        return [document.to_dict() for document in library.documents()]

    @router.put("/api/documents/{name}", dependencies=[Depends(changing)])
    async def upload(name: str, request: Request) -> StreamingResponse:
        """Add the body as a file of this name; a line of JSON a step, the last one the report."""
        path = uploads(library) / _safe(name)
        part = await _received(request, path.parent)
        return StreamingResponse(_adding(library, part, path), media_type="application/x-ndjson")

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

    @router.post("/api/ask", response_model=None)
    async def ask(question: Question) -> JSONResponse | StreamingResponse:
        """The answer with its citations; with `stream`, server-sent events: passages, answer."""
        asked: dict[str, Any] = {"history": question.history, "where": question.where}
        if question.stream:
            events = _events(assistant, question.question, asked)
            return StreamingResponse(events, media_type="text/event-stream")
        answer = await run_in_threadpool(assistant.ask, question.question, **asked)
        return JSONResponse(answer.to_dict())

    return router


def told(_: Request, error: Exception) -> JSONResponse:
    """An error that the caller can act on, as HTTP says it."""
    status = 404 if isinstance(error, DocumentNotFound) else 400
    return JSONResponse({"error": str(error)}, status_code=status)


def uploads(library: Library) -> Path:
    """The folder of the files that came in by the page."""
    home = library.home
    if isinstance(home, Path):
        return home / "uploads"
    from platformdirs import user_data_path

    return user_data_path("cited-qa", appauthor=False) / "uploads"


def _safe(name: str) -> str:
    """A file name that names no folder and nothing hidden; raises HTTPException for other types."""
    plain = PurePath(name.replace("\\", "/")).name
    shown = "".join(c if c.isprintable() else "_" for c in plain).lstrip(".~ ")
    suffix = PurePath(shown).suffix
    if not can_read(suffix.lower()):
        known = ", ".join(sorted(READERS))
        kind = f"files ending in {suffix}" if suffix else "files without a suffix"
        raise HTTPException(415, f"{kind} cannot be read; these can: {known}")
    return shown[: -len(suffix)][:MAX_NAME] + suffix


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


def _adding(library: Library, part: Path, path: Path) -> Iterator[str]:
    """Add a received file under its name, telling each step; an earlier one stays if it fails."""
    steps: Queue[dict[str, object] | None] = Queue()

    def add() -> None:
        try:
            steps.put(_report(_replaced(library, part, path, steps)))
        except QAError as error:
            steps.put({"error": str(error)})
        finally:
            part.unlink(missing_ok=True)
            steps.put(None)

    # In a thread of its own: a reader who closes the page does not interrupt it.
    Thread(target=add, name="adding").start()
    while (step := steps.get()) is not None:
        yield json.dumps(step, ensure_ascii=False) + "\n"


def _replaced(
    library: Library, part: Path, path: Path, steps: Queue[dict[str, object] | None]
) -> AddReport:
    earlier = path.with_name(f".{path.name}.earlier")
    with suppress(FileNotFoundError):
        path.replace(earlier)
    part.replace(path)
    report = library.add(
        [path],
        progress=lambda p: steps.put({"done": p.passages_done, "passages": p.passages}),
    )
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


async def _events(assistant: Assistant, question: str, asked: dict[str, Any]) -> AsyncIterator[str]:
    """The events of a stream as server-sent ones; an error is an event too."""
    stream = assistant.stream(question, **asked)
    try:
        while (event := await run_in_threadpool(next, stream, None)) is not None:
            if isinstance(event, PassagesFound):
                yield _event("passages", [passage.to_dict() for passage in event.passages])
            elif isinstance(event, Answered):
                yield _event("answer", event.answer.to_dict())
    except QAError as error:
        yield _event("error", {"error": str(error)})


def _event(name: str, value: object) -> str:
    return f"event: {name}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n"
