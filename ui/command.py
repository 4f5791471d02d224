"""`qa chat`: the page, from the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from qa.command_line import Home, Llm, LlmUrl

A_MINUTE = 120


def chat(
    home: Home = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where the page is served; 0 takes a free port.")
    ] = 7860,
    host: Annotated[
        str,
        typer.Option(
            help="0.0.0.0 lets your network in: everyone may ask, and with --auth those who "
            "have an account. Without TLS, passwords cross the network in the clear: put a "
            "server such as Caddy in front."
        ),
    ] = "127.0.0.1",
    auth: Annotated[
        bool, typer.Option("--auth", help="Let in only who has an account; see `qa user --help`.")
    ] = False,
    rate_limit: Annotated[
        int, typer.Option(min=0, help="Questions a minute that a client may ask; 0: no limit.")
    ] = A_MINUTE,
    llm: Llm = None,
    llm_url: LlmUrl = None,
) -> None:
    """Serve the chat page: ask in the browser, see each passage behind the answer.

    A fresh library starts with the article that comes along.
    """
    from qa.language_model import language_model
    from ui.serve import serve

    model = language_model(llm, llm_url)
    serve(home, host=host, port=port, llm=model, auth=auth, a_minute=rate_limit)


def mcp(home: Home = None) -> None:
    """Serve the tools ask and search to an assistant by MCP, over stdin and stdout.

    `qa chat` serves the same tools at /mcp.
    """
    from qa.assistant import Assistant
    from qa.seeds import open_seeded
    from ui.mcp_server import mcp_server

    assistant = Assistant(open_seeded(home))
    mcp_server(lambda: assistant).run("stdio")
