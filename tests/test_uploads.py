"""What may be uploaded: how many documents, and how many at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from index import Library
from tests.conftest import ARTICLE
from ui import documents_api


def application(library: Library) -> FastAPI:
    app = FastAPI()
    app.include_router(documents_api.documents(library, lambda: None))
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
    assert refused.json()["detail"] == "the library has 1 documents, the most here"
    assert len(library.documents()) == 1


def test_many_uploads_at_once_are_refused_and_free_their_places(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents_api, "MAX_AT_ONCE", 2)
    app = application(library)
    told = sorted(answer.status_code for answer in uploaded(app, 4))
    assert told == [200, 200, 429, 429]
    assert [answer.status_code for answer in uploaded(app, 1)] == [200]
