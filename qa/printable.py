"""Text from outside, as a terminal may show it: no control character of it reaches the screen."""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    """A text with its lines, and a sign for each character that could steer the terminal."""
    return "".join(
        c if c.isprintable() or c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def in_one_line(name: str) -> str:
    r"""A name or a message in one line; a line break in it is shown as \n."""
    return "".join(
        c if c.isprintable() or unicodedata.category(c) == "Zs" else ascii(c)[1:-1] for c in name
    )
