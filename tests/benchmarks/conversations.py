"""Retrieval in conversations: `python tests/benchmarks/conversations.py FOLDER` prints a table.

FOLDER holds `documents/` (one passage a file) and `questions.jsonl` with the `history` of each
question and the `documents` that answer it. Recall@5 is the share of a question's reference
documents among the first five documents of its ranking, averaged over the questions that have
any; a document ranks as high as its best passage.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from index import Library
from qa import Assistant

DEPTH = 5
# Passages asked for, so that five different documents are among them.
PASSAGES = 20


def main() -> None:
    """Measure with and without the history, and with the history of another conversation."""
    parser = argparse.ArgumentParser(description="Recall@5 of reference passages in conversations.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    lines = (folder / "questions.jsonl").read_text("utf-8").splitlines()
    asked = [question for question in map(json.loads, lines) if question["documents"]]
    foreign = [q["history"] for q in asked if q["history"]]
    with tempfile.TemporaryDirectory() as home:
        library = Library.open(home)
        library.add([folder / "documents"])
        assistant = Assistant(library)
        table = Table("history", "kind", "n", f"recall@{DEPTH}", "median s", title=str(folder.name))
        for name in ("given", "none", "of another conversation, before a first question"):
            rows: dict[str, list[tuple[float, float]]] = {}
            for number, question in enumerate(track(asked, name, console=Console(stderr=True))):
                if name.startswith("of another") and question["history"]:
                    continue
                history = {"given": question["history"], "none": []}.get(
                    name, foreign[number % len(foreign)]
                )
                measured = recall(assistant, question, history)
                rows.setdefault("all", []).append(measured)
                rows.setdefault(question["kind"], []).append(measured)
            for kind, measures in rows.items():
                found, seconds = zip(*measures, strict=True)
                mean, median = statistics.fmean(found), statistics.median(seconds)
                table.add_row(name, kind, str(len(found)), f"{mean:.3f}", f"{median:.3f}")
    Console(width=100).print(table)


def recall(
    assistant: Assistant, question: dict[str, list[str]], history: list[tuple[str, str]]
) -> tuple[float, float]:
    """Recall@5 and the seconds that it took."""
    started = time.perf_counter()
    passages = assistant.retrieve(str(question["question"])[:2000], history=history, k=PASSAGES)
    seconds = time.perf_counter() - started
    ranked = list(dict.fromkeys(Path(passage.source).name for passage in passages))[:DEPTH]
    wanted = set(question["documents"])
    return len(wanted & set(ranked)) / len(wanted), seconds


if __name__ == "__main__":
    main()
