"""The library that a user has without doing anything: the documents the project ships with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from index import AddProgress, Library

# Beside the packages, in a checkout and in an installed wheel alike.
SEEDS = Path(__file__).parent.parent / "seeds"


def open_seeded(
    home: str | Path | None = None, *, progress: Callable[[AddProgress], None] | None = None
) -> Library:
    """The library in `home`, with the shipped documents if nothing was ever added to it."""
    library = Library.open(home)
    if library.is_new:
        library.add([SEEDS], progress=progress)
    return library
