"""Own paths: what is refused, rather than passed on to the page's own server behind ours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
FOR_PROGRAMS = ("/api/", "/v1/", "/mcp", "/login", "/logout")
# What the page sends to Gradio. Its other routes take files without a limit, or do what we do
# in another way.
SENT_BY_THE_PAGE = ("/gradio_api/queue/join", "/gradio_api/cancel", "/gradio_api/reset")


class OwnPaths(BaseRoute):
    """Behind our routes and before Gradio's: 405 for another method, 404 for what is neither's."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        """`routes` are ours."""
        self._routes = list(routes)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether Gradio shall not see this request."""
        is_ours = scope["type"] == "http" and (
            scope["path"].startswith(FOR_PROGRAMS)
            or bool(self._allowed(scope))
            or (scope["method"] == "POST" and scope["path"] not in SENT_BY_THE_PAGE)
        )
        return (Match.FULL if is_ours else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse it."""
        allowed = self._allowed(scope)
        if allowed:
            raise HTTPException(405, headers={"allow": ", ".join(allowed)})
        raise HTTPException(404)

    def _allowed(self, scope: Scope) -> list[str]:
        return [
            method
            for method in METHODS
            if any(
                route.matches({**scope, "method": method})[0] is Match.FULL
                for route in self._routes
            )
        ]
