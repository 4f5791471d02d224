"""The documents as tools for assistants, by the Model Context Protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from qa.assistant import MAX_PASSAGES, Assistant

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

INSTRUCTIONS = (
    "Answers questions from the user's own documents with exact quotes. Quote what comes back, "
    "and say so when the documents do not answer."
)


def mcp_server(assistant: Callable[[], Assistant]) -> MCPServer:
    """A server with the tools `ask` and `search`, over the assistant of the moment."""
    from mcp.server.mcpserver import MCPServer

    server = MCPServer("cited-qa", instructions=INSTRUCTIONS, log_level="WARNING")

    @server.tool()
    def ask(
        question: Annotated[str, Field(description="A question in a sentence.")],
    ) -> dict[str, Any]:
        """Answer a question from the documents.

        `answered` is false when they do not answer it. `text` has marks such as [1], which
        `citations` explain: the exact quote, its document and its page.
        """
        told = assistant().ask(question).to_dict()
        return {name: told[name] for name in ("answered", "text", "confidence", "citations")}

    @server.tool()
    def search(
        query: Annotated[str, Field(description="What to look for, in words.")],
        k: Annotated[int, Field(ge=1, le=MAX_PASSAGES, description="How many passages.")] = 5,
    ) -> list[dict[str, Any]]:
        """Find the passages of the documents that fit best, best first, without an answer."""
        return [passage.to_dict() for passage in assistant().retrieve(query, k=k)]

    return server
