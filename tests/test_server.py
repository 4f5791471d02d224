"""A library kept by a real Chroma server: two processes, a guarded door, a server that goes."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from index import Library
from index.errors import LibraryBusy, LibraryUnavailable
from index.server import LOCK, Server
from qa import Assistant
from tests.conftest import ARTICLE
from tests.test_command_line import qa
from tests.test_library import written

TOKEN = "heron"


def free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def chroma(folder: Path, port: int) -> Iterator[str]:
    """A Chroma server over `folder`, as `chroma run` starts it; its address."""
    command = [
        str(Path(sys.executable).with_name("chroma")),
        *("run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)),
    ]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder.parent
    ) as server:
        try:
            wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()


def wait_for(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with closing(socket.socket()) as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nothing listens on port {port}")


_opened: list[Library] = []


def opened(url: str, **settings: Any) -> Library:
    """A library that is closed with its test."""
    _opened.append(Library.open(url, **settings))
    return _opened[-1]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The lexical index of a server is kept in the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    yield
    while _opened:
        _opened.pop().close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    with chroma(tmp_path / "server", free_port()) as url:
        yield url


def test_a_server_answers_as_a_folder_does(server: str, library: Library) -> None:
    library.add([ARTICLE])
    there = opened(server)
    there.add([ARTICLE])
    question = "Who is the CSTO Secretary General?"
    here = Assistant(library).ask(question)
    answer = Assistant(there).ask(question)
    assert answer.text == here.text
    assert answer.confidence == pytest.approx(here.confidence, abs=1e-3)
    (citation,) = answer.citations
    assert there.text(citation.document_id)[citation.start : citation.end] == citation.quote
    there.remove(citation.document_id)
    assert there.documents() == []
    assert there.search_dense(question, k=3) == there.search_lexical(question, k=3) == []


def test_the_command_line_takes_an_address(server: str, tmp_path: Path) -> None:
    note = written(tmp_path, "note.txt", "The heron is a patient bird.")
    assert qa("add", note, "--home", server).returncode == 0
    asked = qa("ask", "Which bird is patient?", "--home", server, "--json")
    assert json.loads(asked.stdout)["text"] == "The heron is a patient bird. [1]"


def test_two_processes_ask_one_server_and_see_what_is_added(server: str, tmp_path: Path) -> None:
    first = opened(server)
    first.add([ARTICLE])
    note = written(tmp_path, "note.txt", "The heron is a patient bird.")
    program = (
        "import sys; from index import Library; library = Library.open(sys.argv[1]);"
        "library.add([sys.argv[2]]); print(len(library.documents()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, server, note], capture_output=True, text=True, check=True
    )
    assert done.stdout == "2\n"
    assert first.search_dense("Which bird is patient?", k=1)[0].text.startswith("The heron")
    assert first.search_lexical("patient heron", k=1)[0].text.startswith("The heron")


def test_two_writers_on_a_server_wait_for_each_other(server: str, tmp_path: Path) -> None:
    program = "import sys; from index import Library; Library.open(sys.argv[1]).add([sys.argv[2]])"
    notes = [written(tmp_path, f"{n}.txt", f"Heron number {n} is patient. " * 50) for n in range(2)]
    writers = [subprocess.Popen([sys.executable, "-c", program, server, note]) for note in notes]
    assert [writer.wait() for writer in writers] == [0, 0]
    library = opened(server)
    assert len(library.documents()) == 2
    assert all(library.text(d.document_id) for d in library.documents())


def test_a_writer_that_is_not_waited_for_is_told(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.server.LOCK_SECONDS", 0.2)
    note = written(tmp_path, "note.txt", "The heron is a patient bird.")
    with (
        Server(server).write_lock(),
        pytest.raises(LibraryBusy, match="Another process is changing the library at"),
    ):
        opened(server).add([note])
    assert opened(server).add([note]).added == (str(note),)


def test_the_lock_of_a_writer_that_died_is_taken_over(server: str, tmp_path: Path) -> None:
    place = Server(server)
    client = place.client()
    client.create_collection(LOCK, metadata={"until": time.time() - 1}, embedding_function=None)
    place.close(client)
    note = written(tmp_path, "note.txt", "The heron is a patient bird.")
    assert opened(server).add([note]).added == (str(note),)


def test_a_server_that_is_gone_is_named_in_seconds_and_found_again(tmp_path: Path) -> None:
    port = free_port()
    with chroma(tmp_path / "server", port) as url:
        library = opened(url)
        library.add([ARTICLE])
        assistant = Assistant(library)
        assert assistant.ask("When is the summit?").answered
    started = time.perf_counter()
    with pytest.raises(LibraryUnavailable, match=rf"The Chroma server at {url} does not answer"):
        assistant.ask("When is the summit?")
    with pytest.raises(LibraryUnavailable, match="does not answer"):
        opened(url)
    assert time.perf_counter() - started < 5
    with chroma(tmp_path / "server", port):
        assert assistant.ask("When is the summit?").answered


def test_a_server_that_takes_the_call_and_says_nothing_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("index.server.CONNECT_SECONDS", 0.5)
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        started = time.perf_counter()
        with pytest.raises(LibraryUnavailable, match="does not answer"):
            Library.open(f"http://127.0.0.1:{silent.getsockname()[1]}")
    assert time.perf_counter() - started < 5


def test_a_server_that_is_no_chroma_is_named(tmp_path: Path) -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with serving(Other) as url, pytest.raises(LibraryUnavailable, match=r"HTTP 404"):
        opened(url)


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{httpd.server_address[1]}"
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


@contextmanager
def guarded(url: str) -> Iterator[str]:
    """A door before the server, as a reverse proxy is: only who knows the token comes through."""

    class Door(BaseHTTPRequestHandler):
        def _pass(self) -> None:
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                self.send_error(401)
                return
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else None
            asked = urllib.request.Request(url + self.path, data=body, method=self.command)
            asked.add_header("Content-Type", "application/json")
            try:
                with urllib.request.urlopen(asked) as answer:
                    self._answer(answer.status, answer.read())
            except urllib.error.HTTPError as error:
                with error:
                    self._answer(error.code, error.read())

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = _pass  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with serving(Door) as address:
        yield address


def test_a_guarded_server_lets_in_who_has_the_token(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = written(tmp_path, "note.txt", "The heron is a patient bird.")
    with guarded(server) as door:
        with pytest.raises(LibraryUnavailable, match=re.escape("(HTTP 401). Set QA_CHROMA_TOKEN")):
            opened(door)
        library = opened(door, headers={"Authorization": f"Bearer {TOKEN}"})
        library.add([note])
        monkeypatch.setenv("QA_CHROMA_TOKEN", TOKEN)
        asked = qa("ask", "Which bird is patient?", "--home", door)
        assert "The heron is a patient bird. [1]" in asked.stdout, asked.stderr


def test_a_library_moves_from_a_folder_to_a_server(server: str, home: Path, tmp_path: Path) -> None:
    Library.open(home).add([ARTICLE])
    file = tmp_path / "library.qa.gz"
    assert qa("export", file).stdout == f"Exported 1 document to {file}.\n"
    assert qa("import", file, "--home", server).stdout == f"added {ARTICLE}\n"
    assert qa("import", file, "--home", server).stdout == "unchanged: 1\n"
    assert opened(server).documents() == Library.open(home).documents()
    assert "August 12" in qa("ask", "When is the summit?", "--home", server).stdout
