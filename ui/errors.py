"""Errors as HTTP tells them: a sentence, in one form, and nothing of what was sent."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from index.errors import DocumentNotFound, QAError
from ui.conversations import ConversationNotFound
from ui.evaluations import RunNotFound

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MISSING = (DocumentNotFound, ConversationNotFound, RunNotFound)
UNFORESEEN = "Something went wrong on the server; its log says where."
_SENTENCES = {404: "There is nothing at this address.", 405: "This address is not for {method}."}

_log = logging.getLogger(__name__)


class Problem(BaseModel):
    """What is wrong, as every route but those below `/v1` tells it."""

    error: str


def refusal(
    path: str,
    message: str,
    status: int,
    headers: Mapping[str, str] | None = None,
    *,
    code: str | None = None,
) -> JSONResponse:
    """An answer that says what is wrong: below `/v1` as clients of OpenAI's read it."""
    told: dict[str, object] = {"error": message}
    if path.startswith("/v1/"):
        kind = {429: "rate_limit_error", 500: "server_error"}.get(status, "invalid_request_error")
        told = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return JSONResponse(told, status, headers)


def tell_errors(app: FastAPI) -> None:
    """Let an application tell its errors in this form."""
    for kind in (HTTPException, RequestValidationError, QAError):
        app.add_exception_handler(kind, told)


async def told(request: Request, error: Exception) -> JSONResponse:
    """An error that the caller can act on, as HTTP says it."""
    path = request.url.path
    if isinstance(error, HTTPException):
        return refusal(path, _sentence(error, request.method), error.status_code, error.headers)
    if isinstance(error, RequestValidationError):
        return refusal(path, wrong(error.errors()), 400 if path.startswith("/v1/") else 422)
    return refusal(path, str(error), 404 if isinstance(error, MISSING) else 400)


def wrong(errors: Sequence[Mapping[str, Any]]) -> str:
    """What is wrong first of what a model found, and where."""
    first = errors[0]
    if first["type"] == "json_invalid":
        return "The body is not valid JSON."
    place = ".".join(str(part) for part in first["loc"] if part != "body")
    return f"{place}: {first['msg']}" if place else str(first["msg"])


def note(error: BaseException) -> None:
    """Log what went wrong and where; not its message, which may quote a document."""
    place = "".join(traceback.format_tb(error.__traceback__))
    _log.error("%s was not foreseen:\n%s", type(error).__name__, place)


class Unforeseen:
    """Answers with a sentence what no handler has caught."""

    def __init__(self, app: ASGIApp) -> None:
        """`app` is the application within."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def sending(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            return
        except Exception as error:
            note(error)
            if not has_begun:
                await refusal(scope["path"], UNFORESEEN, 500)(scope, receive, send)


def _sentence(error: HTTPException, method: str) -> str:
    if error.detail == HTTPStatus(error.status_code).phrase:
        sentence = _SENTENCES.get(error.status_code, f"{error.detail}.")
        return sentence.format(method=method)
    return str(error.detail)
