"""The protocol of OpenAI's chat completions, so that clients made for it can ask the documents."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterator
from secrets import token_hex
from typing import Any

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from index.errors import QAError
from index.tokens import count_tokens
from qa.answers import Answer
from ui.settings import Desk

MODEL = "cited-qa"


class Part(BaseModel):
    """A piece of a message; only its text counts."""

    type: str = "text"
    text: str = ""


class Message(BaseModel):
    """What somebody said; an instruction to the system is passed over."""

    role: str
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """What was said, in one piece."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class Completion(BaseModel):
    """The last message of the user is the question, what is before it is the history."""

    messages: list[Message]
    model: str = MODEL
    stream: bool = False


def openai(desk: Desk) -> APIRouter:
    """`/v1/chat/completions` and `/v1/models`."""
    router = APIRouter(prefix="/v1")

    @router.get("/models")
    def models() -> dict[str, object]:
        """The one model there is: the documents."""
        return {
            "object": "list",
            "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "cited-qa"}],
        }

    @router.post("/chat/completions", response_model=None)
    async def complete(wanted: Completion) -> Response:
        """The answer with its marks, its quotes listed below it, and as `citations`.

        With `stream` it comes in pieces once it is checked.
        """
        try:
            question, history = _conversation(wanted.messages)
            answer = await run_in_threadpool(desk.assistant.ask, question, history=history)
        except (QAError, ValueError) as error:
            return failed(str(error), 400)
        if wanted.stream:
            return StreamingResponse(_chunks(answer), media_type="text/event-stream")
        return JSONResponse(_completion(answer, wanted.messages))

    return router


def failed(message: str, status: int) -> JSONResponse:
    """An error in the form that clients of OpenAI's read."""
    kind = "rate_limit_error" if status == 429 else "invalid_request_error"
    told = {"message": message, "type": kind, "param": None, "code": None}
    return JSONResponse({"error": told}, status_code=status)


async def invalid(request: Request, error: Exception) -> Response:
    """What a request lacks: below `/v1` in OpenAI's form, elsewhere in FastAPI's."""
    from fastapi.exception_handlers import request_validation_exception_handler

    if not isinstance(error, RequestValidationError):
        raise error
    if not request.url.path.startswith("/v1/"):
        return await request_validation_exception_handler(request, error)
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if part != "body")
    return failed(f"{place}: {first['msg']}" if place else first["msg"], 400)


def _conversation(messages: list[Message]) -> tuple[str, list[tuple[str, str]]]:
    said = [message for message in messages if message.role in ("user", "assistant")]
    if not said or said[-1].role != "user":
        raise ValueError("The last message has to be the user's: it is the question.")
    history: list[tuple[str, str]] = []
    question = ""
    for message in said[:-1]:
        if message.role == "user":
            question = message.text
        elif question:
            history.append((question, message.text))
            question = ""
    return said[-1].text, history


def _text(answer: Answer) -> str:
    """The answer with a list of what its marks stand for."""
    listed = [
        f"[{c.number}] “{' '.join(c.quote.split())}” "
        f"({c.title}{'' if c.page is None else f', page {c.page}'})"
        for c in answer.citations
    ]
    return "\n\n".join([answer.text, "\n".join(listed)]) if listed else answer.text


def _completion(answer: Answer, messages: list[Message]) -> dict[str, object]:
    text = _text(answer)
    asked, said = sum(count_tokens(message.text) for message in messages), count_tokens(text)
    message = {"role": "assistant", "content": text, "citations": _cited(answer)}
    return _head("chat.completion") | {
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": asked,
            "completion_tokens": said,
            "total_tokens": asked + said,
        },
    }


async def _chunks(answer: Answer) -> AsyncIterator[str]:
    head = _head("chat.completion.chunk")
    for delta, ended in _deltas(answer):
        choice = {"index": 0, "delta": delta, "finish_reason": ended}
        yield f"data: {json.dumps(head | {'choices': [choice]}, ensure_ascii=False)}\n\n"
    yield "data: [DONE]\n\n"


def _deltas(answer: Answer) -> Iterator[tuple[dict[str, Any], str | None]]:
    yield {"role": "assistant", "content": ""}, None
    for piece in _text(answer).splitlines(keepends=True):
        yield {"content": piece}, None
    yield {"citations": _cited(answer)}, "stop"


def _cited(answer: Answer) -> list[dict[str, object]]:
    return [citation.to_dict() for citation in answer.citations]


def _head(kind: str) -> dict[str, object]:
    made = int(time.time())
    return {"id": f"chatcmpl-{token_hex(12)}", "object": kind, "created": made, "model": MODEL}
