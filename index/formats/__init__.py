"""File formats: one reader a format, from the bytes of a file to what is in it.

A reader takes bytes and gives Contents. A new format is a module with such a function and a line
in READERS. Nothing is read from or written to disk, and heavy libraries are imported only when a
file needs them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from index.contents import Contents
from index.errors import UnreadableDocument
from index.formats.csv_table import read_csv
from index.formats.ebook import read_epub
from index.formats.html_text import read_html
from index.formats.mail import read_eml
from index.formats.markdown import read_markdown
from index.formats.pdf import read_pdf
from index.formats.plain_text import read_markup_text, read_plain_text
from index.formats.slides import read_pptx
from index.formats.subtitles import read_subtitles
from index.formats.text_builder import MAX_CHARACTERS, require_length
from index.formats.word import read_docx
from index.formats.workbook import read_xlsx

__all__ = ["HARMLESS", "MAX_CHARACTERS", "READERS", "Reader", "can_read", "read_contents"]

Reader = Callable[[bytes], Contents]

READERS: dict[str, Reader] = {
    ".adoc": read_markup_text,
    ".csv": read_csv,
    ".docx": read_docx,
    ".eml": read_eml,
    ".epub": read_epub,
    ".htm": read_html,
    ".html": read_html,
    ".log": read_plain_text,
    ".markdown": read_markdown,
    ".md": read_markdown,
    ".org": read_markup_text,
    ".pdf": read_pdf,
    ".pptx": read_pptx,
    ".rst": read_plain_text,
    ".srt": read_subtitles,
    ".tex": read_markup_text,
    ".text": read_plain_text,
    ".tsv": read_csv,
    ".txt": read_plain_text,
    ".vtt": read_subtitles,
    ".xhtml": read_html,
    ".xlsm": read_xlsx,
    ".xlsx": read_xlsx,
}

# These are read by plain Python alone, in time that grows with their length: a broken or hostile
# one does no harm in the process that reads it.
HARMLESS = frozenset(READERS) - {
    ".docx",
    ".eml",
    ".epub",
    ".htm",
    ".html",
    ".pdf",
    ".pptx",
    ".xhtml",
    ".xlsm",
    ".xlsx",
}

# Half of a character beyond U+FFFF cannot be stored, and NUL ends a text in some stores.
_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")


def can_read(suffix: str) -> bool:
    """Whether files with this suffix, such as ".pdf", have a reader."""
    return suffix.lower() in READERS


def read_contents(content: bytes, suffix: str) -> Contents:
    """What is in the bytes of a file with this suffix.

    Raises UnreadableDocument with the reason alone, whatever is wrong with the file.
    """
    reader = _reader(suffix)
    if not content:
        raise UnreadableDocument("it is empty")
    contents = _storable(_translated(reader, content, suffix.lower()))
    require_length(len(contents.text))
    if not contents.text.strip():
        raise UnreadableDocument("it has no text in it")
    return contents


def _reader(suffix: str) -> Reader:
    reader = READERS.get(suffix.lower())
    if reader is None:
        kind = f"files ending in {suffix}" if suffix else "files without a suffix"
        raise UnreadableDocument(f"{kind} cannot be read; these can: {', '.join(sorted(READERS))}")
    return reader


def _translated(reader: Reader, content: bytes, suffix: str) -> Contents:
    """The libraries raise what they like on a damaged file; all of it means the same to a user."""
    try:
        return reader(content)
    except UnreadableDocument:
        raise
    except MemoryError as error:
        raise UnreadableDocument("it needs more memory to be read than there is") from error
    except RecursionError as error:
        raise UnreadableDocument("its parts are nested too deep") from error
    except Exception as error:
        raise UnreadableDocument(f"it is damaged, or not a {suffix} file") from error


def _storable(contents: Contents) -> Contents:
    # One character for one, so that offsets stay.
    if not _NOT_STORABLE.search(contents.text + contents.title):
        return contents
    return replace(
        contents,
        text=_NOT_STORABLE.sub("\ufffd", contents.text),
        title=_NOT_STORABLE.sub("\ufffd", contents.title),
    )
