"""Embedding models on a server: real HTTP servers that speak Ollama's and OpenAI's protocol."""

from __future__ import annotations

import base64
import json
import os
from array import array
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from index import Library
from index.embedding import BgeSmall, embedding_of
from index.errors import ModelMissing, ModelUnavailable, WrongEmbedding
from qa import Assistant
from tests.conftest import ARTICLE
from tests.test_command_line import qa
from tests.test_server import serving

MODEL = BgeSmall()


class EmbeddingServer(BaseHTTPRequestHandler):
    """The bundled model behind the two protocols; keeps what it was asked."""

    asked: list[tuple[str, dict[str, Any]]]
    is_broken: bool

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).asked.append((self.path, body))
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        vectors = MODEL.get_text_embedding_batch(texts)[: 1 if self.is_broken else None]
        if self.path == "/api/embed":
            answer: dict[str, Any] = {"model": body["model"], "embeddings": vectors}
        elif self.path == "/v1/embeddings":
            data = [
                {"object": "embedding", "index": i, "embedding": _encoded(vector, body)}
                for i, vector in enumerate(vectors)
            ]
            usage = {"prompt_tokens": 1, "total_tokens": 1}
            answer = {"object": "list", "data": data, "model": body["model"], "usage": usage}
        else:
            self.send_error(404)
            return
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _encoded(vector: list[float], body: dict[str, Any]) -> object:
    if body.get("encoding_format") == "base64":
        return base64.b64encode(array("f", vector).tobytes()).decode()
    return vector


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[EmbeddingServer]]:
    class Fresh(EmbeddingServer):
        asked: list[tuple[str, dict[str, Any]]] = []  # noqa: RUF012
        is_broken = False

    with serving(Fresh) as url:
        monkeypatch.setenv("SERVER", url)
        yield Fresh


NAMES = {"ollama:nomic-embed-text": "", "openai:text-embedding-3-small": "/v1"}


def choose(monkeypatch: pytest.MonkeyPatch, name: str, url: str | None = None) -> None:
    monkeypatch.setenv("QA_EMBEDDING", name)
    monkeypatch.setenv("QA_EMBEDDING_URL", url or os.environ["SERVER"] + NAMES[name])


@pytest.mark.parametrize("name", NAMES)
def test_a_model_on_a_server_embeds_passages_and_questions(
    server: type[EmbeddingServer], home: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    choose(monkeypatch, name)
    library = Library.open(home)
    library.add([ARTICLE])
    assert Assistant(library).ask("When is the summit?").answered
    assert {body["model"] for _, body in server.asked} == {name.split(":", 1)[1]}


def test_a_model_gets_the_instructions_that_it_was_trained_with(
    server: type[EmbeddingServer], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(monkeypatch, "ollama:nomic-embed-text")
    library = Library.open(home)
    library.add([ARTICLE])
    library.search_dense("When is the summit?", k=1)
    texts = [
        t
        for _, body in server.asked
        for t in ([body["input"]] if isinstance(body["input"], str) else body["input"])
    ]
    assert texts[-1] == "search_query: When is the summit?"
    assert all(text.startswith("search_document: ") for text in texts[:-1])


@pytest.mark.parametrize("name", NAMES)
def test_a_server_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    choose(monkeypatch, name, "http://127.0.0.1:9/v1")
    done = qa("add", ARTICLE)
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"qa: The embedding model {name} at http://127.0.0.1:9/v1 cannot be used ("
    )
    assert done.stderr.count("\n") == 1


def test_a_server_that_gives_too_few_vectors_is_not_in_order(
    server: type[EmbeddingServer], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.is_broken = True
    choose(monkeypatch, "ollama:nomic-embed-text")
    library = Library.open(home)
    with pytest.raises(ModelUnavailable, match="its server is not in order"):
        library.add([ARTICLE])
    assert library.documents() == []


def test_a_library_of_another_model_names_the_one_to_choose(
    server: type[EmbeddingServer], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(monkeypatch, "ollama:nomic-embed-text")
    Library.open(home).add([ARTICLE])
    monkeypatch.delenv("QA_EMBEDDING")
    with pytest.raises(WrongEmbedding, match=r"'ollama:nomic-embed-text'.* with QA_EMBEDDING"):
        Library.open(home)


def test_a_name_that_is_none_says_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ollama", "ollama:", "other:model", "nonsense"):
        with pytest.raises(ModelMissing, match=f"There is no embedding model '{name}'"):
            embedding_of(name)
    assert isinstance(embedding_of("bundled"), BgeSmall)
    monkeypatch.delenv("QA_EMBEDDING", raising=False)
    assert isinstance(embedding_of(), BgeSmall)
