"""Watching: tells when something has changed below the paths that a user named."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, current_thread, main_thread

from index.files import is_folder, real_path

START_MILLISECONDS = 500


def changes(paths: Sequence[Path]) -> Iterator[None]:
    """Once as soon as it watches, then for each burst of changes, until Ctrl+C.

    The first is for what changed before. What does not exist yet is not watched. A file is watched
    by its folder, since editors put a new file in the place of the old one.
    """
    from watchfiles import watch

    given = [real_path(path.expanduser()) for path in paths]
    folders = [path for path in given if is_folder(path)]
    files = {path for path in given if os.path.isfile(path)}  # noqa: PTH113 (Path.is_file raises)
    watched = {*folders, *(file.parent for file in files)}
    if not watched:
        return
    is_first = True
    with _interrupted() as stop:
        for burst in watch(
            *watched,
            recursive=bool(folders),
            stop_event=stop,
            raise_interrupt=False,
            rust_timeout=START_MILLISECONDS,
            yield_on_timeout=True,
        ):
            changed = {Path(path) for _, path in burst}
            is_inside = any(path.is_relative_to(folder) for path in changed for folder in folders)
            if is_first or is_inside or changed & files:
                yield
            is_first = False


@contextmanager
def _interrupted() -> Iterator[Event]:
    """An event that Ctrl+C sets; a second Ctrl+C does what it did before.

    As an exception it could come at a moment at which Python drops it, such as while an object is
    thrown away, and nothing would stop.
    """
    stop = Event()
    if current_thread() is not main_thread():
        yield stop
        return

    def set_stop(*_: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, set_stop)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
