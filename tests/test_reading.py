"""Reading a document at a passage: its text, and the page of a PDF with the passage marked."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image

from index import Library, StoredDocument
from index.errors import DocumentNotFound, UnreadableDocument
from index.page_image import YELLOW, page_image
from tests.test_formats import FILES
from ui.errors import told
from ui.reading import AROUND, reading

PDF = FILES / "annual-report.pdf"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """It holds a copy of a PDF."""
    folder = tmp_path_factory.mktemp("reading")
    copy = folder / "annual-report.pdf"
    copy.write_bytes(PDF.read_bytes())
    library = Library.open(folder / "home")
    library.add([copy])
    return library


@pytest.fixture(scope="module")
def held(library: Library) -> StoredDocument:
    """The PDF."""
    return next(d for d in library.documents() if d.source.endswith(".pdf"))


Get = Callable[[str], httpx.Response]


@pytest.fixture
def get(library: Library) -> Get:
    """Asks the application in this process."""
    app = FastAPI()
    app.add_exception_handler(DocumentNotFound, told)
    app.include_router(reading(library))

    async def answered(path: str) -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://here"
        ) as client:
            return await client.get(path)

    return lambda path: asyncio.run(answered(path))


def marked(png: bytes) -> int:
    """How many pixels have the colour of the marker."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    return sum(n for n, colour in image.getcolors(2**24) or [] if colour == YELLOW)


def test_the_text_around_a_passage_is_exact(
    get: Get, library: Library, held: StoredDocument
) -> None:
    whole = library.text(held.document_id)
    start = whole.index("Bitterns")
    path = f"/api/documents/{held.document_id}/text?start={start}&end={start + 8}"
    answer = get(path).json()
    assert answer["passage"] == "Bitterns"
    assert (
        answer["before"] + answer["passage"] + answer["behind"]
        == (whole[answer["from"] : answer["to"]])
    )
    assert answer["from"] >= start - AROUND
    assert (answer["characters"], answer["has_pages"]) == (len(whole), True)


@pytest.mark.parametrize("query", ["start=-1", "end=x", "start=1.5"])
def test_an_offset_that_is_none_is_refused(get: Get, held: StoredDocument, query: str) -> None:
    assert get(f"/api/documents/{held.document_id}/text?{query}").status_code == 422


def test_offsets_beyond_the_end_show_the_end(get: Get, held: StoredDocument) -> None:
    answer = get(f"/api/documents/{held.document_id}/text?start=999999&end=5").json()
    assert answer["passage"] == ""
    assert answer["to"] == answer["characters"]


def test_the_page_comes_as_an_image_with_the_passage_marked(
    get: Get, library: Library, held: StoredDocument
) -> None:
    whole = library.text(held.document_id)
    start = whole.index("Bitterns")
    path = f"/api/documents/{held.document_id}/pages/1"
    answer = get(f"{path}?start={start}&end={start + 60}")
    assert answer.headers["content-type"] == "image/png"
    assert 0.5 < float(answer.headers["x-marked"]) < 0.9
    assert marked(answer.content) > 3000
    plain = get(path)
    assert plain.headers["x-marked"] == "no"
    assert marked(plain.content) == 0


@pytest.mark.parametrize("page", [0, 4, 99])
def test_a_page_that_is_not_there_is_not_found(get: Get, held: StoredDocument, page: int) -> None:
    assert get(f"/api/documents/{held.document_id}/pages/{page}").status_code == 404


def test_a_file_that_is_gone_or_changed_is_not_shown(
    get: Get, library: Library, held: StoredDocument
) -> None:
    path = Path(held.origin)
    path.write_bytes(PDF.read_bytes() + b"\n")
    answer = get(f"/api/documents/{held.document_id}/pages/1")
    assert (answer.status_code, "has changed" in answer.json()["error"]) == (404, True)
    path.unlink()
    answer = get(f"/api/documents/{held.document_id}/pages/1")
    assert (answer.status_code, "no longer there" in answer.json()["error"]) == (404, True)
    assert get(f"/api/documents/{held.document_id}/text").status_code == 200
    path.write_bytes(PDF.read_bytes())


def test_a_document_that_is_not_held_cannot_be_read(get: Get) -> None:
    for path in ("text", "pages/1"):
        assert get(f"/api/documents/{'0' * 16}/{path}").status_code == 404
    assert get("/api/documents/..%2F..%2Fetc%2Fpasswd/text").status_code == 404


def test_a_text_file_has_no_pages(get: Get, library: Library, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("The heron is patient.")
    library.add([note])
    document = library.find(note)
    assert get(f"/api/documents/{document.document_id}/pages/1").status_code == 404


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 nothing else", PDF.read_bytes()[:900]])
def test_a_damaged_pdf_is_told(content: bytes) -> None:
    with pytest.raises(UnreadableDocument, match="cannot be drawn"):
        page_image(content, 1, "")


def test_a_passage_over_two_pages_is_marked_where_it_stands(
    library: Library, held: StoredDocument
) -> None:
    text = library.text(held.document_id)
    start = text.index("Bitterns")
    whole = page_image(PDF.read_bytes(), 1, text[start : start + 120] + " nowhere on this page" * 3)
    assert whole.top is not None
