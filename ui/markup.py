"""Texts from outside as HTML: every one of them goes through `escaped`, none another way."""

from __future__ import annotations

import html

from index import Passage
from qa.answers import Citation


def escaped(text: str) -> str:
    """The text as a browser shows it literally, in an element and in a quoted attribute.

    Half of a surrogate pair, as in a file name that is not UTF-8, becomes a question mark.
    """
    return html.escape(text.encode(errors="replace").decode(), quote=True)


def where_cited(citation: Citation) -> str:
    """The title of the document with the place in it."""
    return ", ".join(filter(None, (citation.title, place(citation))))


def place(where: Citation | Passage) -> str:
    """Where in its document it stands: section and page, as far as there are any."""
    page = "" if where.page is None else f"page {where.page}"
    return ", ".join(filter(None, (where.section, page)))


def split_before(text: str, length: int) -> tuple[str, str]:
    """The text in two: what is too far from its end, and about `length` characters up to it."""
    if len(text) <= length:
        return "", text
    cut = text.find(" ", len(text) - length)
    cut = len(text) - length if cut < 0 else cut + 1
    return text[:cut], text[cut:]


def split_after(text: str, length: int) -> tuple[str, str]:
    """The text in two: about `length` characters from its beginning, and what is too far."""
    if len(text) <= length:
        return text, ""
    cut = text.rfind(" ", 0, length)
    cut = length if cut < 0 else cut
    return text[:cut], text[cut:]


def shortened(text: str, length: int) -> str:
    """The text up to about `length` characters, with dots where more follows."""
    near, rest = split_after(text, length)
    return f"{near} …" if rest else near


def count(number: int, noun: str) -> str:
    """A number with its noun: 1 quote, 2 quotes."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
