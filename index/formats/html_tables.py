"""Tables of HTML: which ones hold data, and what their rows are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.formats.xml_tree import Element

_LONG_CELL = 1000
_MAX_SPAN = 200
_LAYOUT_TAGS = frozenset({"table", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "hr", "article"})


def is_data_table(table: Element) -> bool:
    """Whether the cells are values; a table may also put the columns of a page side by side."""
    if table.get("role") in ("presentation", "none"):
        return False
    if any(_tag(element) in _LAYOUT_TAGS for element in table.iterdescendants()):
        return False
    rows = [list(_cells(row)) for row in _rows(table)]
    if max(map(len, rows), default=0) < 2:
        return False
    return not any(_is_long(cell) for row in rows for cell in row)


def table_rows(
    table: Element, cell_text: Callable[[Element], str]
) -> tuple[list[list[str]], bool | None, str]:
    """The rows, whether the first one is a header (None: the page does not say), the caption."""
    captions = [cell_text(child) for child in table if _tag(child) == "caption"]
    rows = list(_rows(table))
    written = list(_spread(rows, cell_text))
    return written, _has_header(rows), " ".join(captions)


def _has_header(rows: list[Element]) -> bool | None:
    """By <th>: all of the first row, or else only names of the rows."""
    if not rows:
        return None
    first = [_tag(cell) for cell in _cells(rows[0])]
    if all(tag == "th" for tag in first) or _tag(rows[0].getparent()) == "thead":
        return True
    starts_of_rows = [_tag(next(_cells(row), None)) for row in rows]
    return False if first[:1] == ["th"] and set(starts_of_rows) <= {"th", ""} else None


def _spread(rows: list[Element], cell_text: Callable[[Element], str]) -> Iterator[list[str]]:
    """Each row with a place for every column; a cell over several rows is repeated in each."""
    pending: dict[int, tuple[int, str]] = {}
    for row in rows:
        written: list[str] = []
        for cell in _cells(row):
            _fill_from_above(written, pending)
            text, width = cell_text(cell), _span(cell, "colspan")
            if (height := _span(cell, "rowspan")) > 1:
                pending[len(written)] = (height - 1, text)
            written += [text, *[""] * (width - 1)]
        _fill_from_above(written, pending)
        yield written


def _fill_from_above(written: list[str], pending: dict[int, tuple[int, str]]) -> None:
    while len(written) in pending:
        left, text = pending.pop(len(written))
        if left > 1:
            pending[len(written)] = (left - 1, text)
        written.append(text)


def _rows(table: Element) -> Iterator[Element]:
    return (element for element in table.iterdescendants() if _tag(element) == "tr")


def _cells(row: Element) -> Iterator[Element]:
    return (cell for cell in row if _tag(cell) in ("td", "th"))


def _is_long(cell: Element) -> bool:
    return sum(map(len, map(str, cell.itertext()))) > _LONG_CELL


def _span(cell: Element, name: str) -> int:
    text = (cell.get(name) or "").strip()
    return min(_MAX_SPAN, max(1, int(text))) if text.isascii() and text.isdigit() else 1


def _tag(element: Element | None) -> str:
    tag = element.tag if element is not None else ""
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""
