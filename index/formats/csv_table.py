"""CSV and TSV by the csv module: every row a line that names its columns.

The delimiter is the one that gives the first rows the same number of cells. csv.Sniffer guesses
from characters alone and takes a comma inside of texts for a delimiter.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from itertools import islice

from index.contents import Contents
from index.errors import UnreadableDocument
from index.formats.plain_text import decoded
from index.formats.text_builder import TextBuilder

_DELIMITERS = ",;\t|"
_ROWS_LOOKED_AT = 100


def read_csv(content: bytes) -> Contents:
    """A table as one line a row."""
    text = decoded(content)
    delimiter, text = _announced_delimiter(text)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or _delimiter(text))
    builder = TextBuilder()
    try:
        builder.table(rows)
    except csv.Error as error:
        raise UnreadableDocument(
            f"line {rows.line_num} is not a row of a table ({error}); mend it and add it again"
        ) from error
    return builder.contents()


def _announced_delimiter(text: str) -> tuple[str, str]:
    """Excel's first line "sep=;" and the rest, or nothing and the whole text."""
    if text[:4].lower() == "sep=" and text[5:6] == "\n":
        return text[4], text[6:]
    return "", text


def _delimiter(text: str) -> str:
    return max(_DELIMITERS, key=lambda delimiter: _agreement(text, delimiter))


def _agreement(text: str, delimiter: str) -> tuple[float, int]:
    """The share of rows with the most usual number of cells, then that number; 0 for one cell."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        widths = Counter(len(row) for row in islice(rows, _ROWS_LOOKED_AT) if row)
    except csv.Error:
        return 0.0, 0
    width, count = max(widths.items(), key=lambda item: item[1], default=(0, 0))
    return (count / widths.total(), width) if width > 1 else (0.0, 0)
