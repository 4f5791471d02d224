"""Watching: tells when something has changed below the paths that a user named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path


def changes(paths: Sequence[Path]) -> Iterator[None]:
    """Once for each burst of changes, until Ctrl+C; what does not exist yet is not watched.

    A file is watched by its folder, since editors put a new file in the place of the old one.
    """
    from watchfiles import watch

    folders = [path.expanduser().resolve() for path in paths if path.is_dir()]
    files = {path.expanduser().resolve() for path in paths if path.is_file()}
    watched = {*folders, *(file.parent for file in files)}
    if not watched:
        return
    for burst in watch(*watched, recursive=bool(folders), raise_interrupt=False):
        changed = {Path(path) for _, path in burst}
        if changed & files or any(c.is_relative_to(folder) for c in changed for folder in folders):
            yield
