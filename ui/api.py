"""Asking over HTTP: the answer as JSON, or as server-sent events as it comes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from index.errors import QAError
from qa.answers import Event, PassagesFound, Words
from qa.assistant import Assistant
from ui.errors import UNFORESEEN, note
from ui.settings import Desk


class Question(BaseModel):
    """What is asked; `history` are earlier questions with their answers, oldest first."""

    question: str
    history: Annotated[list[tuple[str, str]], Field(max_length=100)] = []
    where: dict[str, str | list[str]] | None = None
    stream: bool = False


def asking(desk: Desk) -> APIRouter:
    """`/api/ask`, and `/health`."""
    router = APIRouter()

    @router.get("/health")
    def health() -> dict[str, object]:
        """Whether the library can be read, and how many documents it holds."""
        return {"status": "ok", "documents": len(desk.library.documents())}

    @router.post("/api/ask", response_model=None)
    async def ask(question: Question) -> JSONResponse | StreamingResponse:
        """The answer with its citations; with `stream`, it comes as server-sent events.

        They are passages, words and answer; the words are those of a language model and not yet
        checked, the answer is.
        """
        asked: dict[str, Any] = {"history": question.history, "where": question.where}
        if question.stream:
            events = _events(desk.assistant, question.question, asked)
            return StreamingResponse(events, media_type="text/event-stream")
        answer = await run_in_threadpool(desk.assistant.ask, question.question, **asked)
        return JSONResponse(answer.to_dict())

    return router


async def _events(assistant: Assistant, question: str, asked: dict[str, Any]) -> AsyncIterator[str]:
    """The events of a stream as server-sent ones; an error is an event too."""
    stream = assistant.stream(question, **asked)
    try:
        while (event := await run_in_threadpool(next, stream, None)) is not None:
            yield _told(event)
    except QAError as error:
        yield _event("error", {"error": str(error)})
    except Exception as error:
        note(error)
        yield _event("error", {"error": UNFORESEEN})


def _told(event: Event) -> str:
    if isinstance(event, PassagesFound):
        return _event("passages", [passage.to_dict() for passage in event.passages])
    if isinstance(event, Words):
        return _event("words", event.text)
    return _event("answer", event.answer.to_dict())


def _event(name: str, value: object) -> str:
    return f"event: {name}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n"
