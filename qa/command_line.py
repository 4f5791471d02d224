"""The command line: `qa ask` and what is done to a library; the page adds `qa chat`."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from index.errors import QAError
from qa.evaluation.command import evaluate
from qa.printable import in_one_line

if TYPE_CHECKING:
    from index import AddReport, Library

app = typer.Typer(
    name="qa",
    help="Ask your documents; every statement of the answer carries the passage that supports it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Home = Annotated[
    str | None,
    typer.Option(
        "--home",
        help="The folder of the library, or the address of a Chroma server (http://host:8000); "
        "by default QA_HOME, or your data folder.",
    ),
]
Llm = Annotated[
    str | None,
    typer.Option(
        help="A language model to write the answer, checked against the passages: ollama:NAME, "
        "openai:NAME, gguf:PATH or none; by default QA_LLM, or none.",
    ),
]
LlmUrl = Annotated[
    str | None,
    typer.Option(
        help="Where the server of the model is, for openai:NAME any that speaks its protocol; "
        "by default QA_LLM_URL. The question and its passages are sent there.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"Cited QA {version('cited-qa')}")
        raise typer.Exit


@app.callback()
def options(
    is_wanted: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """What `qa` takes without a command."""


@app.command(epilog='Example: qa ask "When is the summit?"')
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know, in a sentence.")],
    home: Home = None,
    json: Json = False,
    sources: Annotated[
        list[str] | None,
        typer.Option(
            "--in", help='Answer only from these documents, by source: "reports/*"; repeatable.'
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0.0, max=1.0, help="Answer from this confidence on (0 to 1); refuse below it."
        ),
    ] = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
) -> None:
    """Answer one question from the documents, with the exact passages.

    A fresh library starts with the article that comes along. A refusal is an answer too: the exit
    status is 0, and "answered" is false in the JSON.
    """
    from qa.assistant import Assistant, checked
    from qa.language_model import language_model
    from qa.seeds import open_seeded
    from qa.terminal import waiting

    checked(question)
    model = language_model(llm, llm_url)
    with _progress() as progress:
        library = open_seeded(home, progress=progress)
    with waiting("Reading ..."):
        where = {"source": sources} if sources else None
        assistant = Assistant(library, threshold=threshold, llm=model or "none")
        answer = assistant.ask(question, where=where)
    if json:
        _print_json(answer.to_dict())
    else:
        from qa.terminal import print_answer

        print_answer(answer)


@app.command(epilog="Example: qa add report.pdf notes/")
def add(
    paths: Annotated[list[str], typer.Argument(help="Files and folders.")],
    home: Home = None,
    json: Json = False,
    glob: Annotated[
        str | None,
        typer.Option(help='Of folders, only files that fit, by name or path: "*.pdf".'),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on and follow every change until Ctrl+C.")
    ] = False,
) -> None:
    """Add files, and the readable files in folders, to the library.

    A changed file replaces its old text, an unchanged one costs nothing, and a document of the
    folder whose file is gone is removed. A file that cannot be read is named with its reason, the
    others go on, and the exit status is 1.
    """
    from index import Library

    library = Library.open(home)
    report = _added(library, paths, glob)
    _tell_report(report, json=json)
    if watch:
        from index.watching import changes

        typer.echo("Watching for changes (Ctrl+C stops it)", err=True)
        for _ in changes([Path(path) for path in paths]):
            report = _added(library, paths, glob)
            if report.added or report.replaced or report.removed:
                _tell_report(report, json=json)
    if report.failed:
        raise typer.Exit(1)


def _added(library: Library, paths: list[str], glob: str | None) -> AddReport:
    with _progress() as progress:
        return library.add(paths, glob=glob, progress=progress)


def _tell_report(report: AddReport, *, json: bool) -> None:
    if json:
        _print_json(report.to_dict())
    else:
        from qa.terminal import print_report

        print_report(report)


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
        typer.echo(in_one_line(f"Removed {found.title} ({found.source})."))


@app.command(epilog="Example: qa export library.qa.gz")
def export(
    file: Annotated[Path, typer.Argument(help="A file that is not there yet.")],
    home: Home = None,
) -> None:
    """Write the whole library into one file, for `qa import` elsewhere.

    From a folder to a server: `qa export l.gz`, then `qa import l.gz --home http://host:8000`.
    """
    from index import Library

    count = Library.open(home).export(file)
    typer.echo(f"Exported {count} {'document' if count == 1 else 'documents'} to {file}.")


@app.command("import", epilog="Example: qa import library.qa.gz --home http://localhost:8000")
def take_in(
    file: Annotated[Path, typer.Argument(help="A file that `qa export` wrote.")],
    home: Home = None,
    json: Json = False,
) -> None:
    """Add the documents of an exported library, without reading or embedding anything again."""
    from index import Library

    _tell_report(Library.open(home).take_in(file), json=json)


app.command("eval", epilog="Example: qa eval questions.jsonl --html report.html")(evaluate)


def main() -> None:
    """Run the command line; every expected error is one line on stderr and exit status 1."""
    for entry_point in entry_points(group="qa.commands"):
        command, name = entry_point.load(), entry_point.name
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name, epilog=f"Example: qa {name}")(command)
    try:
        _run()
    except QAError as error:
        _fail(str(error))
    except UnicodeEncodeError:
        if all(map(_is_text, sys.argv)):
            raise
        _fail("An argument is not UTF-8.")
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.ENOSPC):
            raise
        # Or Python would try to write the rest, and complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _fail(f"The output cannot be written: {error.strerror}.")
    except KeyboardInterrupt:
        typer.echo("qa: stopped", err=True)
        sys.exit(130)


def _run() -> None:
    try:
        app()
    finally:
        sys.stdout.flush()


def _fail(message: str) -> NoReturn:
    typer.echo(f"qa: {in_one_line(message)}", err=True)
    sys.exit(1)


def _is_text(argument: str) -> bool:
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


@contextmanager
def _progress() -> Iterator[Callable[[Any], None]]:
    """A bar on stderr that shows itself once a library reports its first step."""
    from qa.terminal import adding_bar

    with adding_bar() as report:
        yield report
