"""Origins: by which names the server is called, and whose pages may change what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from ui.errors import refusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost")
_READING = ("GET", "HEAD", "OPTIONS")


class OwnOrigin:
    """Refuses other names than its own, and changes that another origin's page asks for.

    A program sends no Origin, and goes on.
    """

    def __init__(self, app: ASGIApp, names: Sequence[str] = ()) -> None:
        """`app` is the application within; it is called by any name where there are no `names`."""
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        name = headers.get("host", "").rpartition(":")[0] or headers.get("host", "")
        if self._names and name not in self._names:
            problem, status = f"This server answers to {' and '.join(self._names)} alone.", 400
        elif _is_foreign(scope, headers):
            problem, status = "Only the server's own page may do this from a browser.", 403
        else:
            await self._app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refusal(scope["path"], problem, status)(scope, receive, send)


def _is_foreign(scope: Scope, headers: Headers) -> bool:
    origin = headers.get("origin")
    if origin is None or scope.get("method") in _READING:
        return False
    hosts = [headers.get("host", "")]
    if _is_from_a_proxy(scope):
        hosts.append(headers.get("x-forwarded-host", "").split(",")[0].strip())
    return _place(origin.partition("://")[2]) not in [_place(host) for host in hosts if host]


def _is_from_a_proxy(scope: Scope) -> bool:
    """Whether the headers of a proxy are trusted: from this machine alone, as Uvicorn does.

    Uvicorn has then put the client that the proxy names in its place, with port 0.
    """
    host, port = scope.get("client") or ("", -1)
    return port == 0 or host in ("127.0.0.1", "::1")


def _place(host: str) -> str:
    return host.lower().removesuffix(":80").removesuffix(":443")
