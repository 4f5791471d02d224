"""Plain text: as it is, in whatever encoding."""

from __future__ import annotations

import codecs

from index.contents import Contents
from index.errors import UnreadableDocument
from index.formats.text_builder import MAX_CHARACTERS

MAX_TITLE = 120

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_plain_text(content: bytes) -> Contents:
    """The text as it stands in the file; a short first line is its title."""
    text = decoded(content)
    first_line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    # A first line that ends like a sentence is the beginning of the text, not its title.
    is_title = len(first_line) <= MAX_TITLE and not first_line.endswith((".", "!", ";", ","))
    return Contents(text, first_line if is_title else "")


def decoded(content: bytes) -> str:
    """The text in these bytes, whose encoding is found out; raises UnreadableDocument."""
    if len(content) > 4 * MAX_CHARACTERS:
        raise UnreadableDocument(
            f"it has {len(content) // 1_000_000} MB of text, more than "
            f"{4 * MAX_CHARACTERS // 1_000_000}; split it and add the parts"
        )
    marked = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), None)
    try:
        text = content.decode(marked or "utf-8")
    except UnicodeDecodeError:
        text = _guessed(content)
    if "\0" in text:
        raise UnreadableDocument("it is not a text file: it contains NUL characters")
    return text


def _guessed(content: bytes) -> str:
    from charset_normalizer import from_bytes

    if b"\0" in content[:4096]:
        raise UnreadableDocument("it is not a text file: it contains NUL characters")
    found = from_bytes(content)
    best = found.best()
    if best is None:
        raise UnreadableDocument("it is not a text file: no encoding makes sense of it")
    # Short texts fit several alike; then it is the one that most old files have.
    alike = [m for m in found if (m.chaos, m.coherence) == (best.chaos, best.coherence)]
    return str(next((match for match in alike if match.encoding == "cp1252"), best))
