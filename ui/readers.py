"""Readers: whose conversations a request is about."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from starlette.datastructures import MutableHeaders
from starlette.requests import cookie_parser

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "cited_qa_reader"
_SECONDS = 400 * 24 * 3600


class HasCookies(Protocol):
    """A request of Starlette's, or of Gradio's."""

    @property
    def cookies(self) -> Mapping[str, str]:
        """By name."""
        ...


class ReaderCookie:
    """Gives every browser a random name of its own, in a cookie that scripts cannot read."""

    def __init__(self, app: ASGIApp) -> None:
        """`app` is the application within."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; one for the page gets the cookie that it has not got."""
        if scope["type"] != "http" or scope["path"] != "/" or COOKIE in _cookies(scope):
            await self._app(scope, receive, send)
            return
        given = f"{COOKIE}={secrets.token_urlsafe(24)}; Path=/; Max-Age={_SECONDS}"

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.append("set-cookie", f"{given}; HttpOnly; SameSite=Strict")
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def reader_of(request: HasCookies) -> str:
    """The reader behind a request; without the cookie, one whom all who have none share.

    It is a digest: who can read the file of conversations does not get the cookies with it.
    """
    return sha256(request.cookies.get(COOKIE, "").encode()).hexdigest()[:32]


def _cookies(scope: Scope) -> dict[str, str]:
    found = [value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie"]
    return cookie_parser("; ".join(found))
