"""Slides (.pptx): by python-pptx; each slide is a page."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from index.contents import Contents
from index.formats.archives import opened_archive
from index.formats.text_builder import TextBuilder


def read_slides(content: bytes) -> Contents:
    """The text of each slide from top to bottom, its title as a heading, then the notes."""
    from pptx import Presentation

    with opened_archive(content):
        deck = Presentation(io.BytesIO(content))
    builder = TextBuilder()
    for slide in deck.slides:
        builder.page()
        title = slide.shapes.title
        if title is not None:
            builder.heading(title.text_frame.text, 1)
        _write_shapes(builder, slide.shapes, title)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            notes = slide.notes_slide.notes_text_frame.text
            if notes.strip():
                builder.paragraph(f"Notes: {notes}")
    return builder.contents(deck.core_properties.title or "")


def _write_shapes(builder: TextBuilder, shapes: Iterable[Any], title: Any) -> None:
    for shape in sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0)):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if hasattr(shape, "shapes"):
            _write_shapes(builder, shape.shapes, title)
        elif getattr(shape, "has_table", False):
            builder.table([[cell.text for cell in row.cells] for row in shape.table.rows])
        elif getattr(shape, "has_text_frame", False):
            _write_paragraphs(builder, shape)


def _write_paragraphs(builder: TextBuilder, shape: Any) -> None:
    paragraphs = [p.text for p in shape.text_frame.paragraphs if p.text.strip()]
    for text in paragraphs:
        # Several short ones are a list, whether or not it has bullets.
        (builder.item if len(paragraphs) > 1 else builder.paragraph)(text)
