"""How fast a library takes documents in, and how it grows: three tables.

    python tests/benchmarks/library_size.py FOLDER [--sizes 1000,10000,100000]

FOLDER holds real documents (text); passages of them, mixed anew, make the large libraries. Their
vectors are computed once a passage and then moved a little, so that no two are the same.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from index import Library
from index.chunks import TINY_TOKENS, split_into_chunks
from index.embedding import BgeSmall
from index.tokens import count_tokens

ROUNDS = 5
PASSAGES_ADDED = 600
UNCHANGED_FILES = 1000
PASSAGES_A_DOCUMENT = 50
QUESTIONS = 40


class MovedVectors(BgeSmall):
    """The bundled model for questions; for passages, its vectors moved by a little chance."""

    def __init__(self, known: dict[str, list[float]]) -> None:
        super().__init__()
        self._known = known
        self._chance = np.random.default_rng(0)

    def get_text_embedding_batch(self, texts: list[str]) -> list[list[float]]:
        if texts[0] not in self._known:
            return super().get_text_embedding_batch(texts)
        base = np.array([self._known[text] for text in texts])
        moved = base + self._chance.normal(scale=0.02, size=base.shape)
        unit: list[list[float]] = (moved / np.linalg.norm(moved, axis=1, keepdims=True)).tolist()
        return unit


def main() -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", default="1000,10000,100000", help="0 for none")
    parser.add_argument("--probe", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    texts = [path.read_text() for path in sorted(arguments.folder.rglob("*.txt"))]
    if not texts:
        parser.error(f"{arguments.folder} holds no .txt file")
    passages = _passages(texts)
    if arguments.probe:
        print(json.dumps(_probe(arguments.probe, _questions(passages))))
        return
    with tempfile.TemporaryDirectory() as folder:
        _print_adding(_paragraphs(passages), Path(folder))
        _print_unchanged(passages, Path(folder))
        sizes = [int(size) for size in arguments.sizes.split(",") if int(size)]
        if sizes:
            _print_sizes(arguments.folder, _paragraphs(passages), sizes, Path(folder))


def _passages(texts: Sequence[str]) -> list[str]:
    return [chunk.span.of(text) for text in texts for chunk in split_into_chunks(text)]


def _paragraphs(passages: Sequence[str]) -> list[str]:
    """Passages that stay as they are between others: real paragraphs, not too short."""
    return [text for text in passages if "\n" not in text and count_tokens(text) > TINY_TOKENS]


def _questions(passages: Sequence[str]) -> list[str]:
    """The first words of passages, as people paste them into a search."""
    chosen = random.Random(1).sample(list(passages), QUESTIONS)
    return [" ".join(passage.split()[:12]) for passage in chosen]


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _print_adding(paragraphs: Sequence[str], folder: Path) -> None:
    model = BgeSmall()
    model.load()
    documents = folder / "documents"
    _write_documents(documents, paragraphs, PASSAGES_ADDED)
    passages = _passages([path.read_text() for path in documents.iterdir()])
    # What is imported and made once in a process is not the pace of adding.
    Library.open(folder / "warm", embedding=model).add([next(documents.iterdir())])
    bare, adding = [], []
    for number in range(ROUNDS):
        library = Library.open(folder / f"added-{number}", embedding=model)
        bare.append(len(passages) / _seconds(lambda: _run_bare(model, passages)))
        adding.append(len(passages) / _seconds(partial(library.add, [documents])))
    table = Table("what", "passages a second", title=f"Adding {len(passages):,} passages", box=None)
    table.add_row("the bare ONNX session, longest first", f"{statistics.median(bare):.1f}")
    table.add_row("library.add: read, cut, embed, store", f"{statistics.median(adding):.1f}")
    ratios = [added / alone for added, alone in zip(adding, bare, strict=True)]
    listed = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    table.add_row(f"share, median of {listed} (goal 0.85)", f"{statistics.median(ratios):.2f}")
    Console(width=100).print(table, "")


def _run_bare(model: BgeSmall, passages: Sequence[str]) -> None:
    """The model alone, on all cores, without normalising, storing or anything else."""
    network = model._model()
    network.run(network.tokenize(passages))


def _print_unchanged(passages: Sequence[str], folder: Path) -> None:
    notes = folder / "notes"
    notes.mkdir()
    for number in range(UNCHANGED_FILES):
        text = f"Note {number}\n\n{passages[number % len(passages)]}"
        (notes / f"note-{number}.txt").write_text(text)
    library = Library.open(folder / "notes-home", embedding=_Constant())
    first = _seconds(lambda: library.add([notes]))
    again = [_seconds(lambda: library.add([notes])) for _ in range(ROUNDS)]
    table = Table("what", "seconds", title=f"{UNCHANGED_FILES:,} files", box=None)
    table.add_row("added the first time, without the time of the model", f"{first:.2f}")
    table.add_row("added again, unchanged (goal 3)", f"{statistics.median(again):.2f}")
    Console(width=100).print(table, "")


class _Constant(BgeSmall):
    """Vectors that cost nothing, to see what everything else costs."""

    def get_text_embedding_batch(self, texts: list[str]) -> list[list[float]]:
        chance = np.random.default_rng(len(texts))
        vectors: list[list[float]] = chance.normal(size=(len(texts), 384)).tolist()
        return vectors


def _print_sizes(
    documents: Path, passages: Sequence[str], sizes: Sequence[int], folder: Path
) -> None:
    vectors = BgeSmall().get_text_embedding_batch(list(passages))
    known = dict(zip(passages, vectors, strict=True))
    names = ("passages", "retrieval s", "slowest s", "opening s", "memory MB", "disk MB", "added/s")
    table = Table(*names, title="Growth (goals at 100,000: 0.060, -, 2, 1500)", box=None)
    for size in sizes:
        home = folder / f"home-{size}"
        seconds = _build(home, passages, known, size, folder / f"documents-{size}")
        command = [sys.executable, __file__, str(documents), "--probe", str(home)]
        probed = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        disk = sum(file.stat().st_size for file in home.rglob("*") if file.is_file()) / 1e6
        table.add_row(
            f"{probed['passages']:,}",
            f"{statistics.median(probed['seconds']):.3f}",
            f"{max(probed['seconds']):.3f}",
            f"{probed['opening']:.2f}",
            f"{probed['memory']:.0f}",
            f"{disk:.0f}",
            f"{probed['passages'] / seconds:.0f}",
        )
    Console(width=100).print(table)


def _build(
    home: Path, passages: Sequence[str], known: dict[str, list[float]], size: int, folder: Path
) -> float:
    """A library of about `size` passages, in documents of passages drawn by chance."""
    _write_documents(folder, passages, size)
    library = Library.open(home, embedding=MovedVectors(known))
    return _seconds(lambda: library.add([folder]))


def _write_documents(folder: Path, passages: Sequence[str], size: int) -> None:
    chance = random.Random(size)
    folder.mkdir()
    for number in range(size // PASSAGES_A_DOCUMENT):
        drawn = chance.sample(list(passages), PASSAGES_A_DOCUMENT)
        (folder / f"document-{number}.txt").write_text("\n\n".join(drawn))


def _probe(home: Path, questions: Sequence[str]) -> dict[str, object]:
    """What a process sees that opens the library and asks it: seconds, and megabytes at the end."""
    import psutil

    from qa.retrieval import retrieve

    opened: list[Library] = []
    opening = _seconds(lambda: opened.append(Library.open(home)))
    library = opened[0]
    library.load()
    retrieve(library, [(questions[0], 1.0)], k=5)
    seconds = [
        _seconds(partial(retrieve, library, [(question, 1.0)], k=5)) for question in questions
    ]
    return {
        "opening": opening,
        "seconds": seconds,
        "memory": psutil.Process().memory_info().rss / 1e6,
        "passages": sum(document.passages for document in library.documents()),
    }


if __name__ == "__main__":
    main()
