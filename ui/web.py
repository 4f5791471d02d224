"""The web application around the page: what the browser may load, and from whom it may come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr
from fastapi import FastAPI, HTTPException
from starlette.datastructures import MutableHeaders
from starlette.routing import Mount

from ui.accounts import Accounts
from ui.api import asking
from ui.api_page import api_page
from ui.bodies import SmallBodies
from ui.conversations import Conversations
from ui.conversations_api import conversations
from ui.documents_api import documents
from ui.errors import Problem, Unforeseen, tell_errors
from ui.evaluations import Evaluations
from ui.evaluations_api import evaluations
from ui.limiting import Limited, RateLimit
from ui.login import Guard, login
from ui.mcp_server import mcp_server
from ui.openai_api import openai
from ui.origins import LOOPBACK, OwnOrigin
from ui.own_paths import OwnPaths
from ui.page import ICON, build_page, head, theme
from ui.readers import ReaderCookie
from ui.reading import reading
from ui.settings import Desk, data_folder
from ui.settings_api import settings
from ui.suggestions import Suggestions, suggestions

if TYPE_CHECKING:
    from mcp.server.transport_security import TransportSecuritySettings
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
    # Not less: a form would then be sent with the origin "null".
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


class Headers:
    """Adds HEADERS to every response of an application.

    Those with which Gradio lets the pages of other ports of this machine read are taken away.
    """

    def __init__(self, app: ASGIApp) -> None:
        """`app` is the application within."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name in [n for n in headers if n.startswith("access-control-")]:
                    del headers[name]
                headers.update(HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def web_app(
    desk: Desk, host: str, *, accounts: Accounts | None = None, a_minute: int = 0
) -> FastAPI:
    """The application that serves the page at `/`, and programs below `/api`, `/v1` and `/mcp`.

    With `accounts`, each request has to be of one of them. Without, on a loopback `host` it
    answers to the names of this machine alone: otherwise any web page that the reader visits
    could read the documents by letting its own name point here; and on another host documents
    cannot be added or removed. A client may ask so many questions `a_minute`; 0 sets no limit.
    """
    is_private = accounts is None and host in LOOPBACK
    mcp = mcp_server(lambda: desk.assistant)
    mcp_app = mcp.streamable_http_app(
        stateless_http=True,
        json_response=True,
        transport_security=_mcp_hosts(is_private=is_private),
    )
    app = FastAPI(
        title="Cited QA",
        docs_url=None,
        redoc_url=None,
        lifespan=lambda _: mcp.session_manager.run(),
        responses={"4XX": {"description": "What is wrong, in a sentence", "model": Problem}},
    )
    app.router.routes.extend(mcp_app.routes)
    tell_errors(app)
    limit = RateLimit(a_minute)
    kept = Conversations(data_folder(desk.library) / "conversations.sqlite3")
    has_accounts = accounts is not None
    may_change = has_accounts or host in LOOPBACK
    _add_routes(app, desk, kept, may_change=may_change, has_accounts=has_accounts)
    app.add_middleware(SmallBodies)
    app.add_middleware(Limited, limit=limit)
    app.add_middleware(ReaderCookie)
    if accounts is not None:
        app.include_router(login(accounts))
        app.add_middleware(Guard, accounts=accounts)
    app.add_middleware(OwnOrigin, names=LOOPBACK if is_private else ())
    app.add_middleware(Unforeseen)
    app.add_middleware(Headers)
    app.router.routes.append(OwnPaths(app.router.routes))
    _mount_page(app, build_page(desk, kept, limit))
    return app


def _add_routes(
    app: FastAPI, desk: Desk, kept: Conversations, *, may_change: bool, has_accounts: bool
) -> None:
    def changing() -> None:
        if not may_change:
            raise HTTPException(403, "this can only be changed from the machine itself")

    folder = data_folder(desk.library)
    for router in (
        asking(desk),
        openai(desk),
        documents(desk.library, changing),
        reading(desk.library),
        settings(desk, changing, may_change=may_change, has_accounts=has_accounts),
        conversations(kept, folder / "evaluation" / "questions.jsonl", changing),
        evaluations(Evaluations(desk, folder / "evaluation"), changing, may_change=may_change),
        suggestions(Suggestions(desk, folder / "suggestions.json"), kept),
        api_page(),
    ):
        app.include_router(router)


def _mcp_hosts(*, is_private: bool) -> TransportSecuritySettings:
    from mcp.server.transport_security import TransportSecuritySettings

    if not is_private:
        return TransportSecuritySettings(enable_dns_rebinding_protection=False)
    hosts = [name + port for name in LOOPBACK for port in ("", ":*")]
    origins = [f"{scheme}://{name}" for scheme in ("http", "https") for name in hosts]
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)


def _mount_page(app: FastAPI, page: gr.Blocks) -> None:
    gr.mount_gradio_app(
        app,
        page,
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
    (mounted,) = [route for route in app.router.routes if isinstance(route, Mount)]
    if isinstance(mounted.app, FastAPI):
        tell_errors(mounted.app)
