"""PPTX by python-pptx: a slide is a page, its title a heading, its notes a paragraph.

python-pptx (MIT) knows what a shape inherits from its layout, such as where it stands.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from index.contents import Contents
from index.formats.text_builder import TextBuilder, collapsed
from index.formats.titles import core_title
from index.formats.zip_check import opened_zip

if TYPE_CHECKING:
    from pptx.slide import Slide

# Shapes whose tops differ by less stand side by side: half an inch.
_ROW_HEIGHT = 457_200


def read_pptx(content: bytes) -> Contents:
    """The slides in their order."""
    from pptx import Presentation

    container = opened_zip(content, ".pptx")
    builder = TextBuilder()
    for slide in Presentation(io.BytesIO(content)).slides:
        _write_slide(slide, builder)
    return builder.contents(core_title(container) or builder.first_heading)


def _write_slide(slide: Slide, builder: TextBuilder) -> None:
    builder.page()
    title = slide.shapes.title
    if title is not None:
        builder.heading(title.text_frame.text, 1)
    for shape in _in_reading_order(slide.shapes):
        if title is None or shape.shape_id != title.shape_id:
            _write_shape(shape, builder)
    if slide.has_notes_slide:
        notes = slide.notes_slide.notes_text_frame
        if notes is not None and notes.text.strip():
            builder.lines("Notes: " + notes.text.strip())


def _in_reading_order(shapes: Iterable[Any]) -> Iterator[Any]:
    """From the top, shapes in one row from the left; groups in the place of the group."""
    for shape in sorted(shapes, key=_place):
        if hasattr(shape, "shapes"):
            yield from _in_reading_order(shape.shapes)
        elif not _is_furniture(shape):
            yield shape


def _place(shape: Any) -> tuple[int, int]:
    return (shape.top or 0) // _ROW_HEIGHT, shape.left or 0


def _is_furniture(shape: Any) -> bool:
    """The number, date and footer that every slide has."""
    from pptx.enum.shapes import PP_PLACEHOLDER

    return shape.is_placeholder and shape.placeholder_format.type in (
        PP_PLACEHOLDER.SLIDE_NUMBER,
        PP_PLACEHOLDER.DATE,
        PP_PLACEHOLDER.FOOTER,
        PP_PLACEHOLDER.HEADER,
    )


def _write_shape(shape: Any, builder: TextBuilder) -> None:
    if shape.has_text_frame:
        _write_paragraphs(shape, builder)
    elif getattr(shape, "has_table", False):
        rows = [[cell.text for cell in row.cells] for row in shape.table.rows]
        builder.table(rows, has_header=shape.table.first_row or None, may_be_pairs=True)
    elif getattr(shape, "has_chart", False):
        # Not every kind of chart can be read; its slide can.
        with suppress(NotImplementedError, LookupError, ValueError, AttributeError, TypeError):
            builder.table(_chart_rows(shape.chart), has_header=True)


def _write_paragraphs(shape: Any, builder: TextBuilder) -> None:
    paragraphs = [paragraph.text.replace("\v", "\n") for paragraph in shape.text_frame.paragraphs]
    is_list = shape.is_placeholder and sum(map(bool, map(collapsed, paragraphs))) > 1
    for paragraph in paragraphs:
        if is_list:
            builder.item(paragraph)
        else:
            builder.lines(paragraph)


def _chart_rows(chart: Any) -> list[list[str]]:
    """The numbers behind a chart, a row a category; none where it has no categories."""
    plots = list(chart.plots)
    if not plots:
        return []
    series = list(plots[0].series)
    columns = [list(one.values) for one in series]
    header = ["", *(str(one.name) for one in series)]
    names = enumerate(map(str, plots[0].categories))
    return [header, *([name, *_values(columns, place)] for place, name in names)]


def _values(columns: list[list[float | None]], index: int) -> Iterator[str]:
    for column in columns:
        value = column[index] if index < len(column) else None
        yield "" if value is None else f"{value:.15g}"
