"""XLSX by openpyxl, read row by row: a sheet is a heading, a row a line that names its columns.

openpyxl (MIT) reads a sheet as a stream and the values that Excel last computed, not formulas.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import chain, dropwhile
from typing import Any

from index.contents import Contents
from index.formats.text_builder import TextBuilder
from index.formats.titles import core_title
from index.formats.zip_check import opened_zip


def read_xlsx(content: bytes) -> Contents:
    """The sheets that are shown, in their order."""
    from openpyxl import load_workbook

    container = opened_zip(content, ".xlsx")
    builder = TextBuilder()
    with warnings.catch_warnings():
        # About what is left out when a workbook is written again.
        warnings.simplefilter("ignore")
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        for sheet in workbook.worksheets:
            if sheet.sheet_state == "visible":
                _write_sheet(sheet, builder)
    return builder.contents(core_title(container))


def _write_sheet(sheet: Any, builder: TextBuilder) -> None:
    # The size that a sheet says it has is often wrong.
    sheet.reset_dimensions()
    written = ([_written(cell) for cell in row] for row in sheet.iter_rows())
    rows = dropwhile(lambda row: not any(row), written)
    first = next(rows, None)
    if first is not None:
        builder.heading(sheet.title, 1)
        _write_tables(chain([first], rows), builder)


def _write_tables(rows: Iterable[list[str]], builder: TextBuilder) -> None:
    """Tables one below the other: a line of its own above a table is the name of a new one."""
    table: list[list[str]] = []
    is_below_gap = True
    for row in rows:
        filled = [cell for cell in row if cell]
        if len(filled) == 1 and is_below_gap:
            _write_table(table, builder)
            table = []
            builder.paragraph(filled[0])
        elif filled:
            table.append(row)
        is_below_gap = not filled or (is_below_gap and len(filled) == 1)
    _write_table(table, builder)


def _write_table(rows: list[list[str]], builder: TextBuilder) -> None:
    used = [any(column) for column in zip(*_padded(rows), strict=True)]
    builder.table([cell for cell, use in zip(row, used, strict=False) if use] for row in rows)


def _padded(rows: list[list[str]]) -> list[list[str]]:
    width = max(map(len, rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows]


def _written(cell: Any) -> str:
    value = cell.value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        is_share = "%" in (cell.number_format or "")
        return f"{value * 100:.12g} %" if is_share else f"{value:.15g}"
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    # Errors such as #REF! are no values.
    return "" if value is None or cell.data_type == "e" else str(value)


def _moment(value: datetime) -> str:
    if value.time() == time():
        return value.date().isoformat()
    return value.isoformat(sep=" ", timespec="minutes" if value.second == 0 else "seconds")
