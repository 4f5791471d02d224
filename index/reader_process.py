"""Reader process: files in complicated formats are read in a process of their own.

A document may be broken or made to break its reader: it crashes, never ends, or takes all memory.
Then the process is what is lost, the file is named with its reason, and the next one goes on.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from threading import Event, Lock, Timer
from typing import IO, Any

from index.contents import Contents, Heading
from index.errors import UnreadableDocument
from index.formats import HARMLESS, can_read, read_contents

READ_SECONDS = 60.0
MAX_MEMORY = 2_000_000_000


class ReaderProcess:
    """Reads one file after the other; its process is started when a file needs it."""

    def __init__(self, *, seconds: float = READ_SECONDS) -> None:
        """A file that takes longer than `seconds` is given up."""
        self._seconds = seconds
        self._reading = Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> ReaderProcess:
        """Nothing is started yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self.close()

    def close(self) -> None:
        """End the process, in the middle of a file too; the next file starts another."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)

    def read(self, content: bytes, suffix: str) -> Contents:
        """What is in a file; raises UnreadableDocument and nothing else."""
        # A text is read as it is, and an empty file or an unknown suffix not at all.
        if suffix in HARMLESS or not content or not can_read(suffix):
            return read_contents(content, suffix)
        with self._reading:
            return _contents(self._answer(content, suffix))

    def _answer(self, content: bytes, suffix: str) -> dict[str, Any]:
        process = self._process = self._process or _started(self._seconds)
        with _killed_after(self._seconds, process) as was_killed:
            try:
                return _asked(process, content, suffix)
            except (OSError, EOFError, ValueError) as error:
                self.close()
                reason = (
                    f"it took longer than {self._seconds:g} seconds to read"
                    if was_killed()
                    else "its reader crashed; the file is damaged"
                )
                raise UnreadableDocument(reason) from error


def serve(seconds: float) -> None:
    """Answer requests on stdin until it ends: the other side, in the process itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_memory()
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # A library that prints must not print into an answer.
    os.dup2(2, 1)
    while header := requests.readline():
        request = json.loads(header)
        content = requests.read(request["size"])
        if hasattr(signal, "alarm"):
            # The parent may be gone, and this file endless.
            signal.alarm(int(seconds) + 30)
        answer = json.dumps(_said_of(content, request["suffix"])).encode()
        answers.write(b"%d\n" % len(answer) + answer)
        answers.flush()


def _started(seconds: float) -> subprocess.Popen[bytes]:
    # The same modules as here, whatever folder or script this is; no guard for `__main__` needed.
    code = (
        f"import sys; sys.path[:] = {sys.path!r}; "
        f"from index.reader_process import serve; serve({seconds!r})"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _asked(process: subprocess.Popen[bytes], content: bytes, suffix: str) -> dict[str, Any]:
    requests, answers = _pipes(process)
    requests.write(json.dumps({"suffix": suffix, "size": len(content)}).encode() + b"\n")
    requests.write(content)
    requests.flush()
    length = int(answers.readline() or b"-1")
    answer = answers.read(length) if length >= 0 else b""
    if length < 0 or len(answer) < length:
        raise EOFError("the process ended in the middle of a file")
    parsed: dict[str, Any] = json.loads(answer)
    return parsed


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise AssertionError("the process was started with pipes")
    return process.stdin, process.stdout


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in _pipes(process):
        with suppress(OSError):
            pipe.close()


@contextmanager
def _killed_after(seconds: float, process: subprocess.Popen[bytes]) -> Iterator[Callable[[], bool]]:
    """Kill the process after a time; gives a function that tells whether that was done."""
    was_killed = Event()

    def kill() -> None:
        was_killed.set()
        process.kill()

    timer = Timer(seconds, kill)
    timer.daemon = True
    timer.start()
    try:
        yield was_killed.is_set
    finally:
        timer.cancel()


def _said_of(content: bytes, suffix: str) -> dict[str, Any]:
    try:
        return asdict(read_contents(content, suffix))
    except UnreadableDocument as error:
        return {"reason": str(error)}
    except MemoryError:
        return {"reason": "it needs more memory to be read than it may have"}


def _contents(answer: dict[str, Any]) -> Contents:
    if "reason" in answer:
        raise UnreadableDocument(answer["reason"])
    return Contents(
        answer["text"],
        answer["title"],
        tuple(answer["page_starts"]),
        tuple(Heading(**heading) for heading in answer["headings"]),
    )


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:
        # Windows has no such limit; the time limit still holds.
        return
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
