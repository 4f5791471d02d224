"""HTML to text: blocks to paragraphs, lists to items, tables to rows, in the order of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.contents import Contents
from index.formats.html_tables import is_data_table, table_rows
from index.formats.html_tree import html_tree
from index.formats.text_builder import TextBuilder, collapsed

if TYPE_CHECKING:
    from index.formats.xml_tree import Element


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Tags that stand inside a line; all others end it. Unknown ones do too: words must not be glued.
INLINE_TAGS = _names(
    "a abbr acronym area b bdi bdo big cite code data del dfn em font i img ins kbd label map mark "
    "math mfrac mi mn mo mrow msqrt mstyle msub msubsup msup mtext nobr output q rb rt ruby s samp "
    "small span strike strong sub sup time tt u var wbr"
)
# What is not seen, or not read: programs, menus, and fields to fill in.
_SKIPPED_TAGS = _names(
    "annotation audio button canvas datalist embed head iframe input nav noframes noscript object "
    "option rp script select style svg template textarea title video"
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_HEADING_TAG = re.compile(r"h([1-6])")
_WHITE_SPACE = re.compile(r"[ \t\r\n\f]+")
_BREAK_IN_SENTENCE = re.compile(r"(?<!\n)\n[ \t]*(\w)")
# The sign behind a heading that links to it.
_PERMALINK = re.compile(r"\s*[¶#]$")


def read_html(content: bytes) -> Contents:
    """A page of HTML, titled by its <title> or else its first heading."""
    root = html_tree(content)
    builder = TextBuilder()
    write_html(root, builder)
    return builder.contents(title_of(root) or builder.first_heading)


def write_html(root: Element, builder: TextBuilder) -> None:
    """Puts what a reader of the page sees into the builder."""
    _Writer(builder).write(root)


def title_of(root: Element) -> str:
    """What stands in <title>."""
    title = next((element for element in root.iter() if tag_of(element) == "title"), None)
    return collapsed("".join(map(str, title.itertext()))) if title is not None else ""


def title_of_class(root: Element, name: str) -> str:
    """What stands in the first element of this class."""
    named = (element for element in root.iter() if element.get("class") == name)
    element = next(named, None)
    return cell_text(element) if element is not None else ""


def tag_of(element: Element) -> str:
    """The name in small letters without its namespace; empty for a comment."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


class _Writer:
    """Walks a tree without recursion: pages may nest their tags thousands deep."""

    def __init__(self, builder: TextBuilder) -> None:
        self._builder = builder
        self._line: list[str] = []
        self._marker = ""
        self._lists: list[int | None] = []
        self._preformatted = 0
        self._heading = 0
        self._defines = False

    def write(self, root: Element) -> None:
        from lxml import etree

        walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
        for event, element in walk:
            if event == "start":
                if self._is_done(element):
                    walk.skip_subtree()
                else:
                    self._begin(element, tag_of(element))
                    self._text(element.text)
                continue
            if event == "end" and not _is_skipped(element):
                self._end(element, tag_of(element))
            if element is not root:
                self._text(element.tail)
        self._flush()

    def _is_done(self, element: Element) -> bool:
        """Whether nothing inside the element needs to be walked through."""
        if _is_skipped(element):
            return True
        if tag_of(element) != "table" or not is_data_table(element):
            return False
        self._flush()
        rows, has_header, caption = table_rows(element, cell_text)
        self._builder.paragraph(caption)
        self._builder.table(rows, has_header=has_header, may_be_pairs=True)
        return True

    def _begin(self, element: Element, tag: str) -> None:
        if tag == "br":
            self._line.append("\n")
        elif tag == "q":
            self._line.append("“")
        elif tag == "a" and _is_note_mark(element):
            self._line.append("[")
        if tag in INLINE_TAGS or tag == "br":
            return
        self._flush()
        if heading := _HEADING_TAG.fullmatch(tag):
            self._heading = int(heading[1])
        elif tag == "pre":
            self._preformatted += 1
        elif tag in ("ul", "ol"):
            self._lists.append(_first_number(element) if tag == "ol" else None)
        elif tag == "dd":
            self._defines = True
        elif tag == "li":
            self._marker = self._next_marker(element)

    def _end(self, element: Element, tag: str) -> None:
        if tag == "q":
            self._line.append("”")
        elif tag == "a" and _is_note_mark(element):
            self._line.append("]")
        if tag in INLINE_TAGS or tag == "br":
            return
        self._flush()
        if _HEADING_TAG.fullmatch(tag):
            self._heading = 0
        elif tag == "pre":
            self._preformatted = max(0, self._preformatted - 1)
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        elif tag == "dd":
            self._defines = False
        elif tag == "li":
            self._marker = ""

    def _text(self, text: str | None) -> None:
        if text:
            self._line.append(text if self._preformatted else _WHITE_SPACE.sub(" ", text))

    def _flush(self) -> None:
        text = "".join(self._line)
        if not self._preformatted:  # A break inside a sentence, for the look alone, is none.
            text = _BREAK_IN_SENTENCE.sub(_space_before_small_letter, text)
        self._line.clear()
        if not text.strip():
            return
        if self._heading:
            self._builder.heading(_PERMALINK.sub("", text.strip()), self._heading)
        elif self._marker:
            self._builder.item(text, marker=self._marker)
            self._marker = ""
        elif self._defines:
            self._builder.go_on(text, glue="\n")
            self._defines = False
        elif self._preformatted:
            self._builder.preformatted(text)
        else:
            self._builder.lines(text)

    def _next_marker(self, element: Element) -> str:
        number = self._lists[-1] if self._lists else None
        note = re.fullmatch(r"(?:foot|end)note-\d+", element.get("id") or "")
        if number is None:
            return "- "
        self._lists[-1] = number + 1
        # As the reference in the text reads. No full stop, which would end a sentence.
        return f"[{number}] " if note else f"{number}) "


def _space_before_small_letter(found: re.Match[str]) -> str:
    return f" {found[1]}" if found[1].islower() else found[0]


def cell_text(cell: Element) -> str:
    """What stands in a cell, in one line."""
    return collapsed("".join(_cell_parts(cell)))


def _cell_parts(cell: Element) -> Iterator[str]:
    from lxml import etree

    walk = etree.iterwalk(cell, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        if event == "start" and _is_skipped(element):
            walk.skip_subtree()
        elif event == "start":
            yield ("" if tag_of(element) in INLINE_TAGS else " ") + (element.text or "")
        else:
            gap = "" if event != "end" or tag_of(element) in INLINE_TAGS else " "
            yield gap + ((element.tail or "") if element is not cell else "")


def _is_note_mark(link: Element) -> bool:
    """Whether it is the number of a footnote, which would run into the word before it."""
    is_inside = "#" in (link.get("href") or "")
    return is_inside and re.fullmatch(r"\s*\d{1,3}\s*", cell_text(link)) is not None


def _first_number(element: Element) -> int:
    start = element.get("start") or ""
    return int(start) if re.fullmatch(r"\d{1,6}", start) else 1


def _is_skipped(element: Element) -> bool:
    if tag_of(element) in _SKIPPED_TAGS:
        return True
    attributes = element.attrib
    if not attributes:
        return False
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or _HIDDEN_STYLE.search(attributes.get("style") or "") is not None
        # Where a footnote leads back to its reference.
        or re.match(r"#(?:foot|end)note-ref", attributes.get("href") or "") is not None
    )
