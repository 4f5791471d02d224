"""Reading a document at a passage: the text around it, and the page of a PDF as an image."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import Response

from index import Library, StoredDocument
from index.errors import DocumentNotFound, UnreadableDocument
from index.page_image import page_image

# So many characters are told on each side of a passage, and a passage has at most so many.
AROUND = 3000
LONGEST = 20_000

Offset = Annotated[int, Query(ge=0)]


def reading(library: Library) -> APIRouter:
    """`/api/documents/{document_id}/text` and `.../pages/{page}`."""
    router = APIRouter(prefix="/api/documents/{document_id}")

    @router.get("/text")
    def text(document_id: str, start: Offset = 0, end: Offset = 0) -> dict[str, object]:
        """The text from offset `start` to `end`, with what stands before and behind it.

        `from` and `to` are the offsets of all that is told; the document has `characters`.
        `has_pages` says whether its pages can be had as images.
        """
        document, whole = _document(library, document_id), library.text(document_id)
        start = min(start, len(whole))
        end = max(start, min(end, len(whole), start + LONGEST))
        first, last = max(0, start - AROUND), min(len(whole), end + AROUND)
        return {
            "title": document.title,
            "source": document.source,
            "before": whole[first:start],
            "passage": whole[start:end],
            "behind": whole[end:last],
            "from": first,
            "to": last,
            "characters": len(whole),
            "has_pages": document.pages is not None and _is_pdf(document),
        }

    @router.get("/pages/{page}", response_class=Response)
    def image(document_id: str, page: int, start: Offset = 0, end: Offset = 0) -> Response:
        """A page of a PDF as PNG with the passage marked.

        The header `x-marked` is where that begins, 0 to 1 of the height, or "no".
        """
        document = _document(library, document_id)
        if not _is_pdf(document) or not 1 <= page <= (document.pages or 0):
            raise HTTPException(404, "this document has no such page to show")
        passage = library.text(document_id)[start : min(end, start + LONGEST)]
        try:
            drawn = page_image(library.original(document_id), page, passage)
        except UnreadableDocument as error:
            raise HTTPException(422, str(error)) from error
        marked = "no" if drawn.top is None else f"{drawn.top:.3f}"
        headers = {"x-marked": marked, "cache-control": "private, no-cache"}
        return Response(drawn.png, media_type="image/png", headers=headers)

    return router


def _document(library: Library, document_id: str) -> StoredDocument:
    for document in library.documents():
        if document.document_id == document_id:
            return document
    raise DocumentNotFound("The library no longer holds this document.")


def _is_pdf(document: StoredDocument) -> bool:
    return document.origin.lower().endswith(".pdf")
