"""Reader process: files of complicated formats are read in a process of their own.

A document may be broken, or made to break its reader: it crashes, never ends, or takes all memory.
Then only that process is lost; the file is named with its reason, and the next one goes on. The
process answers in JSON, which unlike a pickle cannot do anything here.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from threading import Event, Lock, Timer
from typing import IO, Any
from weakref import finalize

from index.contents import Contents, Heading
from index.errors import UnreadableDocument
from index.formats import HARMLESS, MAX_CHARACTERS, can_read, read_contents

READ_SECONDS = 60.0
MEMORY_BYTES = 2_000_000_000

_LENGTH = struct.Struct(">Q")
# A character takes up to four bytes, or six where JSON escapes it; the rest is for headings.
_MAX_ANSWER_BYTES = 12 * MAX_CHARACTERS
_NO_MEMORY = f"it needs more than {MEMORY_BYTES // 1_000_000_000} GB of memory to be read"
# The process ends by itself so much later, should nobody be left to end it.
_GRACE_SECONDS = 5


class ReaderProcess:
    """Reads one file after the other; its process starts when a file first needs it."""

    def __init__(self, *, seconds: float = READ_SECONDS) -> None:
        """A file that takes longer than `seconds` is given up."""
        self._seconds = seconds
        self._one_at_a_time = Lock()
        self._process: _Process | None = None

    def __enter__(self) -> ReaderProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process, also in the middle of a file; the next file would start another."""
        process, self._process = self._process, None
        if process is not None:
            process.end()

    def read(self, content: bytes, suffix: str) -> Contents:
        """What is in a file; raises UnreadableDocument and nothing else."""
        if not content or not can_read(suffix) or suffix.lower() in HARMLESS:
            return read_contents(content, suffix)
        with self._one_at_a_time:
            return _contents(self._answer(content, suffix))

    def _answer(self, content: bytes, suffix: str) -> bytes:
        process = self._running()
        with _ended_after(self._seconds, process) as was_too_slow:
            try:
                return process.ask(content, suffix)
            except (OSError, EOFError, ValueError) as error:
                self.close()
                raise UnreadableDocument(
                    f"it took longer than {self._seconds:g} seconds to read"
                    if was_too_slow()
                    else "its reader crashed; the file is damaged"
                ) from error

    def _running(self) -> _Process:
        """The process; a new one when it ended while nothing was asked of it."""
        process = self._process
        if process is None or not process.is_alive:
            self.close()
            process = self._process = _Process(self._seconds)
        return process


class _Process:
    """The other process, with its two pipes."""

    def __init__(self, seconds: float) -> None:
        # The same modules as here, whatever folder or script this is, without multiprocessing:
        # that runs the user's script again unless it has a guard.
        code = (
            "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); "
            f"import sys; sys.path[:] = {sys.path!r}; "
            f"from index.reader_process import serve; serve({seconds!r})"
        )
        self._popen = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        # For one that is never closed: no process and no warning is left.
        self.end = finalize(self, _end, self._popen)

    @property
    def is_alive(self) -> bool:
        return self._popen.poll() is None

    def kill(self) -> None:
        self._popen.kill()

    def ask(self, content: bytes, suffix: str) -> bytes:
        """The answer about a file; OSError, EOFError or ValueError when there is none."""
        requests, answers = _pipes(self._popen)
        for part in (suffix.encode(), content):
            requests.write(_LENGTH.pack(len(part)) + part)
        requests.flush()
        return _read_part(answers, _MAX_ANSWER_BYTES)


def serve(seconds: float) -> None:
    """Answer requests on stdin until it ends: the other side, in the process itself."""
    limit_memory()
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # A library that prints or asks must not do so in the middle of an answer or a file.
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    with suppress(EOFError):
        while True:
            suffix, content = _read_part(requests).decode(), _read_part(requests)
            with _alarm(int(seconds) + _GRACE_SECONDS):
                answer = _answer_about(content, suffix)
            answers.write(_LENGTH.pack(len(answer)) + answer)
            answers.flush()


def _answer_about(content: bytes, suffix: str) -> bytes:
    try:
        found = read_contents(content, suffix)
        headings = [[heading.start, heading.level, heading.title] for heading in found.headings]
        answer = [found.text, found.title, found.page_starts, headings]
        return json.dumps(answer, ensure_ascii=False).encode()
    except UnreadableDocument as error:
        is_memory = isinstance(error.__cause__, MemoryError)
        return json.dumps({"reason": _NO_MEMORY if is_memory else str(error)}).encode()
    except MemoryError:
        return json.dumps({"reason": _NO_MEMORY}).encode()


def _contents(answer: bytes) -> Contents:
    """The contents that the answer gives, checked: the process has handled a foreign file."""
    try:
        parsed = json.loads(answer)
        if isinstance(parsed, dict):
            raise UnreadableDocument(str(parsed["reason"]))
        text, title, pages, headings = parsed
        contents = Contents(
            str(text), str(title), tuple(map(int, pages)), tuple(map(_heading, headings))
        )
    except (ValueError, TypeError, KeyError) as error:
        raise UnreadableDocument("its reader crashed; the file is damaged") from error
    starts = [heading.start for heading in contents.headings]
    if not (_are_ascending(contents.page_starts, text) and _are_ascending(starts, text)):
        raise UnreadableDocument("its reader crashed; the file is damaged")
    return contents


def _heading(parts: list[Any]) -> Heading:
    start, level, title = parts
    return Heading(int(start), int(level), str(title))


def _are_ascending(starts: list[int] | tuple[int, ...], text: str) -> bool:
    return all(before <= behind for before, behind in pairwise((0, *starts, len(text))))


def _read_part(pipe: IO[bytes], limit: int | None = None) -> bytes:
    header = pipe.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(header)
    if limit is not None and length > limit:
        raise ValueError(f"an answer of {length} bytes")
    part = pipe.read(length)
    if len(part) < length:
        raise EOFError
    return part


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise OSError("the process has no pipes")
    return process.stdin, process.stdout


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in _pipes(process):
        with suppress(OSError):
            pipe.close()


@contextmanager
def _ended_after(seconds: float, process: _Process) -> Iterator[Callable[[], bool]]:
    """Kill the process after a time; gives a function that tells whether that was done."""
    was_too_slow = Event()

    def kill() -> None:
        was_too_slow.set()
        process.kill()

    timer = Timer(seconds, kill)
    timer.daemon = True
    timer.start()
    try:
        yield was_too_slow.is_set
    finally:
        timer.cancel()


@contextmanager
def _alarm(seconds: int) -> Iterator[None]:
    """End this process after a time, whatever a library in C is doing then."""
    if not hasattr(signal, "alarm"):  # Windows; there the parent alone watches.
        yield
        return
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def limit_memory() -> None:
    """Let this process have MEMORY_BYTES and no more, where the system can."""
    try:
        import resource
    except ImportError:  # Windows has no such limit; the time limit still holds.
        return
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
