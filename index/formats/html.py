"""HTML: what a reader of the page reads, in its order.

lxml reads what browsers read, broken pages too. Nothing is taken for clutter but what the page
itself says is no content (navigation, scripts, forms, hidden parts): programs that guess lose
tables and short answers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.contents import Contents
from index.errors import UnreadableDocument
from index.formats.plain_text import decoded
from index.formats.text_builder import TextBuilder

if TYPE_CHECKING:
    from lxml.etree import _Element

_UNREAD = frozenset(
    re.findall(
        r"\w+",
        """
        audio button canvas dialog head iframe input math nav noscript object script select style
        svg template textarea video
        """,
    )
)
_ITEMS = ("li", "dd")
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_INLINE = frozenset(
    re.findall(
        r"\w+",
        """
        a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark q rb rp
        rt ruby s samp small span strike strong sub sup time tt u var wbr
        """,
    )
)
_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)


def read_html(content: bytes) -> Contents:
    """The text of a page; its title is the page's own, or its first heading."""
    builder = TextBuilder()
    title = write_html(builder, _text_of(content))
    return builder.contents(title)


def write_html(builder: TextBuilder, markup: str) -> str:
    """Put the blocks of a page into `builder`; its title, or its first heading."""
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    # An encoding that the page declares is no longer that of the text.
    markup = re.sub(r"\A\s*<\?xml[^>]*\?>", "", markup)
    try:
        root = document_fromstring(markup, parser=HTMLParser(huge_tree=True, remove_comments=True))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError) as error:
        if not markup.strip():
            raise UnreadableDocument("it has no text in it") from error
        raise UnreadableDocument("it is not HTML that can be read") from error
    _Walk(builder).through(root)
    named = root.find(".//title")
    title = _all_text(named) if named is not None else ""
    first = next((e for e in root.iter("h1", "h2") if not _is_unread(e)), None)
    return title if title.strip() else "" if first is None else _all_text(first)


def _text_of(content: bytes) -> str:
    declared = _CHARSET.search(content[:4096])
    try:
        content.decode()
    except UnicodeDecodeError:
        if declared:
            try:
                return content.decode(declared[1].decode(), errors="replace").replace("\0", "")
            except LookupError:
                pass
    return decoded(content)


class _Walk:
    """Through a tree without recursion, which a page of a hundred thousand nested parts breaks.

    Words are collected until an edge of a block; then they are a paragraph or an item.
    """

    def __init__(self, builder: TextBuilder) -> None:
        self._builder = builder
        self._words: list[str] = []
        self._is_item = False

    def through(self, root: _Element) -> None:
        """Every element in reading order: entered, then left."""
        steps: list[tuple[_Element, bool]] = [(root, True)]
        while steps:
            element, is_entered = steps.pop()
            if not is_entered:
                self._leave(element)
                continue
            if not isinstance(element.tag, str) or _is_unread(element):
                self._words.append(element.tail or "")
                continue
            steps.append((element, False))
            if self._enter(element):
                self._words.append(element.text or "")
                steps += [(child, True) for child in reversed(element)]
        self._flush()

    def _enter(self, element: _Element) -> bool:
        """Whether what is inside is still to be walked through."""
        tag = _name(element)
        if tag in _INLINE:
            return True
        if tag == "br":
            self._words.append("\n")
            return False
        self._flush()
        if tag in _HEADINGS:
            self._builder.heading(_words_of(element), _HEADINGS[tag])
            return False
        if tag == "pre":
            self._builder.lines(_all_text(element))
            return False
        if tag == "table" and _is_data(element):
            self._builder.table(_rows(element))
            return False
        if tag in _ITEMS:
            self._is_item = True
        return True

    def _leave(self, element: _Element) -> None:
        tag = _name(element)
        if tag not in _INLINE and tag != "br":
            self._flush()
        if tag in _ITEMS:
            self._is_item = False
        self._words.append(element.tail or "")

    def _flush(self) -> None:
        text = "".join(self._words)
        self._words.clear()
        if not text.strip():
            return
        if self._is_item:
            self._builder.item(text)
            self._is_item = False
        else:
            self._builder.paragraph(text)


def _is_unread(element: _Element) -> bool:
    return (
        _name(element) in _UNREAD
        or element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or "display:none" in (element.get("style") or "").replace(" ", "").lower()
    )


def _all_text(element: _Element) -> str:
    return "".join(map(str, element.itertext()))


def _name(element: _Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _is_data(table: _Element) -> bool:
    """Whether it is a table of cells; pages also use tables to place their parts."""
    blocks = ("table", "p", "ul", "ol", "h1", "h2", "h3", "h4", "pre", "div")
    if any(child is not table for child in table.iter("table")):
        return False
    cells = list(table.iter("td", "th"))
    heavy = sum(len(list(cell.iter(*blocks))) > 1 for cell in cells)
    return bool(cells) and heavy * 5 <= len(cells)


def _rows(table: _Element) -> list[list[str]]:
    return [
        [_words_of(cell) for cell in row if _name(cell) in ("td", "th")] for row in table.iter("tr")
    ]


def _words_of(element: _Element) -> str:
    """The words inside, with a space where a block or a line begins."""
    from lxml.etree import iterwalk

    words: list[str] = []
    walk = iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, part in walk:
        is_word = isinstance(part.tag, str)
        if is_word and _name(part) not in _INLINE:
            words.append(" ")
        if event == "start":
            if _is_unread(part):
                walk.skip_subtree()
            else:
                words.append(part.text or "")
        elif part is not element:
            words.append(part.tail or "")
    return "".join(words)
