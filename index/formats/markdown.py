"""Markdown: as it is; the lines with number signs are its headings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.contents import Contents, Heading
from index.formats.plain_text import MAX_TITLE, decoded

_LINE = re.compile(
    r"^(?P<heading>#{1,6})[^\S\n]+(?P<title>.+?)[^\S\n]*#*[^\S\n]*$|^(?P<fence>```|~~~)",
    re.MULTILINE,
)
_FRONT_MATTER = re.compile(r"\A---\n(?P<body>.*?)\n---\n", re.DOTALL)
_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)


def read_markdown(content: bytes) -> Contents:
    """The text as it stands in the file, with its headings outside of fenced code."""
    text = decoded(content)
    headings = tuple(_headings(text))
    front_matter = _FRONT_MATTER.match(text)
    named = _TITLE.search(front_matter["body"]) if front_matter else None
    title = named[1] if named else headings[0].title if headings else ""
    return Contents(text, title[:MAX_TITLE], headings=headings)


def _headings(text: str) -> Iterator[Heading]:
    is_code = False
    for line in _LINE.finditer(text):
        if line["fence"]:
            is_code = not is_code
        elif not is_code:
            yield Heading(line.start(), len(line["heading"]), line["title"])
