"""What the command line shows to a person: answers, reports, lists and the progress bar."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import PurePath

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from index import AddProgress, AddReport, Passage, StoredDocument
from qa.answers import Answer, Citation
from qa.printable import in_one_line, printable

NEAREST_SHOWN = 3
SUFFIXES_SHOWN = 5
DOCUMENT_COLUMNS = ("id", "title", "source", "pages", "passages", "size", "added")


def print_answer(answer: Answer) -> None:
    """The answer, then where each mark leads, or the nearest passages; and the note."""
    console = _console()
    console.print(Text(printable(answer.text)))
    if answer.answered:
        console.print()
        for citation in answer.citations:
            console.print(Text(f"[{citation.number}] {_place(citation)}", style="dim"))
        by = f", in the words of {in_one_line(answer.model)}" if answer.model else ""
        console.print(Text(f"confidence {answer.confidence:.2f}{by}", style="dim"))
    elif answer.kind == "refusal" and answer.passages:
        console.print(Text("\nNearest passages:", style="dim"))
        for passage in answer.passages[:NEAREST_SHOWN]:
            console.print(Text(_place(passage), style="dim"))
            words = Text(_shortened(printable(passage.text)), style="dim")
            # Padding cuts what it may not wrap.
            is_whole = console.soft_wrap
            console.print(Text("    ") + words if is_whole else Padding(words, (0, 0, 0, 4)))
    if answer.note:
        console.print(Text(printable(answer.note), style="dim"))


def print_report(report: AddReport) -> None:
    """One line a file that was added, replaced, removed or failed; the others are counted."""
    console = _console()
    changed = {"added": report.added, "replaced": report.replaced, "removed": report.removed}
    for word, sources in changed.items():
        for source in sources:
            console.print(Text(f"{word} {in_one_line(source)}"))
    if report.unchanged:
        console.print(Text(f"unchanged: {len(report.unchanged)}"))
    if report.passed_over:
        suffixes = sorted({PurePath(source).suffix or "no suffix" for source in report.passed_over})
        told = in_one_line(", ".join(suffixes[:SUFFIXES_SHOWN]))
        more = ", ..." if len(suffixes) > SUFFIXES_SHOWN else ""
        console.print(
            Text(f"passed over, no text can be read: {len(report.passed_over)} ({told}{more})")
        )
    if not (any(changed.values()) or report.unchanged or report.failed):
        console.print(Text("There was no readable file."))
    errors = Console(stderr=True, soft_wrap=True)
    for failure in report.failed:
        errors.print(Text(f"qa: {in_one_line(failure.source)}: {in_one_line(failure.reason)}"))


def print_documents(documents: Sequence[StoredDocument]) -> None:
    """The documents in a table, for a program in lines with tabs; a sentence for none."""
    console = _console()
    if not documents:
        console.print("The library is empty. Add a document with `qa add FILE`.")
        return
    rows = [_row(document) for document in documents]
    if not console.is_terminal:
        for row in (DOCUMENT_COLUMNS, *rows):
            typer.echo("\t".join(row))
        return
    table = Table(box=None, pad_edge=False)
    for heading in DOCUMENT_COLUMNS:
        is_count = heading in ("pages", "passages", "size")
        table.add_column(
            heading,
            justify="right" if is_count else "left",
            overflow="fold",
            no_wrap=heading == "id",
        )
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)


def _row(document: StoredDocument) -> tuple[str, ...]:
    return (
        document.document_id,
        in_one_line(document.title),
        in_one_line(document.source),
        str(document.pages or "-"),
        f"{document.passages:,}",
        decimal(document.size),
        _local_time(document.added),
    )


@contextmanager
def adding_bar() -> Iterator[Callable[[AddProgress], None]]:
    """A progress bar on stderr from the first report on; nothing where stderr is no screen."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} passages"),
        TimeElapsedColumn(),
    )
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    task = bar.add_task("", total=None)

    def report(step: AddProgress) -> None:
        bar.start()
        name = in_one_line(step.source.rsplit("/", 1)[-1])
        bar.update(
            task,
            description=f"file {step.file} of {step.files}: {name}",
            completed=step.passages_done,
            total=step.passages,
        )

    try:
        yield report
    finally:
        bar.stop()


@contextmanager
def waiting(words: str) -> Iterator[None]:
    """A moving sign on stderr while something is under way; nothing where stderr is no screen."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(words):
        yield


def _console() -> Console:
    # Lines wrap on a screen only: a pipe gets each one whole.
    console = Console(highlight=False)
    console.soft_wrap = not console.is_terminal
    return console


def _place(where: Citation | Passage) -> str:
    section = f" › {where.section}" if where.section else ""
    page = "" if where.page is None else f", p. {where.page}"
    return f"{in_one_line(where.title + section)} ({in_one_line(where.source)}{page})"


def _shortened(text: str, length: int = 200) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[:length].rsplit(" ", 1)[0] + " …"


def _local_time(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")
