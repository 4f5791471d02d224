"""Spreadsheets: .xlsx by openpyxl, .csv and .tsv by Python's csv; a line a row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import Any

from index.contents import Contents
from index.errors import UnreadableDocument
from index.formats.archives import opened_archive
from index.formats.plain_text import decoded
from index.formats.text_builder import TextBuilder

# A sheet that claims a million columns has a few of them filled.
MAX_COLUMNS = 500
_SNIFFED = 64_000


def read_workbook(content: bytes) -> Contents:
    """Each sheet under its name; formulas as the values that were last computed."""
    from openpyxl import load_workbook

    with opened_archive(content):
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    builder = TextBuilder()
    for sheet in book.worksheets:
        rows = _without_empty_columns(_cells(sheet.iter_rows(values_only=True)))
        if rows:
            builder.heading(sheet.title, 1)
            builder.table(rows)
    return builder.contents(book.properties.title or "")


def read_separated(content: bytes) -> Contents:
    """Rows separated by commas, semicolons, tabs or bars."""
    text = decoded(content)
    try:
        dialect: Any = csv.Sniffer().sniff(text[:_SNIFFED], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel_tab if "\t" in text[:_SNIFFED] else csv.excel
    builder = TextBuilder()
    try:
        rows = [row[:MAX_COLUMNS] for row in csv.reader(io.StringIO(text, newline=""), dialect)]
    except csv.Error as error:
        raise UnreadableDocument(f"it is no table of separated values ({error})") from error
    builder.table(rows)
    return builder.contents()


def _cells(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[str]]:
    for row in rows:
        yield [_said(value) for value in islice(row, MAX_COLUMNS)]


def _said(value: Any) -> str:
    """A cell as a person would read it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return (
            value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
        )
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float):
        # 0.1 + 0.2 is 0.3 on the screen.
        return f"{value:.15g}"
    return str(value)


def _without_empty_columns(rows: Iterable[list[str]]) -> list[list[str]]:
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    width = max(map(len, filled), default=0)
    padded = [[*row, *[""] * (width - len(row))] for row in filled]
    used = [place for place in range(width) if any(row[place].strip() for row in padded)]
    return [[row[place] for place in used] for row in padded]
