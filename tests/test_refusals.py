"""What the server refuses, and the one form in which it says so."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from qa import Assistant
from ui.api import asking
from ui.errors import UNFORESEEN, Unforeseen
from ui.origins import OwnOrigin
from ui.settings import Desk

QUESTION = {"question": "When is the summit?"}
WORDS = "Zorbium stands in a document"


@pytest.fixture(scope="module")
def client(article_server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=article_server, timeout=60) as asking:
        yield asking


@pytest.fixture
def app(article_assistant: Assistant) -> FastAPI:
    """What is asked, without the page around it."""
    made = FastAPI()
    made.include_router(asking(Desk(article_assistant)))
    made.add_middleware(OwnOrigin)
    made.add_middleware(Unforeseen)
    return made


def problem(answer: httpx.Response) -> str:
    """The sentence, where the body holds nothing else."""
    body = answer.json()
    assert list(body) == ["error"]
    assert isinstance(body["error"], str)
    return str(body["error"])


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "sentence"),
    [
        ("GET", "/api/ask", None, 405, "This address is not for GET."),
        ("DELETE", "/api/settings", None, 405, "This address is not for DELETE."),
        ("POST", "/api/documents/a.txt", None, 405, "This address is not for POST."),
        ("GET", "/api/nothing", None, 404, "There is nothing at this address."),
        ("GET", "/nothing/at/all", None, 404, "There is nothing at this address."),
        ("GET", "/logout", None, 404, "There is nothing at this address."),
        ("POST", "/api/ask", "{", 422, "The body is not valid JSON."),
        ("POST", "/api/ask", '{"question": 1e999}', 422, "question: Input should be a valid str"),
        ("POST", "/api/ask", "{}", 422, "question: Field required"),
        ("POST", "/api/ask", '{"question": "a \\ud800"}', 400, "not valid Unicode"),
        ("POST", "/api/ask", '{"question": "When?", "history": [["\\udfff", ""]]}', 400, "Unicode"),
        ("POST", "/api/conversations", '{"documents": ["\\ud83d"]}', 400, "not valid Unicode"),
        ("POST", "/mcp", '{"params": {"\\ud83d": 1}}', 400, "not valid Unicode"),
        ("PUT", "/api/settings", '{"threshold": 1e999}', 422, "threshold: Input should be"),
        ("POST", "/api/evaluations/runs", '{"questions": "\\ud83d"}', 400, "Unicode"),
    ],
)
def test_an_error_is_one_sentence_in_one_form(
    client: httpx.Client, method: str, path: str, body: str | None, status: int, sentence: str
) -> None:
    headers = {"content-type": "application/json"}
    answer = client.request(method, path, content=body, headers=headers)
    assert answer.status_code == status
    assert sentence in problem(answer)


def test_what_was_sent_is_not_sent_back(client: httpx.Client) -> None:
    answer = client.post("/api/ask", json={"question": ["Zorbium"]})
    assert "Zorbium" not in answer.text


def test_two_halves_are_a_character(client: httpx.Client) -> None:
    body = '{"question": "When is the summit \\ud83e\\udd86?"}'
    answer = client.post("/api/ask", content=body, headers={"content-type": "application/json"})
    assert "🦆" in answer.json()["question"]


def test_a_wrong_method_names_the_right_ones(client: httpx.Client) -> None:
    assert client.delete("/api/settings").headers["allow"] == "GET, PUT"


@pytest.mark.parametrize("path", ["/api/ask", "/v1/chat/completions", "/mcp", "/api/settings"])
@pytest.mark.parametrize("is_declared", [True, False])
def test_a_body_that_is_no_file_has_a_limit(
    client: httpx.Client, path: str, is_declared: bool
) -> None:
    content = b'{"question": "' + b"a" * 1_100_000
    pieces = content if is_declared else iter([content[:900_000], content[900_000:]])
    method = "PUT" if path == "/api/settings" else "POST"
    answer = client.request(method, path, content=pieces)
    assert answer.status_code == 413
    assert "more than 1 MB" in answer.text


@pytest.mark.parametrize(
    "path", ["upload", "upload?upload_id=x", "run/predict", "call/predict", "process_recording"]
)
def test_the_routes_of_gradio_that_the_page_does_not_need_are_closed(
    client: httpx.Client, path: str
) -> None:
    refused = client.post(f"/gradio_api/{path}", files={"files": ("a.txt", b"x")})
    assert refused.status_code == 404
    assert client.post("/gradio_api/upload/", files={"files": ("a.txt", b"x")}).status_code == 404


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "http://localhost:3000", "null", "http://127.0.0.1", "nonsense"],
)
def test_a_page_of_another_origin_changes_nothing(client: httpx.Client, origin: str) -> None:
    headers = {"origin": origin}
    for method, path in (
        ("POST", "/api/ask"),
        ("PUT", "/api/settings"),
        ("DELETE", "/api/documents/x"),
        ("POST", "/gradio_api/queue/join"),
        ("POST", "/mcp"),
    ):
        answer = client.request(method, path, headers=headers)
        assert (answer.status_code, "own page" in problem(answer)) == (403, True)
    for path in ("/api/documents", "/config", "/gradio_api/startup-events"):
        read = client.get(path, headers=headers)
        assert [name for name in read.headers if name.startswith("access-control")] == []
    asked = {**headers, "access-control-request-method": "POST"}
    preflight = client.options("/gradio_api/queue/join", headers=asked)
    assert "access-control-allow-origin" not in preflight.headers


def test_its_own_page_and_programs_go_on(client: httpx.Client) -> None:
    own = f"{client.base_url}".rstrip("/")
    for headers in ({}, {"origin": own}):
        assert client.post("/api/ask", json=QUESTION, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("host", "forwarded", "origin", "status"),
    [
        ("docs.example.org", None, "https://docs.example.org", 200),
        ("DOCS.example.org:443", None, "https://docs.example.org", 200),
        ("inner:7860", "docs.example.org", "https://docs.example.org", 200),
        ("inner:7860", "docs.example.org", "https://evil.example", 403),
        ("inner:7860", None, "https://docs.example.org", 403),
    ],
)
def test_behind_a_proxy_the_origin_is_the_name_that_the_reader_knows(
    app: FastAPI, host: str, forwarded: str | None, origin: str, status: int
) -> None:
    headers = {"host": host, "origin": origin}
    if forwarded:
        headers["x-forwarded-host"] = forwarded
    assert asked(app, headers).status_code == status


def test_a_stranger_is_not_believed_to_be_a_proxy(app: FastAPI) -> None:
    headers = {"host": "here", "x-forwarded-host": "evil.example", "origin": "http://evil.example"}
    assert asked(app, headers, client=("192.0.2.1", 4000)).status_code == 403
    # Uvicorn has put this client there by the word of a proxy that it trusts.
    assert asked(app, headers, client=("192.0.2.1", 0)).status_code == 200


def test_what_was_not_foreseen_is_a_sentence_and_logged_without_words(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(WORDS)

    monkeypatch.setattr(Assistant, "retrieve", broken)
    whole = asked(app, {})
    assert (whole.status_code, problem(whole)) == (500, UNFORESEEN)
    streamed = asked(app, {}, stream=True)
    assert UNFORESEEN in streamed.text
    assert streamed.text.startswith("event: error\n")
    assert "RuntimeError was not foreseen" in caplog.text
    assert WORDS not in caplog.text


def asked(
    app: FastAPI,
    headers: dict[str, str],
    *,
    client: tuple[str, int] = ("127.0.0.1", 4000),
    stream: bool = False,
) -> httpx.Response:
    """The answer of an application to a question, sent by this client."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=client)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as asking:
            return await asking.post(
                "/api/ask", json=QUESTION | {"stream": stream}, headers=headers
            )

    return asyncio.run(ask())
