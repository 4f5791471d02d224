"""Logging in: the page for it, and the guard before everything else where accounts are wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser

from ui.accounts import SESSION_SECONDS, Account, Accounts
from ui.errors import refusal
from ui.limiting import RateLimit, TooMany
from ui.readers import COOKIE

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

SESSION = "cited_qa_session"
OPEN_TO_ALL = ("/health", "/login")
TRIES_A_MINUTE = 10
WANTED = "Log in, or send a token: Authorization: Bearer TOKEN."

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Cited QA: log in</title>
<style>
:root { color-scheme: light dark; }
body { display: grid; place-items: center; min-height: 90vh; margin: 0;
  background: light-dark(#fff, #16181b); color: light-dark(#1b1d1f, #e9eaeb);
  font: 16px/1.5 system-ui, sans-serif; }
form { box-sizing: border-box; width: min(360px, 92vw); padding: 28px;
  border: 1px solid light-dark(#e3e2dd, #33383f); border-radius: 14px; }
h1 { margin: 0 0 16px; font-size: 20px; }
label { display: block; margin-top: 12px; font-weight: 550; }
input { box-sizing: border-box; width: 100%%; margin-top: 6px; padding: 10px 12px;
  border: 1px solid light-dark(#8b8b85, #7d858e); border-radius: 8px; font: inherit; }
button { width: 100%%; margin-top: 20px; padding: 11px; border: 0; border-radius: 9px;
  background: light-dark(#0b6b5f, #5fd0bf); color: light-dark(#fff, #08201c);
  font: inherit; font-weight: 600; cursor: pointer; }
p { margin: 14px 0 0; color: light-dark(#a0321f, #f0a595); }
p:empty { display: none; }
</style></head><body><main><form method="post" action="/login"><h1>Cited QA</h1>
<label>Name <input name="name" autocomplete="username" required autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required>
</label><button>Log in</button><p role="alert">%s</p></form></main></body></html>"""


def login(accounts: Accounts) -> APIRouter:
    """`/login` and `/logout`."""
    router = APIRouter(include_in_schema=False)
    tries = RateLimit(TRIES_A_MINUTE)

    @router.get("/login")
    def page() -> HTMLResponse:
        """Where name and password are asked for."""
        return HTMLResponse(_PAGE % "")

    @router.post("/login")
    def enter(
        request: Request, name: Annotated[str, Form()] = "", password: Annotated[str, Form()] = ""
    ) -> Response:
        """Begin a session; a wrong password is told, and too many tries are refused."""
        if not name or not password:
            return HTMLResponse(_PAGE % "Type your name and your password.", 400)
        address = request.client.host if request.client else ""
        try:
            # By name and address: who guesses elsewhere does not shut the owner out.
            tries.count(address, f"{address} {name}")
        except TooMany as error:
            headers = {"retry-after": str(error.seconds)}
            return HTMLResponse(_PAGE % "Too many tries; wait a minute.", 429, headers)
        token = accounts.log_in(name, password)
        if token is None:
            return HTMLResponse(_PAGE % "Name and password do not belong together.", 401)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(
            SESSION,
            token,
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    @router.post("/logout")
    def leave(request: Request) -> RedirectResponse:
        """End the session."""
        accounts.log_out(request.cookies.get(SESSION, ""))
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(SESSION)
        return answer

    return router


class Guard:
    """Lets in those who have a session or a token; the others get the way to log in."""

    def __init__(self, app: ASGIApp, accounts: Accounts) -> None:
        """`app` is the application within."""
        self._app = app
        self._accounts = accounts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] not in ("http", "websocket") or scope["path"] in OPEN_TO_ALL:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        cookies = cookie_parser(headers.get("cookie", ""))
        account = await run_in_threadpool(self._account, headers, cookies)
        if account is None and scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if account is None:
            await _refusal(headers, scope["path"])(scope, receive, send)
            return
        # The account is the reader from here on, whatever cookie the browser has of its own.
        others = [c.strip() for c in headers.get("cookie", "").split(";")]
        passed = [c for c in others if c and not c.startswith(f"{COOKIE}=")]
        changed = "; ".join([*passed, f"{COOKIE}={account.reader}"])
        MutableHeaders(scope=scope)["cookie"] = changed
        await self._app(scope, receive, send)

    def _account(self, headers: Headers, cookies: dict[str, str]) -> Account | None:
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return self._accounts.of(token.strip())
        return self._accounts.of(cookies[SESSION]) if SESSION in cookies else None


def _refusal(headers: Headers, path: str) -> Response:
    if path == "/" and "text/html" in headers.get("accept", ""):
        return RedirectResponse("/login", 303)
    return refusal(path, WANTED, 401, {"www-authenticate": "Bearer"})
