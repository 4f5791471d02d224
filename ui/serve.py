"""The server behind the page: takes the port, opens the library, serves until Ctrl+C."""

from __future__ import annotations

import errno
import logging
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import typer

from index import AddProgress, Library
from index.errors import QAError, ServerError
from qa.assistant import Assistant
from qa.language_model import LanguageModel
from qa.seeds import open_seeded
from ui.accounts import AccountError, Accounts
from ui.settings import Desk, data_folder

if TYPE_CHECKING:
    from fastapi import FastAPI


def serve(
    home: str | Path | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    llm: LanguageModel | None = None,
    auth: bool = False,
    a_minute: int = 0,
) -> None:
    """Serve the page over the library in `home` until Ctrl+C; port 0 takes a free one.

    With `auth`, those alone are let in who have an account. A client may ask so many questions
    `a_minute`; 0 sets no limit. Raises AccountError when there is none, ServerError when the
    port cannot be had, before anything else is done, and what `open_seeded` raises.
    """
    with listen(host, port) as listening:
        library = open_seeded(home, progress=_tell_progress)
        accounts = _accounts(library) if auth else None
        desk = Desk(Assistant(library, llm="none"), chosen=llm)
        address = _address(host, listening.getsockname()[1])
        warming = Thread(target=_warm, args=[desk.assistant], daemon=True)

        def ready() -> None:
            typer.echo(f"Cited QA is at {address} (Ctrl+C stops it)")
            warming.start()

        _run(partial(_app, desk, host, accounts, a_minute), listening, ready)
    if warming.is_alive():
        # Python may not end inside a model: ONNX Runtime would abort the process.
        warming.join()


def listen(host: str, port: int) -> socket.socket:
    """A socket that holds the port from now on; raises ServerError when it cannot be had."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ServerError(f"The host {host!r} cannot be used: {error.strerror}.") from error
    try:
        if os.name == "posix":
            # A port that was closed a moment ago is free; on Windows this would steal one.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(where)
        listening.listen()
    except OSError as error:
        listening.close()
        raise ServerError(_why_not(host, port, error)) from error
    return listening


def _why_not(host: str, port: int, error: OSError) -> str:
    other = f"Choose another one, for example with --port {port + 1 if port < 65535 else 7860}."
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use. {other}"
    if error.errno == errno.EACCES:
        return (
            f"Port {port} may not be used without more rights. Choose one above 1023 with --port."
        )
    return f"{_address(host, port)} cannot be served: {error.strerror or error}. {other}"


def _accounts(library: Library) -> Accounts:
    accounts = Accounts(data_folder(library) / "accounts.sqlite3")
    if not accounts.names():
        raise AccountError("There is no account yet; make one with `qa user add NAME`.")
    return accounts


def _app(desk: Desk, host: str, accounts: Accounts | None, a_minute: int) -> FastAPI:
    from ui.web import web_app

    return web_app(desk, host, accounts=accounts, a_minute=a_minute)


def _run(made: Callable[[], FastAPI], listening: socket.socket, ready: Callable[[], None]) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # Pages that are still open hold a connection; cutting it is no fault to report.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            await super().shutdown(sockets)

    config = uvicorn.Config(made(), log_level="warning", timeout_graceful_shutdown=1)
    # A job in the background gets no KeyboardInterrupt: shells let it ignore the signal.
    with suppress(KeyboardInterrupt):
        Server(config).run(sockets=[listening])
    typer.echo("Stopped.")


def _tell_progress(step: AddProgress) -> None:
    if step.passages_done == 0:
        typer.echo(f"Reading {Path(step.source).name!r} ({step.passages} passages) ...", err=True)


def _warm(assistant: Assistant) -> None:
    """Load the models, so that the first question is as quick as the second."""
    try:
        assistant.load()
    except QAError as error:
        typer.echo(f"qa: {error}", err=True)


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
