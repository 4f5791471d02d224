"""The documents as tools for assistants, by the Model Context Protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field, ValidationError

from index.errors import QAError
from qa.assistant import MAX_PASSAGES, Assistant
from ui.errors import UNFORESEEN, note, wrong

if TYPE_CHECKING:
    from mcp.server.mcpserver import Context
    from mcp.types import CallToolResult, InputRequiredResult

INSTRUCTIONS = (
    "Answers questions from the user's own documents with exact quotes. Quote what comes back, "
    "and say so when the documents do not answer."
)


class Tools(MCPServer[Any]):
    """A server of tools that says in a sentence why a call has failed."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """What the tool answers; raises ToolError."""
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            raise ToolError(_sentence(error)) from None


def _sentence(error: ToolError) -> str:
    cause = error.__cause__
    if isinstance(cause, ValidationError):
        return wrong(cause.errors())
    if isinstance(cause, QAError):
        return str(cause)
    if cause is None:
        return str(error)
    note(cause)
    return UNFORESEEN


def mcp_server(assistant: Callable[[], Assistant]) -> MCPServer:
    """A server with the tools `ask` and `search`, over the assistant of the moment."""
    server = Tools("cited-qa", instructions=INSTRUCTIONS, log_level="WARNING")

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
