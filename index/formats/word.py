"""Word (.docx): by mammoth, which knows what is a heading, a list and a note."""

from __future__ import annotations

import io
from typing import Any

from index.contents import Contents
from index.errors import UnreadableDocument
from index.formats.archives import opened_archive
from index.formats.html import write_html
from index.formats.text_builder import TextBuilder

_CORE = "docProps/core.xml"
# Word's title is a heading like any other, above all of them.
_STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"


def read_word(content: bytes) -> Contents:
    """The text with headings, lists, tables and notes; pictures are left out."""
    import mammoth

    with opened_archive(content) as archive:
        if "word/document.xml" not in archive.namelist():
            raise UnreadableDocument("it is not a Word document")
        title = core_title(archive.read(_CORE)) if _CORE in archive.namelist() else ""

    def no_picture(_: Any) -> dict[str, str]:
        return {}

    converted = mammoth.convert_to_html(
        io.BytesIO(content),
        style_map=_STYLES,
        convert_image=mammoth.images.img_element(no_picture),
    )
    builder = TextBuilder()
    first_heading = write_html(builder, f"<html><body>{converted.value}</body></html>")
    return builder.contents(title or first_heading)


def core_title(xml: bytes) -> str:
    """The title in the properties of an Office document."""
    from lxml import etree

    try:
        root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return ""
    return str(root.findtext("{http://purl.org/dc/elements/1.1/}title") or "")
