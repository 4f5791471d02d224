"""Formats: from the bytes of a file to its text, one module a format, chosen by the suffix.

Each reader gives `Contents` or raises UnreadableDocument with the reason alone, for the caller
knows the file. A new format is a module and a line in READERS.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from index.contents import Contents
from index.errors import UnreadableDocument

# The module below this package and its function, imported when a file needs it.
READERS = {
    ".txt": "plain_text.read_plain_text",
    ".text": "plain_text.read_plain_text",
    ".rst": "plain_text.read_plain_text",
    ".adoc": "plain_text.read_plain_text",
    ".org": "plain_text.read_plain_text",
    ".tex": "plain_text.read_plain_text",
    ".log": "plain_text.read_plain_text",
    ".md": "markdown.read_markdown",
    ".markdown": "markdown.read_markdown",
    ".csv": "spreadsheets.read_separated",
    ".tsv": "spreadsheets.read_separated",
    ".srt": "subtitles.read_subtitles",
    ".vtt": "subtitles.read_subtitles",
    ".pdf": "pdf.read_pdf",
    ".docx": "word.read_word",
    ".pptx": "slides.read_slides",
    ".xlsx": "spreadsheets.read_workbook",
    ".xlsm": "spreadsheets.read_workbook",
    ".html": "html.read_html",
    ".htm": "html.read_html",
    ".xhtml": "html.read_html",
    ".epub": "ebook.read_ebook",
    ".eml": "mail.read_mail",
}
# These are read by plain Python alone: a broken one does no harm.
HARMLESS = frozenset(
    suffix
    for suffix, reader in READERS.items()
    if reader.split(".")[0] in ("plain_text", "markdown", "subtitles")
) | {".csv", ".tsv"}


def can_read(suffix: str) -> bool:
    """Whether there is a reader for files with this suffix, lower case, with its dot."""
    return suffix in READERS


def read_contents(content: bytes, suffix: str) -> Contents:
    """What is in a file; raises UnreadableDocument and nothing else."""
    if not content:
        raise UnreadableDocument("it is empty")
    reader = _reader(suffix)
    try:
        contents = reader(content)
    except UnreadableDocument:
        raise
    except MemoryError as error:
        raise UnreadableDocument("it needs more memory to be read than it may have") from error
    except Exception as error:
        # Each library has errors of its own for each way in which a file can be broken.
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise UnreadableDocument(f"it is damaged, or not what its name says ({reason})") from error
    if not contents.text.strip():
        raise UnreadableDocument("it has no text in it")
    return contents


def _reader(suffix: str) -> Callable[[bytes], Contents]:
    if suffix not in READERS:
        known = ", ".join(sorted(READERS))
        kind = f"files ending in {suffix}" if suffix else "files without a suffix"
        raise UnreadableDocument(f"{kind} cannot be read; these can: {known}")
    module, _, function = READERS[suffix].partition(".")
    reader: Callable[[bytes], Contents] = getattr(
        import_module(f"index.formats.{module}"), function
    )
    return reader
