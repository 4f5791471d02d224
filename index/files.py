"""Files: which ones are meant by the paths that a user names, and what is in them as bytes."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

from index.errors import UnreadableDocument

# A document with more in it is a data file, and its text would be refused anyway.
MAX_FILE_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to read; `source` is its path as it was given, `problem` says why it is not read.

    `passed_over` is true for one of a folder that nobody would expect to be read: a picture, a
    program.
    """

    path: Path
    source: str
    problem: str = ""
    passed_over: bool = False


def find_files(
    paths: Iterable[str | Path], *, can_read: Callable[[Path], bool], glob: str | None = None
) -> Iterator[FoundFile]:
    """Each file meant by `paths`, once, in order; folders are searched through.

    In a folder, hidden files are left out, those that `can_read` refuses are passed over, and a
    link that leads out of it is a problem. `glob` is matched against a file's name and against
    its path below the folder; what matches is always to be read. A file that is named itself is
    always given, so that its error can be told.
    """
    seen: set[Path] = set()
    for given in paths:
        path = Path(given).expanduser()
        below = _files_below(path, can_read, glob) if is_folder(path) else [_found(path)]
        for file in below:
            # Absolute, for a link that is a problem is another file than the one it leads to.
            real = file.path.absolute() if file.problem else real_path(file.path)
            if real not in seen:
                seen.add(real)
                yield file


def fits(inner: PurePath, glob: str | None) -> bool:
    """Whether a path below a folder is meant by `glob`, by its name or as a whole."""
    return glob is None or fnmatchcase(inner.name, glob) or fnmatchcase(inner.as_posix(), glob)


def is_folder(path: Path) -> bool:
    """Whether it is a folder; one that cannot be looked at is none."""
    return os.path.isdir(path)  # noqa: PTH112 (Path.is_dir raises what it does not expect)


def real_path(path: Path) -> Path:
    """The absolute path of what `path` leads to; a link that leads to itself is left as it is."""
    # Path.resolve raises RuntimeError for such a link.
    return Path(os.path.realpath(path))


def _files_below(
    folder: Path, can_read: Callable[[Path], bool], glob: str | None
) -> Iterator[FoundFile]:
    root = real_path(folder)
    for path, problem in sorted(_walk(folder)):
        if not fits(path.relative_to(folder), glob):
            continue
        if problem:
            yield _found(path, problem=problem)
        elif not real_path(path).is_relative_to(root):
            yield _found(path, problem=f"it is a link that leads out of {folder}; add it by name")
        elif reason := _closed(path):
            yield _found(path, problem=reason)
        elif path.is_file() or path.is_symlink():
            yield _found(path, passed_over=glob is None and not can_read(path))


def _closed(path: Path) -> str:
    """Why a file of a folder cannot even be looked at, or empty; one that is gone can be."""
    try:
        path.stat()
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"it cannot be opened: {error.strerror or error}"
    return ""


def _walk(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file that is not hidden, and the folders that cannot be entered with the reason."""
    closed: list[tuple[Path, str]] = []

    def is_closed(error: OSError) -> None:
        closed.append((Path(error.filename), f"it cannot be opened: {error.strerror}"))

    for place, folders, files in os.walk(folder, onerror=is_closed):
        folders[:] = [name for name in folders if not _is_hidden(name)]
        links = [name for name in folders if Path(place, name).is_symlink()]
        for name in (*links, *files):
            if not _is_hidden(name):
                yield Path(place, name), ""
    yield from closed


def _is_hidden(name: str) -> bool:
    # "~$" is what Word leaves beside a document while it is open.
    return name.startswith((".", "~$"))


def _found(path: Path, *, problem: str = "", passed_over: bool = False) -> FoundFile:
    # A name that is not UTF-8 cannot be stored or shown as it is.
    source = os.fsencode(path).decode(errors="replace")
    return FoundFile(path, source, problem, passed_over)


def bytes_of(path: Path) -> bytes:
    """The content of a file at one moment; raises UnreadableDocument with the reason alone."""
    try:
        for _ in range(2):
            before = path.stat()
            _check(before)
            content = path.read_bytes()
            after = path.stat()
            if _state(before) == _state(after) and len(content) == after.st_size:
                return content
    except FileNotFoundError as error:
        raise UnreadableDocument("there is no such file or folder") from error
    except OSError as error:
        raise UnreadableDocument(f"it cannot be opened: {error.strerror or error}") from error
    raise UnreadableDocument("it changes while it is read; add it again when it is finished")


def _state(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns


def _check(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        # Reading a pipe or a device may never end.
        raise UnreadableDocument("it is neither a file nor a folder")
    if found.st_size > MAX_FILE_BYTES:
        raise UnreadableDocument(
            f"it has {found.st_size / 1e6:,.0f} MB, more than {MAX_FILE_BYTES / 1e6:,.0f}; "
            "split it and add the parts"
        )
