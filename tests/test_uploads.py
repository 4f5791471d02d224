"""What may be uploaded: how many documents, and how many at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, HTTPException

from index import AddProgress, AddReport, Library
from tests.conftest import ARTICLE
from ui import documents_api
from ui.errors import UNFORESEEN, tell_errors

WORDS = "Zorbium stands in a document"


def application(library: Library) -> FastAPI:
    app = FastAPI()
    app.include_router(documents_api.documents(library, lambda: None))
    tell_errors(app)
    return app


async def slowly() -> AsyncIterator[bytes]:
    """A file that takes a while to come."""
    yield b"The heron is "
    await asyncio.sleep(0.5)
    yield b"patient."


def uploaded(app: FastAPI, count: int) -> list[httpx.Response]:
    """The answers to files that are uploaded at once."""

    async def upload() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            puts = [
                client.put(f"/api/documents/{number}.txt", content=slowly())
                for number in range(count)
            ]
            return await asyncio.gather(*puts)

    return asyncio.run(upload())


def test_a_full_library_takes_no_more(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.add([ARTICLE])
    monkeypatch.setattr(documents_api, "MAX_DOCUMENTS", 1)
    (refused,) = uploaded(application(library), 1)
    assert refused.status_code == 409
    assert refused.json()["error"] == "the library has 1 documents, the most here"
    assert len(library.documents()) == 1


def test_many_uploads_at_once_are_refused_and_free_their_places(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents_api, "MAX_AT_ONCE", 2)
    app = application(library)
    told = sorted(answer.status_code for answer in uploaded(app, 4))
    assert told == [200, 200, 429, 429]
    assert [answer.status_code for answer in uploaded(app, 1)] == [200]


def test_what_is_being_read_is_told_until_it_is_read(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = application(library)
    told: list[list[dict[str, object]]] = []
    add = library.add

    def watched(paths: list[Path], progress: Callable[[AddProgress], None]) -> AddReport:
        """Look at each step as another client would."""

        def look(step: AddProgress) -> None:
            progress(step)
            told.append(asked(app))

        told.append(asked(app))
        return add(paths, progress=look)

    monkeypatch.setattr(library, "add", watched)
    assert asked(app) == []
    uploaded(app, 1)
    assert told == [
        [{"name": "0.txt", "done": done, "passages": passages}]
        for done, passages in ((0, 0), (0, 1), (1, 1))
    ]
    assert asked(app) == []


def asked(app: FastAPI) -> list[dict[str, object]]:
    """What the server says that it is reading."""

    async def look() -> list[dict[str, object]]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            told: list[dict[str, object]] = (await client.get("/api/documents/reading")).json()
            return told

    return asyncio.run(look())


@pytest.mark.parametrize(("name", "kind"), [("a.exe", "files ending in .exe"), ("a", "files with")])
def test_a_foreign_type_is_refused_with_the_kinds_that_can_be_read(name: str, kind: str) -> None:
    with pytest.raises(HTTPException) as refused:
        documents_api._safe(name)
    assert refused.value.detail.startswith(kind)
    assert refused.value.detail.endswith(
        "cannot be read; these can: PDF, Word, PowerPoint, Excel, web pages, e-books, mail, "
        "subtitles, tables and text"
    )


def test_what_was_not_foreseen_ends_the_stream_with_an_error(
    library: Library, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(WORDS)

    monkeypatch.setattr(Library, "add", broken)
    (answer,) = uploaded(application(library), 1)
    assert answer.json() == {"error": UNFORESEEN}
    assert "RuntimeError was not foreseen" in caplog.text
    assert WORDS not in caplog.text
