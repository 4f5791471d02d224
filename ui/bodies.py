"""Bodies: what may be sent to a route that takes no file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from ui.errors import refusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 1_000_000
# What takes files has limits of its own, and reads them piece by piece.
FILES = ("/api/documents/", "/api/evaluations/sets/")


class SmallBodies:
    """Refuses a body of more than MAX_BODY_BYTES, and one with half of a character in it.

    JSON can name such a half, which can be neither stored nor sent back.
    """

    def __init__(self, app: ASGIApp) -> None:
        """`app` is the application within."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or _takes_files(scope) or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        body = None if _declared(scope) > MAX_BODY_BYTES else await _received(receive)
        if body is None:
            message = f"The body has more than {MAX_BODY_BYTES // 1_000_000} MB."
            await refusal(scope["path"], message, 413, {"connection": "close"})(
                scope, receive, send
            )
            return
        if _has_half_characters(body):
            message = "The body holds text that is not valid Unicode."
            await refusal(scope["path"], message, 400)(scope, receive, send)
            return
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replayed() -> Message:
            return waiting.pop() if waiting else await receive()

        await self._app(scope, replayed, send)


def _takes_files(scope: Scope) -> bool:
    return scope["method"] == "PUT" and str(scope["path"]).startswith(FILES)


def _declared(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() else 0


def _has_half_characters(body: bytes) -> bool:
    if b"\\ud" not in body.lower():
        return False
    try:
        json.dumps(json.loads(body), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):
        # Whoever reads the body says better what is wrong with it.
        return False
    return False


async def _received(receive: Receive) -> bytes | None:
    """The body, or `None` when it is too long."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            return None
        if not message.get("more_body"):
            return bytes(body)
