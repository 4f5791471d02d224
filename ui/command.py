"""`qa chat`: the page, from the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from qa.command_line import Home, Llm, LlmUrl


def chat(
    home: Home = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where the page is served; 0 takes a free port.")
    ] = 7860,
    host: Annotated[
        str,
        typer.Option(help="0.0.0.0 lets everyone in your network ask; there is no password."),
    ] = "127.0.0.1",
    llm: Llm = None,
    llm_url: LlmUrl = None,
) -> None:
    """Serve the chat page: ask in the browser, see each passage behind the answer.

    A fresh library starts with the article that comes along.
    """
    from qa.language_model import language_model
    from ui.serve import serve

    serve(home, host=host, port=port, llm=language_model(llm, llm_url))
