"""The tools for assistants, called by the client of the mcp package."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client, StdioServerParameters

from qa import Assistant
from tests.page_server import ROOT
from ui.errors import UNFORESEEN
from ui.mcp_server import mcp_server

QUESTION = {"question": "When is the informal summit?"}
WORDS = "Zorbium stands in a document"


def called(server: Any, tool: str, **arguments: Any) -> Any:
    """What a tool answers, and the names of all tools."""

    async def call() -> Any:
        async with Client(server) as client:
            tools = [told.name for told in (await client.list_tools()).tools]
            return tools, await client.call_tool(tool, arguments)

    return asyncio.run(call())


def test_a_question_is_answered_over_http(article_server: str) -> None:
    tools, answer = called(f"{article_server}/mcp", "ask", **QUESTION)
    assert tools == ["ask", "search"]
    told = answer.structured_content
    assert told["answered"] is True
    assert "August 12" in told["citations"][0]["quote"]


def test_passages_are_found_over_http(article_server: str) -> None:
    _, answer = called(f"{article_server}/mcp", "search", query="summit in Astana", k=2)
    found = answer.structured_content["result"]
    assert len(found) == 2
    assert "Astana" in found[0]["text"]


@pytest.mark.parametrize(
    ("tool", "arguments", "sentence"),
    [
        ("ask", {"question": " "}, 'There is no question: type one, for example "When is the'),
        ("ask", {"question": "a" * 3000}, "The question has 3,000 characters; ask in at most"),
        ("ask", {}, "question: Field required"),
        ("search", {"query": "x", "k": 0}, "k: Input should be greater than or equal to 1"),
        ("search", {"query": ["x"]}, "query: Input should be a valid string"),
        ("nothing", {}, "Unknown tool: nothing"),
    ],
)
def test_what_cannot_be_asked_is_told_in_a_sentence(
    article_server: str, tool: str, arguments: dict[str, Any], sentence: str
) -> None:
    _, answer = called(f"{article_server}/mcp", tool, **arguments)
    assert answer.is_error
    assert answer.content[0].text.startswith(sentence)
    assert "\n" not in answer.content[0].text


def test_what_was_not_foreseen_is_told_and_logged_without_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken() -> Assistant:
        raise RuntimeError(WORDS)

    _, answer = called(mcp_server(broken), "ask", **QUESTION)
    assert (answer.is_error, answer.content[0].text) == (True, UNFORESEEN)
    assert "RuntimeError was not foreseen" in caplog.text
    assert WORDS not in caplog.text


def test_the_same_tools_stand_on_the_command_line(tmp_path: Path) -> None:
    environment = {**os.environ, "QA_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    command = StdioServerParameters(
        command=sys.executable,
        args=["-c", "from qa.command_line import main; main()", "mcp"],
        env=environment,
    )
    _, answer = called(command, "ask", **QUESTION)
    assert "August 12" in answer.structured_content["text"]


def test_a_name_that_was_made_to_point_here_gets_no_tool(article_server: str) -> None:
    for path in ("/mcp", "/v1/chat/completions", "/api/conversations"):
        answer = httpx.post(f"{article_server}{path}", json={}, headers={"Host": "evil.example"})
        assert answer.status_code == 400
        assert "default-src 'self'" in httpx.post(f"{article_server}{path}").headers.get(
            "content-security-policy", ""
        )
