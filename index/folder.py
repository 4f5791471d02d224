"""Folder: a library kept on this machine, in an embedded Chroma."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import LibraryBusy, LibraryReadOnly, LibraryUnreadable

if TYPE_CHECKING:
    from chromadb.api.client import Client

LOCK_SECONDS = 30.0

_spellings = count()


class Folder:
    """Where one library is kept: a folder that is made with the first document."""

    # Another process writes the same files, which this one's client has in memory.
    is_shared_by_files = True

    def __init__(self, home: Path) -> None:
        """Nothing is opened or written yet; `home` is absolute."""
        self.home = home

    def __str__(self) -> str:
        return f"in {self.home}"

    @property
    def lexical_path(self) -> Path:
        """Where the lexical index of this library is kept."""
        return self.home / "lexical.sqlite"

    def exists(self) -> bool:
        """Whether something was ever stored here; raises LibraryReadOnly."""
        try:
            return (self._chroma / "chroma.sqlite3").is_file()
        except OSError as error:
            raise _read_only(self.home, error.strerror) from error

    def create(self) -> None:
        """Make room for Chroma; raises LibraryReadOnly."""
        try:
            self._chroma.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _read_only(self.home, error.strerror) from error

    def client(self) -> Client:
        """A new client, that reads what is stored by now."""
        from chromadb.api.client import Client
        from chromadb.config import Settings

        # Clients of one process that spell a folder alike share what they read of it, and
        # are only closed together; a spelling of its own makes this one independent.
        spelling = f"{self._chroma}{'/.' * next(_spellings)}"
        return Client(
            settings=Settings(
                anonymized_telemetry=False, is_persistent=True, persist_directory=spelling
            )
        )

    def close(self, client: Client) -> None:
        """Close a client with the files that it holds."""
        client.close()

    @contextmanager
    def write_lock(self) -> Iterator[None]:
        """Be the only one that writes; raises LibraryBusy or LibraryReadOnly."""
        from filelock import FileLock, Timeout

        try:
            self.home.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.home / "write.lock", timeout=LOCK_SECONDS).acquire()
        except Timeout as error:
            raise LibraryBusy(
                f"Another process is changing the library {self}. "
                "Run the command again when it has finished."
            ) from error
        except OSError as error:
            raise _read_only(self.home, error.strerror) from error
        with lock:
            yield

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Chroma's errors as ours. It raises its own, ValueError and, from Rust, PanicException."""
        from chromadb.errors import ChromaError

        try:
            yield
        except BaseException as error:
            is_panic = type(error).__name__ == "PanicException"
            if not (
                is_panic or isinstance(error, ChromaError | ValueError | OSError | RuntimeError)
            ):
                raise
            raise self._as_ours(" ".join(str(error).split())) from error

    def _as_ours(self, reason: str) -> LibraryReadOnly | LibraryUnreadable:
        if "readonly" in reason or "unable to open" in reason or "Permission denied" in reason:
            return _read_only(self.home, reason)
        if "full" in reason or "No space" in reason:
            return LibraryReadOnly(
                f"The disk of {self.home} is full ({reason}). Make room and run the command again; "
                "what was stored before is still there."
            )
        return LibraryUnreadable(
            f"The library {self} cannot be read ({reason}). It may be damaged or belong to "
            "another version of Chroma: move the folder aside, or name a new one with --home or "
            "QA_HOME, and add the documents again."
        )

    @property
    def _chroma(self) -> Path:
        return self.home / "chroma"


def _read_only(path: Path, reason: str | None) -> LibraryReadOnly:
    return LibraryReadOnly(
        f"The home folder {path} cannot be used ({reason}). "
        "Choose another one with --home or QA_HOME."
    )
