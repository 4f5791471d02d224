"""Sections: the parts of a document that stand under one heading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from index.contents import Heading
from index.spans import Span


def split_into_sections(
    text: str, headings: Sequence[Heading]
) -> Iterator[tuple[Span, tuple[str, ...]]]:
    """The parts of `text` in order, each with the titles above it, the highest first.

    Together they are the whole text; without headings it is one part. A heading with nothing
    under it but the next heading opens no part of its own and stays with what it leads to.
    """
    above: list[Heading] = []
    start = 0
    ends = [heading.start for heading in headings] + [len(text)]
    for heading, begin, end in zip([None, *headings], [0, *ends[:-1]], ends, strict=True):
        if heading is not None:
            above = [higher for higher in above if higher.level < heading.level] + [heading]
        stretch = text[begin:end].strip("#=- \t\r\n")
        is_bare = not stretch or (heading is not None and stretch == heading.title)
        if start < end and (not is_bare or end == len(text)):
            yield Span(start, end), tuple(higher.title for higher in above)
            start = end
