"""How the rows of a table are written, so that each can be understood alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, zip_longest

MAX_HEADER_CHARACTERS = 80
# How many rows are looked at to find out what a column holds.
_LOOK_AHEAD = 50

_YEAR = re.compile(r"(?:19|20)\d\d(?:[/–-]\d{2,4})?")
_NUMBER = re.compile(r"[\W\d_]*\d[\W\d_]*[^\W\d_]{0,3}\W*")


def written_rows(
    rows: Iterable[list[str]], *, has_header: bool | None = None, may_be_pairs: bool = False
) -> Iterator[str]:
    """One line a row: `Header: value; Header: value` below a header, else `cell | cell`.

    Cells are single lines already. `has_header` tells whether the first row is a header; None
    lets the cells tell. Where two columns may be pairs without a header, "Name | Anna" on top is
    the first pair. A row with a single cell, such as the name of a group, is written as it is.
    """
    filled = (row for row in rows if any(row))
    first = list(islice(filled, _LOOK_AHEAD))
    if not first:
        return
    marked = has_header or False
    is_header = has_header is not False and _is_header(first, marked)
    if is_header and may_be_pairs and not marked and len(first[0]) == 2:
        is_header = _has_values(*first)
    header = first[0] if is_header else None
    for row in chain(first[1:] if header else first, filled):
        yield _with_names(header, row) if header else " | ".join(cell for cell in row if cell)


def _is_header(rows: Sequence[Sequence[str]], marked: bool) -> bool:
    header, below = rows[0], rows[1:]
    # The corner above the names of the rows is often empty.
    names = header[1:] if marked and not header[0] else header
    return (
        bool(below)
        and len(header) > 1
        and all(name and len(name) <= MAX_HEADER_CHARACTERS for name in names)
        and len(set(names)) == len(names)
        and (marked or not all(map(_is_year, names)))
        and (marked or not any(_is_number(name) and not _is_year(name) for name in names))
    )


def _has_values(header: Sequence[str], *below: Sequence[str]) -> bool:
    """Whether the second column holds figures and its name none."""
    values = [row[1] for row in below if len(row) > 1 and row[1]]
    return bool(values) and all(map(_has_digit, values)) and not _has_digit(header[1])


def _has_digit(cell: str) -> bool:
    return any(map(str.isdigit, cell))


def _is_year(cell: str) -> bool:
    """Columns are often years, "2023" or "2023/24"."""
    return _YEAR.fullmatch(cell) is not None


def _is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell) is not None


def _with_names(header: Sequence[str], row: Sequence[str]) -> str:
    cells = [(name, cell) for name, cell in zip_longest(header, row, fillvalue="") if cell]
    if len(cells) == 1 and row[0]:
        return row[0]
    return "; ".join(f"{name.rstrip(':')}: {cell}" if name else cell for name, cell in cells)
