"""Files to documents: one reader a format, chosen by the file's suffix.

A reader takes the file's bytes and gives its text and title; everything else (finding files,
hashing, offsets) is the same for all formats. A new format is a function and a line in READERS.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from index.documents import Document
from index.errors import UnreadableDocument

MAX_TITLE = 120


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a file: its text, the title it gives itself, and where its pages start."""

    text: str
    title: str = ""
    page_starts: tuple[int, ...] = ()


def _plain_text(content: bytes) -> Contents:
    text = _decoded(content)
    first_line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    # A first line that ends like a sentence is the beginning of the text, not its title.
    is_title = len(first_line) <= MAX_TITLE and not first_line.endswith((".", "!", ";", ","))
    return Contents(text, first_line if is_title else "")


def _markdown(content: bytes) -> Contents:
    text = _decoded(content)
    heading = re.search(r"^#{1,6}\s+(.+?)\s*#*$", text, re.MULTILINE)
    return Contents(text, heading[1][:MAX_TITLE] if heading else "")


def _decoded(content: bytes) -> str:
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableDocument(
            f"it is not UTF-8 text (byte {error.start}); save it as UTF-8 and add it again"
        ) from error
    if "\0" in text:
        raise UnreadableDocument("it is not a text file: it contains NUL characters")
    return text


READERS: dict[str, Callable[[bytes], Contents]] = {
    ".txt": _plain_text,
    ".text": _plain_text,
    ".md": _markdown,
    ".markdown": _markdown,
}


def find_files(paths: Iterable[str | Path]) -> Iterator[tuple[Path, str]]:
    """Each file to read with its source, the path as it was given; folders are searched through.

    In a folder, hidden files and formats without a reader are passed over; a file that is named
    itself is always given, so that its error can be told. Every file comes once.
    """
    seen: set[Path] = set()
    for given in paths:
        path = Path(given).expanduser()
        files = sorted(_files_below(path)) if path.is_dir() else [path]
        for file in files:
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file, str(file)


def _files_below(folder: Path) -> Iterator[Path]:
    for file in folder.rglob("*"):
        inner = file.relative_to(folder)
        hidden = any(part.startswith(".") for part in inner.parts)
        if not hidden and file.suffix.lower() in READERS and file.is_file():
            yield file


def read_document(path: Path, source: str) -> Document:
    """The document in a file; raises UnreadableDocument with the reason alone, without the path."""
    reader = READERS.get(path.suffix.lower())
    if reader is None and path.exists():
        known = ", ".join(sorted(READERS))
        kind = f"files ending in {path.suffix}" if path.suffix else "files without a suffix"
        raise UnreadableDocument(f"{kind} cannot be read; these can: {known}")
    content = _bytes_of(path)
    contents = (reader or _plain_text)(content)
    if not contents.text.strip():
        raise UnreadableDocument("it has no text in it")
    return Document(
        text=contents.text,
        title=contents.title or path.stem,
        source=source,
        origin=str(path.resolve()),
        page_starts=contents.page_starts,
    )


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UnreadableDocument("there is no such file or folder") from error
    except OSError as error:
        raise UnreadableDocument(f"it cannot be opened: {error.strerror or error}") from error
