"""The web application around the page: what the browser may load, and from whom it may come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr
from fastapi import FastAPI, HTTPException
from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware

from index.errors import QAError
from ui.api import asking, told
from ui.conversations import Conversations
from ui.conversations_api import conversations
from ui.documents_api import documents
from ui.page import ICON, build_page, head, theme
from ui.readers import ReaderCookie
from ui.reading import reading
from ui.settings import Desk, data_folder
from ui.settings_api import settings
from ui.suggestions import Suggestions, suggestions

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost")

# Gradio writes scripts and styles into the page and makes functions of templates; but whatever
# they are, they reach no other host.
CONTENT_POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    ]
)
HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class Headers:
    """Adds HEADERS to every response of an application."""

    def __init__(self, app: ASGIApp) -> None:
        """`app` is the application within."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def web_app(desk: Desk, host: str) -> FastAPI:
    """The application that serves the page at `/`, and `/api` with its `/openapi.json`.

    On a loopback `host` it answers to the names of this machine alone: otherwise any web page
    that the reader visits could read the documents by letting its own name point here. On
    another, documents cannot be added or removed, for there is no password.
    """
    app = FastAPI(title="Cited QA", docs_url=None, redoc_url=None)
    app.add_exception_handler(QAError, told)
    may_change = host in LOOPBACK

    def changing() -> None:
        if not may_change:
            raise HTTPException(403, "this can only be changed from the machine itself")

    app.include_router(asking(desk))
    app.include_router(documents(desk.library, changing))
    app.include_router(reading(desk.library))
    app.include_router(settings(desk, changing, may_change=may_change))
    folder = data_folder(desk.library)
    kept = Conversations(folder / "conversations.sqlite3")
    app.include_router(conversations(kept, folder / "questions.jsonl", changing))
    quoting = desk.assistant.changed(llm="none")
    app.include_router(suggestions(Suggestions(quoting, folder / "suggestions.json")))
    app.add_middleware(Headers)
    app.add_middleware(ReaderCookie)
    if host in LOOPBACK:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(LOOPBACK))
    gr.mount_gradio_app(
        app,
        build_page(desk, kept),
        path="/",
        theme=theme(),
        head=head(),
        favicon_path=str(ICON),
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        show_error=False,
        ssr_mode=False,
    )
    return app
