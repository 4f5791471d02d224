"""The protocol of OpenAI's chat completions, so that clients made for it can ask the documents."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterator
from secrets import token_hex
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from index.errors import QuestionError
from index.tokens import count_tokens
from qa.answers import Answer
from ui.errors import refusal
from ui.settings import Desk

MODEL = "cited-qa"
_THE_MODEL = {"id": MODEL, "object": "model", "created": 0, "owned_by": "cited-qa"}


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


class StreamOptions(BaseModel):
    """Whether a stream tells how many tokens there were, behind its answer."""

    include_usage: bool = False


class Completion(BaseModel):
    """The last message of the user is the question, what is before it is the history."""

    messages: list[Message]
    model: str = MODEL
    stream: bool = False
    stream_options: StreamOptions | None = None


def openai(desk: Desk) -> APIRouter:
    """`/v1/chat/completions` and `/v1/models`."""
    router = APIRouter(prefix="/v1")

    @router.get("/models")
    def models() -> dict[str, object]:
        """The one model there is: the documents."""
        return {"object": "list", "data": [_THE_MODEL]}

    @router.get("/models/{name}", response_model=None)
    def model(name: str) -> Response:
        """The model of this name."""
        return JSONResponse(_THE_MODEL) if name == MODEL else _unknown(name)

    @router.post("/chat/completions", response_model=None)
    async def complete(wanted: Completion) -> Response:
        """The answer with its marks, its quotes listed below it, and as `citations`.

        With `stream` it comes in pieces once it is checked.
        """
        if wanted.model != MODEL:
            return _unknown(wanted.model)
        question, history = _conversation(wanted.messages)
        answer = await run_in_threadpool(desk.assistant.ask, question, history=history)
        if wanted.stream:
            has_usage = wanted.stream_options is not None and wanted.stream_options.include_usage
            usage = _usage(answer, wanted.messages) if has_usage else None
            return StreamingResponse(_chunks(answer, usage), media_type="text/event-stream")
        return JSONResponse(_completion(answer, wanted.messages))

    return router


def _unknown(name: str) -> JSONResponse:
    message = f"There is no model {name!r}; the one here is {MODEL!r}."
    return refusal("/v1/", message, 404, code="model_not_found")


def _conversation(messages: list[Message]) -> tuple[str, list[tuple[str, str]]]:
    said = [message for message in messages if message.role in ("user", "assistant")]
    if not said or said[-1].role != "user":
        raise QuestionError("The last message has to be the user's: it is the question.")
    if isinstance(said[-1].content, list) and not said[-1].text:
        raise QuestionError("The message holds no text, and only text can be asked.")
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
    message = {"role": "assistant", "content": _text(answer), "citations": _cited(answer)}
    return _head("chat.completion") | {
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": _usage(answer, messages),
    }


def _usage(answer: Answer, messages: list[Message]) -> dict[str, int]:
    asked = sum(count_tokens(message.text) for message in messages)
    said = count_tokens(_text(answer))
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


async def _chunks(answer: Answer, usage: dict[str, int] | None) -> AsyncIterator[str]:
    head = _head("chat.completion.chunk")
    # Where the usage is wanted, it comes last, and every chunk before it says that it does not.
    rest: dict[str, object] = {} if usage is None else {"usage": None}
    for delta, ended in _deltas(answer):
        choice = {"index": 0, "delta": delta, "finish_reason": ended}
        yield _chunk(head | {"choices": [choice]} | rest)
    if usage is not None:
        yield _chunk(head | {"choices": [], "usage": usage})
    yield "data: [DONE]\n\n"


def _chunk(told: dict[str, object]) -> str:
    return f"data: {json.dumps(told, ensure_ascii=False)}\n\n"


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
