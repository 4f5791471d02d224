"""PDF by pypdfium2: PDFium reads what Chromium shows, fast, and is under the BSD licence.

A PDF knows letters and places. What they make together is told by the modules beside this one:
lines, what pages repeat at their edges, headings, and paragraphs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.contents import Contents
from index.errors import UnreadableDocument
from index.formats.pdf_edges import without_edges
from index.formats.pdf_headings import heading_levels, largest_text
from index.formats.pdf_lines import SOFT_HYPHEN, Line, lines_of
from index.formats.pdf_paragraphs import Block, Kind, blocks_of
from index.formats.text_builder import TextBuilder
from index.formats.titles import proper_title

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

_PASSWORD_ERROR = 4
# What a font without a table of its letters gives.
_UNREADABLE = re.compile("[\ufffd\ue000-\uf8ff]")
_BROKEN_WORD = re.compile(rf"(\w+)[-‐{SOFT_HYPHEN}]$")
# "Forty-three" is one word that has its hyphen.
_TENS = frozenset(re.findall(r"\w+", "twenty thirty forty fifty sixty seventy eighty ninety"))
_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uff00-\uffef]")


def read_pdf(content: bytes) -> Contents:
    """The text of all pages; raises UnreadableDocument for a scan and a protected file."""
    document = _opened(content)
    try:
        pages = without_edges([lines_of(document, number) for number in range(len(document))])
        lines = [line for page in pages for line in page]
        _require_text(lines, len(pages))
        blocks = blocks_of(lines, heading_levels(document, lines))
        builder = TextBuilder()
        _write(blocks, builder, len(pages), _Words(lines))
        title = proper_title(document.get_metadata_value("Title"))
        return builder.contents(title or proper_title(largest_text(lines)))
    finally:
        document.close()


def _opened(content: bytes) -> PdfDocument:
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        return PdfDocument(content)
    except PdfiumError as error:
        if error.err_code == _PASSWORD_ERROR:
            raise UnreadableDocument(
                "it is protected by a password; save it without one and add it again"
            ) from error
        raise UnreadableDocument("it is damaged, or not a .pdf file") from error


def _require_text(lines: Sequence[Line], pages: int) -> None:
    text = "".join(line.text for line in lines)
    count = "its page holds" if pages == 1 else f"its {pages} pages hold"
    if not text:
        raise UnreadableDocument(
            f"it is a scan: {count} pictures and no text; "
            "run a text recognition (OCR) over it first"
        )
    if len(_UNREADABLE.findall(text)) * 2 > len(text):
        raise UnreadableDocument(
            "it does not say which letters its signs stand for; "
            "run a text recognition (OCR) over it first"
        )


class _Words:
    """How words are written inside lines, where nothing is broken."""

    def __init__(self, lines: Iterable[Line]) -> None:
        text = "\n".join(line.text.lower() for line in lines)
        self._compounds = set(re.findall(r"\w+-\w+", text))
        self._words = set(re.findall(r"\w+", text))

    def keep_hyphen(self, first: str, second: str) -> bool:
        """Whether the hyphen between the halves of a broken word is part of it."""
        if not second[0].islower() or first[-1].isdigit() or first.lower() in _TENS:
            return True
        is_compound = f"{first}-{second}".lower() in self._compounds
        return is_compound and (first + second).lower() not in self._words


@dataclass(slots=True)
class _Piece:
    """The part of a block on one page; `glue` stands between it and the part before."""

    page: int
    glue: str
    text: str


def _write(blocks: Iterable[Block], builder: TextBuilder, pages: int, words: _Words) -> None:
    begun = 0
    for block in blocks:
        for number, piece in enumerate(_pieces(block.lines, words)):
            while begun <= piece.page:
                builder.page()
                begun += 1
            if number:
                builder.go_on(piece.text, glue=piece.glue)
            else:
                _begin(block, piece.text, builder)
    for _ in range(begun, pages):
        builder.page()


def _begin(block: Block, text: str, builder: TextBuilder) -> None:
    if block.kind is Kind.HEADING:
        builder.heading(text, block.level)
    elif block.kind is Kind.ITEM:
        builder.item(text, marker="")
    elif block.kind is Kind.ROW:
        builder.line(text)
    elif block.kind is Kind.LINE:
        builder.add_line(text)
    else:
        builder.paragraph(text)


def _pieces(lines: Sequence[Line], words: _Words) -> Iterator[_Piece]:
    piece = _Piece(lines[0].page, "", lines[0].text)
    for line in lines[1:]:
        piece.text, glue = _ready_for(line.text, piece.text, words)
        if line.page == piece.page:
            piece.text += glue + line.text
        else:
            piece.text = _with_plain_hyphen(piece.text)
            yield piece
            piece = _Piece(line.page, glue, line.text)
    piece.text = _with_plain_hyphen(piece.text)
    yield piece


def _ready_for(following: str, text: str, words: _Words) -> tuple[str, str]:
    """The text as it stands before the line that follows, and what comes between them."""
    broken, rest = _BROKEN_WORD.search(text[-100:]), re.match(r"\w+", following)
    if broken and rest:
        kept = "-" if words.keep_hyphen(broken[1], rest[0]) else ""
        return text[:-1] + kept, ""
    together = text.endswith("—") or (_ASIAN.match(text[-1]) and _ASIAN.match(following))
    return _with_plain_hyphen(text), "" if together else " "


def _with_plain_hyphen(text: str) -> str:
    """A sign of a broken word behind which no word comes was a hyphen."""
    return text.replace(SOFT_HYPHEN, "-")
