"""DOCX by mammoth, which turns styles, lists, footnotes and tables into HTML (BSD licence)."""

from __future__ import annotations

import io

from index.contents import Contents
from index.formats.html_text import title_of_class, write_html
from index.formats.html_tree import html_tree
from index.formats.text_builder import TextBuilder
from index.formats.titles import core_title
from index.formats.zip_check import opened_zip

_STYLES = """
p[style-name='Title'] => h1.title:fresh
p[style-name='Subtitle'] => p.subtitle:fresh
p[style-name='heading 7'] => h6:fresh
p[style-name='Heading 7'] => h6:fresh
"""


def read_docx(content: bytes) -> Contents:
    """The text of the body with its footnotes; the title from the properties or the Title style."""
    from mammoth import convert_to_html

    container = opened_zip(content, ".docx")
    html = convert_to_html(
        io.BytesIO(content),
        style_map=_STYLES,
        convert_image=lambda _image: [],
        # A file could bring a map that turns text into nothing.
        include_embedded_style_map=False,
    ).value
    root = html_tree(f"<html><body>{html}</body></html>".encode())
    builder = TextBuilder()
    write_html(root, builder)
    return builder.contents(core_title(container) or title_of_class(root, "title"))
