"""Markdown: the text as it is; only its title and headings are looked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.contents import Contents, Heading
from index.formats.plain_text import MAX_TITLE, decoded

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(?=\S)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_UNDERLINE = re.compile(r" {0,3}(=+|-{3,})[ \t]*")
_FRONT_MATTER = re.compile(r"---[ \t]*\n(?:(?!---|\.\.\.).*\n)*?(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_FRONT_TITLE = re.compile(r"^title:(.*)$", re.MULTILINE | re.IGNORECASE)
_LINK = re.compile(r"!?\[([^\[\]\n]*)\](?:\([^()\n]*\)|\[[^\[\]\n]*\])")
_EMPHASIS = re.compile(r"\*+|`+|(?<!\w)_+|_+(?!\w)")


def read_markdown(content: bytes) -> Contents:
    """The text as it is, titled by its front matter or else its first heading."""
    text = decoded(content)
    front = _FRONT_MATTER.match(text)
    headings = tuple(_headings(text, front.end() if front else 0))
    named = _FRONT_TITLE.search(front[0]) if front else None
    title = named[1].strip(" \t\"'") if named else ""
    if headings and not title:
        title = headings[0].title
    return Contents(text, title[:MAX_TITLE], (), headings)


def _headings(text: str, start: int) -> Iterator[Heading]:
    """Headings by # and by underlining, not the comments of a program in fences."""
    fence, before, before_start = "", "", start
    for line in text[start:].split("\n"):
        if fence:
            fence = "" if line.strip().startswith(fence) else fence
            line_is_text = False
        elif opening := _FENCE.match(line):
            fence, line_is_text = opening[1], False
        else:
            line_is_text = True
            if hashes := _HEADING.match(line):
                title, line_is_text = line[hashes.end() :].rstrip(" \t#"), False
                yield from _heading(start, len(hashes[1]), title)
            elif before.strip() and (underline := _UNDERLINE.fullmatch(line)):
                line_is_text = False
                yield from _heading(before_start, 1 if "=" in underline[1] else 2, before)
        before, before_start = (line if line_is_text else ""), start
        start += len(line) + 1


def _heading(start: int, level: int, title: str) -> Iterator[Heading]:
    words = " ".join(_EMPHASIS.sub("", _LINK.sub(r"\1", title[:1000])).split())
    if words:
        yield Heading(start, level, words)
