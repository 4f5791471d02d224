"""The answerability network as it was trained on one half of wiki-dev, to measure on the other.

    python -m tests.benchmarks.halves even.npz odd.npz

keeps two networks that fit_answerability.py has written, as what they differ in from
qa/answerability.npz; so they have to be kept anew when that is trained anew.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from qa.answerability import TUNED, Answerability

KEPT = Path(__file__).with_name("half_networks")
HALVES = ("even", "odd")


def main() -> None:
    """Keep the networks."""
    parser = argparse.ArgumentParser(description="Keep the networks of both halves.")
    for half in HALVES:
        parser.add_argument(half, type=Path)
    chosen = parser.parse_args()
    KEPT.mkdir(exist_ok=True)
    with np.load(TUNED) as whole:
        for half in HALVES:
            with np.load(getattr(chosen, half)) as arrays:
                changes = {name: arrays[name] - whole[name] for name in whole}
            np.savez_compressed(KEPT / f"{half}.npz", **changes)


def half_of(document: str, documents: Iterable[str]) -> str:
    """Which half of the documents it belongs to, counted from 0 in alphabetical order."""
    return "odd" if sorted(documents).index(document) % 2 else "even"


def trained_on(half: str, folder: Path) -> Answerability:
    """The network that has learned from the documents of this half; `folder` gets its file."""
    file = folder / f"{half}.npz"
    with np.load(TUNED) as whole, np.load(KEPT / f"{half}.npz") as changes:
        np.savez(file, **{name: whole[name] + changes[name] for name in whole})
    return Answerability(file)


if __name__ == "__main__":
    main()
