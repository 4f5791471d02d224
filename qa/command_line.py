"""The command line: `qa ask`, `qa add`, `qa documents`, `qa remove`; the page adds `qa chat`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any

import typer

from index.errors import QAError
from qa.evaluation.command import evaluate

app = typer.Typer(
    name="qa",
    help="Ask your documents; every statement of the answer carries the passage that supports it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Home = Annotated[
    Path | None,
    typer.Option(
        "--home", help="The folder of the library; by default QA_HOME, or your data folder."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@app.command(epilog='Example: qa ask "When is the summit?"')
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know, in a sentence.")],
    home: Home = None,
    json: Json = False,
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0.0, max=1.0, help="Answer from this confidence on (0 to 1); refuse below it."
        ),
    ] = None,
) -> None:
    """Answer one question from the documents, with the exact passages.

    A fresh library starts with the article that comes along. A refusal is an answer too: the exit
    status is 0, and "answered" is false in the JSON.
    """
    from qa.assistant import Assistant, checked
    from qa.seeds import open_seeded
    from qa.terminal import waiting

    checked(question)
    with _progress() as progress:
        library = open_seeded(home, progress=progress)
    with waiting("Reading ..."):
        answer = Assistant(library, threshold=threshold).ask(question)
    if json:
        _print_json(answer.to_dict())
    else:
        from qa.terminal import print_answer

        print_answer(answer)


@app.command(epilog="Example: qa add report.txt notes/")
def add(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders.")],
    home: Home = None,
    json: Json = False,
) -> None:
    """Add files, and the readable files in folders, to the library.

    A changed file replaces its old text; an unchanged one costs nothing. A file that cannot be
    read is named with its reason, the others go on, and the exit status is 1.
    """
    from index import Library

    with _progress() as progress:
        report = Library.open(home).add(paths, progress=progress)
    if json:
        _print_json(report.to_dict())
    else:
        from qa.terminal import print_report

        print_report(report)
    if report.failed:
        raise typer.Exit(1)


@app.command(epilog="Example: qa documents --json")
def documents(home: Home = None, json: Json = False) -> None:
    """List the documents in the library, with the ids that `qa remove` takes."""
    from index import Library

    held = Library.open(home).documents()
    if json:
        _print_json([document.to_dict() for document in held])
    else:
        from qa.terminal import print_documents

        print_documents(held)


@app.command(epilog="Example: qa remove notes/old.txt")
def remove(
    document: Annotated[str, typer.Argument(help="An id or a source, as `qa documents` shows it.")],
    home: Home = None,
    json: Json = False,
) -> None:
    """Remove a document from the library; its file stays where it is."""
    from index import Library

    library = Library.open(home)
    found = library.find(document)
    library.remove(found.document_id)
    if json:
        _print_json({"removed": found.document_id})
    else:
        typer.echo(f"Removed {found.title} ({found.source}).")


app.command("eval", epilog="Example: qa eval questions.jsonl --html report.html")(evaluate)


def main() -> None:
    """Run the command line; every expected error is one line on stderr and exit status 1."""
    for entry_point in entry_points(group="qa.commands"):
        app.command(entry_point.name, epilog=f"Example: qa {entry_point.name}")(entry_point.load())
    try:
        app()
    except QAError as error:
        typer.echo(f"qa: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.echo("qa: stopped", err=True)
        sys.exit(130)


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


@contextmanager
def _progress() -> Iterator[Callable[[Any], None]]:
    """A bar on stderr that shows itself once a library reports its first step."""
    from qa.terminal import adding_bar

    with adding_bar() as report:
        yield report
