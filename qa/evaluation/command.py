"""`qa eval`: run a question set, show the figures, compare, and stop a release that got worse."""

from __future__ import annotations

import json as json_text
import math
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.errors import QAError

if TYPE_CHECKING:
    from index import Library
    from qa.evaluation.compare import Comparison
    from qa.evaluation.questions import TestQuestion
    from qa.evaluation.results import Result
    from qa.evaluation.run_file import RunSettings
    from qa.evaluation.summary import Summary
    from qa.language_model import LanguageModel


# What the evaluation needs beyond the program itself; pyproject.toml, "eval".
EXTRA = ("matplotlib", "pytrec_eval", "sklearn")


class EvaluationError(QAError):
    """The evaluation cannot be made as asked; said before the first question is asked."""


def evaluate(
    questions: Annotated[Path, typer.Argument(help="A question set, .jsonl or .csv.")],
    documents: Annotated[
        list[str] | None,
        typer.Option(help="Ask over these files and folders alone, in a library of their own."),
    ] = None,
    home: Annotated[
        str | None,
        typer.Option(
            help="The folder of the library, or the address of a Chroma server; by default "
            "QA_HOME, or your data folder."
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Answer from this confidence on; by default as ask."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="Keep each result here; started again, it goes on there.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a report to read, in one file.")] = None,
    compare: Annotated[
        Path | None,
        typer.Option(help="An earlier --output, at its own threshold, to show what changed."),
    ] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(metavar="FIGURE=VALUE", help="Exit with 1 when a figure is below; repeat."),
    ] = None,
    llm: Annotated[
        str | None,
        typer.Option(help="A language model to write the answers, as with ask."),
    ] = None,
    llm_url: Annotated[str | None, typer.Option(help="Where its server is, as with ask.")] = None,
    thresholds: Annotated[
        bool, typer.Option("--thresholds", help="Also show what each threshold trades.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Measure retrieval, citations, refusals and confidence on a question set.

    A set has id, question, answers (none: not in the documents), document or documents, and if
    you like kind, history and parts. Each figure comes with its 95 % bootstrap interval.
    """
    require_extra()
    from qa.confidence import fitted_confidence
    from qa.evaluation.compare import compare as compared
    from qa.evaluation.questions import load_questions
    from qa.evaluation.run_file import RunSettings, load_run, load_settings
    from qa.evaluation.summary import summarise
    from qa.language_model import NONE, language_model

    model = language_model(llm, llm_url)
    floors = _floors(fail_under or [])
    asked = load_questions(questions)[:limit]
    earlier = None if compare is None else (load_run(compare), load_settings(compare))
    least = fitted_confidence().threshold if threshold is None else threshold
    for path in filter(None, (output, html)):
        _check_folder(path)
    with _library(documents, home) as library:
        _name_missing(asked, library)
        results = _run(asked, library, model, least, output)
    summary = summarise(results, least)
    comparison, before = None, None
    if earlier is not None:
        before = earlier[1]
        comparison = compared(results, earlier[0], least, before.threshold)
    if html is not None:
        settings = RunSettings(least, writer=model.name if model else NONE)
        _write_report(html, results, summary, comparison, settings, before)
    if json:
        told = asdict(summary) | {"comparison": asdict(comparison) if comparison else None}
        typer.echo(json_text.dumps(told, ensure_ascii=False, indent=2))
    else:
        from qa.evaluation.tables import print_summary

        print_summary(summary, comparison, thresholds=thresholds)
    _gate(summary, floors)


def require_extra() -> None:
    """Raises EvaluationError with how to install what an evaluation needs."""
    for name in EXTRA:
        if find_spec(name) is None:
            raise EvaluationError(
                f"The evaluation needs {name}, which is not installed: pip install 'cited-qa[eval]'"
            )


def _check_folder(path: Path) -> None:
    if path.is_dir():
        raise EvaluationError(f"{path} is a folder; name a file in it.")
    if not path.parent.is_dir():
        raise EvaluationError(f"{path} cannot be written: there is no folder {path.parent}")


@contextmanager
def _library(documents: Sequence[str] | None, home: str | None) -> Iterator[Library]:
    from index import Library
    from qa.seeds import open_seeded
    from qa.terminal import adding_bar

    with tempfile.TemporaryDirectory() as folder, adding_bar() as progress:
        if not documents:
            yield open_seeded(home, progress=progress)
            return
        library = Library.open(home or folder)
        report = library.add(documents, progress=progress)
        for failure in report.failed:
            typer.echo(f"qa: {failure.source}: {failure.reason}", err=True)
        if not library.documents():
            raise EvaluationError("There is no document to ask; look at --documents.")
        yield library


def _name_missing(asked: Sequence[TestQuestion], library: Library) -> None:
    """Say which documents of the set are not there: their questions cannot be answered."""
    held = {d.source for d in library.documents()}
    held |= {Path(source).name for source in held}
    wanted = dict.fromkeys(name for question in asked for name in question.documents)
    missing = [name for name in wanted if name not in held]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        typer.echo(f"qa: the library does not hold {missing[0]}{more}", err=True)


def _run(
    asked: Sequence[TestQuestion],
    library: Library,
    model: LanguageModel | None,
    threshold: float,
    output: Path | None,
) -> list[Result]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from qa.evaluation.run import evaluate

    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("", total=len(asked))
        return evaluate(
            asked,
            library,
            llm=model,
            threshold=threshold,
            kept=output,
            progress=lambda done: bar.update(task, completed=done),
        )


def _write_report(
    path: Path,
    results: Sequence[Result],
    summary: Summary,
    comparison: Comparison | None,
    settings: RunSettings,
    earlier: RunSettings | None,
) -> None:
    from qa.evaluation.report import report

    try:
        page = report(results, summary, comparison, settings=settings, earlier=earlier)
        path.write_text(page, encoding="utf-8", errors="replace")
    except OSError as error:
        raise EvaluationError(f"{path} cannot be written: {error.strerror or error}") from error


def _floors(conditions: Sequence[str]) -> dict[str, float]:
    from qa.evaluation.summary import HIGHER_IS_BETTER

    floors: dict[str, float] = {}
    for condition in conditions:
        name, _, value = condition.partition("=")
        if name not in HIGHER_IS_BETTER:
            names = ", ".join(HIGHER_IS_BETTER)
            raise EvaluationError(f"There is no figure {name!r} to guard; there are: {names}.")
        try:
            floors[name] = float(value)
        except ValueError:
            floors[name] = math.nan
        if not math.isfinite(floors[name]):
            raise EvaluationError(f"{condition!r} is not of the form FIGURE=VALUE.")
    return floors


def _gate(summary: Summary, floors: dict[str, float]) -> None:
    below = False
    for name, floor in floors.items():
        figure = summary.overall.get(name)
        if figure is None or figure.value < floor:
            value = "not measured" if figure is None else f"{figure.value:.3f}"
            typer.echo(f"qa: {name} is {value}, below {floor:g}", err=True)
            below = True
    if below:
        raise typer.Exit(1)
