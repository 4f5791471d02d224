"""HTML and XHTML as a tree, by lxml: fast, and it mends what is not well formed."""

from __future__ import annotations

import codecs
import re
from html.entities import html5
from typing import TYPE_CHECKING

from index.errors import UnreadableDocument
from index.formats.plain_text import decoded, require_size
from index.formats.xml_tree import xml_tree

if TYPE_CHECKING:
    from index.formats.xml_tree import Element

_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.I)
_HEAD_BYTES = 4096
_NAMED_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31};)")
_XML_ENTITIES = {"amp;", "lt;", "gt;", "quot;", "apos;"}
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]*\?>")
_SHALLOW_TAG = re.compile(r"<(/?)(\w+)(?:\s[^<>]*)?>")
_TAGS_OF_USE = frozenset({"head", "title", "script", "style", "p", "br", "li", "pre"}) | {
    f"h{level}" for level in range(1, 7)
}


def html_tree(content: bytes) -> Element:
    """The root of a page; raises UnreadableDocument when there is none."""
    text = _DECLARATION.sub("", _decoded_page(content), count=1)
    root = _as_xhtml(text)
    if root is None:
        root = _as_html(text)
    if root is None:
        # A page of unclosed tags may nest them thousands deep, and the parser gives up.
        root = _as_html(_SHALLOW_TAG.sub(_kept_or_break, text))
    if root is None:
        raise UnreadableDocument("it is not a page of HTML, or its tags are nested too deep")
    return root


def _as_xhtml(text: str) -> Element | None:
    """An HTML parser takes `<title/>` and `<script/>` for tags that stay open."""
    if "http://www.w3.org/1999/xhtml" not in text[:_HEAD_BYTES]:
        return None
    return xml_tree(_NAMED_ENTITY.sub(_character, text).encode())


def _as_html(text: str) -> Element | None:
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", recover=True, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError:
        return None
    too_deep = any("xcessive depth" in entry.message for entry in parser.error_log)
    return None if too_deep else root


def _character(entity: re.Match[str]) -> str:
    return entity[0] if entity[1] in _XML_ENTITIES else html5.get(entity[1], entity[0])


def _kept_or_break(tag: re.Match[str]) -> str:
    from index.formats.html_text import INLINE_TAGS

    name = tag[2].lower()
    if name in _TAGS_OF_USE:
        return tag[0]
    return "" if name in INLINE_TAGS else "<p>"


def _decoded_page(content: bytes) -> str:
    """UTF-8 wherever it fits: pages that name another encoding and are UTF-8 are common."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return decoded(content)
    content = content.replace(b"\0", b"")
    declared = _declared_encoding(content)
    # What looks like ASCII and is not, and what does not look like UTF-8.
    if declared and (declared.startswith(("iso2022", "hz")) or not _is_utf8(content)):
        require_size(content)
        return content.decode(declared, errors="replace")
    return decoded(content)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _declared_encoding(content: bytes) -> str:
    found = _CHARSET.search(content[:_HEAD_BYTES])
    if not found:
        return ""
    try:
        name = codecs.lookup(found[1].decode("ascii", errors="ignore")).name
    except LookupError:
        return ""
    # As browsers do: what calls itself Latin-1 was mostly written on Windows.
    return {"iso8859-1": "cp1252", "ascii": "cp1252", "utf-8": "", "utf-16": ""}.get(name, name)
