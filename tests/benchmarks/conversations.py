"""Retrieval in conversations: `python -m tests.benchmarks.conversations FOLDER` prints a table.

FOLDER holds `documents/` (one passage a file) and `questions.jsonl` with the `history` of each
question and the `documents` that answer it. Recall@5 is the share of a question's reference
documents among the first five documents of its ranking, averaged over the questions that have
any; a document ranks as high as its best passage. `--llm gguf:PATH` adds what the same search
reaches when that model first puts the history into the question.
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
from qa.assistant import MAX_QUESTION
from qa.follow_up import History
from qa.language_model import LanguageModel, Message, language_model

DEPTH = 5
# Passages asked for, so that five different documents are among them.
PASSAGES = 20
CONDENSED = "put into the question by the model"
CONDENSE = (
    "Rewrite the last question so that it can be understood without the conversation: put in what "
    "its pronouns and omissions stand for. Write only the question."
)


def main() -> None:
    """Measure with and without the history, and with the history of another conversation."""
    parser = argparse.ArgumentParser(description="Recall@5 of reference passages in conversations.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--llm", type=language_model, help="a model that condenses the question")
    chosen = parser.parse_args()
    folder, llm = chosen.folder, chosen.llm
    lines = (folder / "questions.jsonl").read_text("utf-8").splitlines()
    asked = [question for question in map(json.loads, lines) if question["documents"]]
    foreign = [q["history"] for q in asked if q["history"]]
    with tempfile.TemporaryDirectory() as home:
        library = Library.open(home)
        library.add([folder / "documents"])
        assistant = Assistant(library)
        table = Table("history", "kind", "n", f"recall@{DEPTH}", "median s", title=str(folder.name))
        names = ["given", "none", "of another conversation, before a first question"]
        for name in [*names, CONDENSED] if llm else names:
            rows: dict[str, list[tuple[float, float]]] = {}
            for number, question in enumerate(track(asked, name, console=Console(stderr=True))):
                if name.startswith("of another") and question["history"]:
                    continue
                history = {"given": question["history"], "none": []}.get(
                    name, foreign[number % len(foreign)]
                )
                text = str(question["question"])[:MAX_QUESTION]
                started = time.perf_counter()
                if name == CONDENSED:
                    text, history = condensed(llm, text, question["history"]), []
                found = recall(assistant, text, history, question["documents"])
                measured = found, time.perf_counter() - started
                rows.setdefault("all", []).append(measured)
                rows.setdefault(question["kind"], []).append(measured)
            for kind, measures in rows.items():
                found, seconds = zip(*measures, strict=True)
                mean, median = statistics.fmean(found), statistics.median(seconds)
                table.add_row(name, kind, str(len(found)), f"{mean:.3f}", f"{median:.3f}")
    Console(width=100).print(table)


def recall(assistant: Assistant, text: str, history: History, documents: list[str]) -> float:
    """The share of the documents among the first five, 0 to 1."""
    passages = assistant.retrieve(text, history=history, k=PASSAGES)
    ranked = list(dict.fromkeys(Path(passage.source).name for passage in passages))[:DEPTH]
    return len(set(documents) & set(ranked)) / len(documents)


def condensed(llm: LanguageModel, question: str, history: History) -> str:
    """The question as the model puts it; itself without a history, or where nothing comes."""
    if not history:
        return question
    said = "\n".join(f"Question: {asked}\nAnswer: {told[:600]}" for asked, told in history[-3:])
    told = f"{said}\nLast question: {question}"
    written = "".join(llm.stream([Message("system", CONDENSE), Message("user", told)]))
    return " ".join(written.split())[:MAX_QUESTION] or question


if __name__ == "__main__":
    main()
