"""A scripted language model behind OpenAI's and Ollama's protocol: what it says is the test's."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.test_server import serving

# What a request's messages make the model say, piece by piece.
Script = Callable[[list[dict[str, str]]], Iterator[str]]


class BrokenOff(Exception):
    """Raised by a script: the connection ends here, without a last word."""


class Refused(Exception):
    """Raised by a script before its first piece: the answer is this HTTP status."""

    def __init__(self, status: int) -> None:
        self.status = status


class ScriptedModel(BaseHTTPRequestHandler):
    """One request, one run of the script; `asked` keeps the bodies of the requests."""

    protocol_version = "HTTP/1.1"
    script: Script
    asked: list[dict[str, Any]]
    ended: list[str]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).asked.append(body)
        is_ollama = self.path == "/api/chat"
        pieces = type(self).script(body["messages"])
        try:
            first = next(pieces, None)
        except Refused as refused:
            self.send_error(refused.status)
            return
        self.send_response(200)
        kind = "application/x-ndjson" if is_ollama else "text/event-stream"
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        line = _ollama_line if is_ollama else _openai_line
        try:
            while first is not None:
                self._chunk(line(first))
                first = next(pieces, None)
            self._chunk(_LAST[is_ollama])
            self._chunk(b"")
            type(self).ended.append("whole")
        except BrokenOff:
            type(self).ended.append("broken off")
            self.close_connection = True
        except (BrokenPipeError, ConnectionResetError):
            type(self).ended.append("left by the client")

    def _chunk(self, content: bytes) -> None:
        self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _openai_line(text: str) -> bytes:
    delta = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    return f"data: {json.dumps(chunk | {'choices': [delta]})}\n\n".encode()


def _ollama_line(text: str, *, done: bool = False) -> bytes:
    message = {"role": "assistant", "content": text}
    return json.dumps({"model": "m", "message": message, "done": done}).encode() + b"\n"


_LAST = {False: b"data: [DONE]\n\n", True: _ollama_line("", done=True)}


@contextmanager
def scripted(script: Script) -> Iterator[tuple[str, type[ScriptedModel]]]:
    """The address of a server with this script, without /v1, and what it was asked."""

    class Fresh(ScriptedModel):
        asked: list[dict[str, Any]] = []  # noqa: RUF012
        ended: list[str] = []  # noqa: RUF012

    Fresh.script = staticmethod(script)
    with serving(Fresh) as url:
        yield url, Fresh


def saying(*pieces: str, seconds: float = 0.0) -> Script:
    """These pieces, whatever is asked, with so many seconds before each."""

    def script(_: list[dict[str, str]]) -> Iterator[str]:
        for piece in pieces:
            time.sleep(seconds)
            yield piece

    return script
