"""Plain text: bytes to characters, and the title that the first line may be."""

from __future__ import annotations

import codecs
import re

from index.contents import Contents
from index.errors import UnreadableDocument
from index.formats.text_builder import MAX_CHARACTERS, collapsed

MAX_TITLE = 120
# Enough to recognise an encoding; the whole text is then decoded strictly.
_SAMPLE_BYTES = 100_000

# UTF-32 first: its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What a text in a western European language has beside ASCII, in the encoding of old Windows.
_WESTERN = re.compile(
    r"[\x09\x0a\x0c\x0d\x20-\x7eÀ-ÖØ-öø-ÿŒœŠšŽžŸ€‚„…‘’“”•–—«»‹›°§£©®ªº¡¿´·\xa0\xad]*"
)
_MAX_WESTERN_ACCENTS = 0.4
# Formats whose first line is an instruction rather than a title say the title by a command.
_TITLE_COMMAND = re.compile(r"^(?:\\title\{([^{}\n]+)\}|#\+title:(.+)|= (.+))$", re.I | re.M)


def read_plain_text(content: bytes) -> Contents:
    """The text as it is, line ends aside."""
    text = decoded(content)
    return Contents(text, _title(text))


def read_markup_text(content: bytes) -> Contents:
    """TeX, Org or AsciiDoc: the text as it is, its title from the command that gives it."""
    text = decoded(content)
    command = _TITLE_COMMAND.search(text)
    return Contents(text, collapsed("".join(filter(None, command.groups()))) if command else "")


def decoded(content: bytes) -> str:
    """The text of a file, its lines ended by a line feed alone."""
    require_size(content)
    text = _characters(content)
    if "\0" in text:
        raise UnreadableDocument("it is not a text file: it contains NUL characters")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def require_size(content: bytes) -> None:
    """Raises UnreadableDocument for bytes that no text of the permitted length has."""
    if len(content) > 4 * MAX_CHARACTERS:
        raise UnreadableDocument(
            f"it has more than {4 * MAX_CHARACTERS // 1_000_000} MB; split it and add the parts"
        )


def _characters(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _strictly(content[len(mark) :], encoding)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        # Before guessing, which finds some encoding for many a picture.
        if b"\0" in content:
            raise UnreadableDocument("it is not a text file: it contains NUL characters") from error
    return _strictly(content, _guessed_encoding(content))


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise UnreadableDocument(
            f"its text cannot be read as {encoding.upper()}; save it as UTF-8 and add it again"
        ) from error


def _guessed_encoding(content: bytes) -> str:
    from charset_normalizer import from_bytes

    sample = _telling_part(content)
    if _looks_western(sample):
        return "cp1252"
    best = from_bytes(sample).best()
    if best is None:
        raise UnreadableDocument("its encoding is unknown; save it as UTF-8 and add it again")
    return best.encoding


def _telling_part(content: bytes) -> bytes:
    """The part from the line of the first byte that is not ASCII."""
    first = next(i for i, byte in enumerate(content) if byte > 127)
    start = content.rfind(b"\n", max(0, first - 1000), first) + 1
    return content[start : start + _SAMPLE_BYTES] if start else content[:_SAMPLE_BYTES]


def _looks_western(sample: bytes) -> bool:
    accents = sum(byte > 127 for byte in sample) / len(sample)
    text = sample.decode("cp1252", errors="replace")
    return accents <= _MAX_WESTERN_ACCENTS and _WESTERN.fullmatch(text) is not None


def _title(text: str) -> str:
    first_line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    # A first line that ends like a sentence is the beginning of the text, not its title.
    is_title = len(first_line) <= MAX_TITLE and not first_line.endswith((".", "!", ";", ","))
    return first_line if is_title else ""
