"""E-books (.epub): the chapters in their order, each read as HTML.

EbookLib, the usual package, is under the AGPL; what is needed of it are the two steps below, from
the container to the package and from the package to its spine.
"""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING
from urllib.parse import unquote
from zipfile import ZipFile

from index.contents import Contents
from index.errors import UnreadableDocument
from index.formats.archives import opened_archive
from index.formats.html import write_html
from index.formats.plain_text import decoded
from index.formats.text_builder import TextBuilder

if TYPE_CHECKING:
    from lxml.etree import _Element

_CONTAINER = "META-INF/container.xml"
_PROTECTION = "META-INF/rights.xml"


def read_ebook(content: bytes) -> Contents:
    """All chapters; the title is the book's."""
    with opened_archive(content) as archive:
        names = set(archive.namelist())
        if _CONTAINER not in names:
            raise UnreadableDocument("it is not an e-book in EPUB")
        if _PROTECTION in names:
            raise UnreadableDocument("it is protected (DRM), so that only its own reader opens it")
        rootfile = _parsed(archive.read(_CONTAINER)).find(".//{*}rootfile")
        path = "" if rootfile is None else str(rootfile.get("full-path"))
        if path not in names:
            raise UnreadableDocument("it is a damaged e-book: its list of chapters is missing")
        package = _parsed(archive.read(path))
        builder = TextBuilder()
        for chapter in _chapters(package, dirname(path)):
            if chapter in names:
                write_html(builder, decoded(_read(archive, chapter)))
        return builder.contents(str(package.findtext(".//{*}metadata/{*}title") or ""))


def _read(archive: ZipFile, name: str) -> bytes:
    return archive.read(name)


def _chapters(package: _Element, folder: str) -> Iterator[str]:
    """The paths of the chapters inside the archive, in reading order."""
    places = {
        item.get("id"): item.get("href") for item in package.iterfind(".//{*}manifest/{*}item")
    }
    for reference in package.iterfind(".//{*}spine/{*}itemref"):
        href = places.get(reference.get("idref"))
        if href:
            yield normpath(join(folder, unquote(href.split("#")[0])))


def _parsed(xml: bytes) -> _Element:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(xml, parser)
    if root is None:
        raise UnreadableDocument("it is a damaged e-book: its list of chapters cannot be read")
    return root
