"""EPUB by zipfile and lxml: its chapters are pages of XHTML, in the order of the spine.

Own code: EbookLib, the usual library, is under the AGPL, and what is needed is three small steps,
the container, the package and its spine. Every chapter then goes through the reader of HTML.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from zipfile import ZipFile

from index.contents import Contents
from index.errors import UnreadableDocument
from index.formats.html_text import tag_of, write_html
from index.formats.html_tree import html_tree
from index.formats.text_builder import TextBuilder, collapsed
from index.formats.titles import proper_title
from index.formats.xml_tree import xml_tree
from index.formats.zip_check import opened_zip

if TYPE_CHECKING:
    from index.formats.xml_tree import Element

_PAGE_TYPES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
# Fonts are made unreadable by these as a formality; the text beside them is free.
_FONT_ALGORITHMS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")


def read_epub(content: bytes) -> Contents:
    """The chapters in the order of the spine."""
    book = opened_zip(content, ".epub")
    package_path = _package_path(book)
    package = _xml(book, package_path)
    chapters = list(_chapters(package, package_path))
    _require_unprotected(book, chapters)
    builder = TextBuilder()
    for chapter in chapters:
        if chapter in book.NameToInfo:
            write_html(html_tree(book.read(chapter)), builder)
    return builder.contents(_title(package))


def _package_path(book: ZipFile) -> str:
    container = _xml(book, "META-INF/container.xml")
    paths = [element.get("full-path") for element in _all(container, "rootfile")]
    if not paths or not paths[0]:
        raise UnreadableDocument("it is damaged, or not an .epub file")
    return paths[0]


def _chapters(package: Element, package_path: str) -> Iterator[str]:
    items = {item.get("id"): item for item in _all(package, "item")}
    seen = set()
    for reference in _all(package, "itemref"):
        item = items.get(reference.get("idref"))
        if item is not None and item.get("media-type") in _PAGE_TYPES:
            path = unquote(urlsplit(item.get("href") or "").path)
            path = posixpath.normpath(posixpath.join(posixpath.dirname(package_path), path))
            if path not in seen and "nav" not in (item.get("properties") or "").split():
                seen.add(path)
                yield path


def _title(package: Element) -> str:
    titles = (collapsed("".join(map(str, title.itertext()))) for title in _all(package, "title"))
    return next(filter(None, map(proper_title, titles)), "")


def _require_unprotected(book: ZipFile, chapters: list[str]) -> None:
    if "META-INF/encryption.xml" not in book.NameToInfo:
        return
    for data in _all(_xml(book, "META-INF/encryption.xml"), "encrypteddata"):
        methods = [method.get("Algorithm") for method in _all(data, "encryptionmethod")]
        paths = [unquote(cipher.get("URI") or "") for cipher in _all(data, "cipherreference")]
        if set(paths) & set(chapters) and not set(methods) & set(_FONT_ALGORITHMS):
            raise UnreadableDocument("it is protected (DRM); add a copy without protection")


def _all(root: Element, tag: str) -> list[Element]:
    return [element for element in root.iter() if tag_of(element) == tag]


def _xml(book: ZipFile, path: str) -> Element:
    root = xml_tree(book.read(path)) if path in book.NameToInfo else None
    if root is None:
        raise UnreadableDocument("it is damaged, or not an .epub file")
    return root
