"""The summary as tables in the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from qa.evaluation.compare import Comparison
from qa.evaluation.summary import MEANING, NAMES, Summary

KIND_FIGURES = ("answered", "right", "refused", "first_citation", "any_citation", "recall@5")


def print_summary(summary: Summary, comparison: Comparison | None, *, thresholds: bool) -> None:
    """The figures, by kind, what changed, and what each threshold trades."""
    console = Console(width=max(Console().width, 110))
    console.print(_overall(summary))
    if summary.by_kind:
        console.print(_by_kind(summary))
    if thresholds:
        console.print(_trades(summary))
    if comparison is not None:
        console.print(_differences(comparison))
        for word, ids in (
            ("right", comparison.became_right),
            ("wrong", comparison.became_wrong),
        ):
            console.print(f"became {word}: {', '.join(ids) or 'none'}", markup=False)


def _overall(summary: Summary) -> Table:
    table = Table("figure", title=f"Answered from confidence {summary.threshold:.2f} on", box=None)
    for heading in ("value", "95 %", "n"):
        table.add_column(heading, justify="right")
    table.add_column("what it is", style="dim")
    for name in NAMES:
        if name in summary.overall:
            figure = summary.overall[name]
            interval = f"{figure.low:.3f} to {figure.high:.3f}"
            table.add_row(name, f"{figure.value:.3f}", interval, str(figure.n), MEANING[name])
    return table


def _by_kind(summary: Summary) -> Table:
    table = Table("kind", title="By kind (questions)", box=None)
    for name in KIND_FIGURES:
        table.add_column(name, justify="right")
    for kind, figures in summary.by_kind.items():
        cells = [
            f"{figures[name].value:.3f} ({figures[name].n})" if name in figures else ""
            for name in KIND_FIGURES
        ]
        table.add_row(kind, *cells)
    return table


def _trades(summary: Summary) -> Table:
    table = Table("threshold", title="What each threshold trades", box=None)
    for heading in ("answerable answered", "unanswerable refused", "right among the answered"):
        table.add_column(heading, justify="right")
    for trade in summary.trades:
        shares = (trade.answered, trade.refused, trade.right_of_answered)
        cells = ["" if share is None else f"{share:.3f}" for share in shares]
        table.add_row(f"{trade.threshold:.2f}", *cells)
    return table


def _differences(comparison: Comparison) -> Table:
    title = (
        f"Against the earlier run ({comparison.shared}), "
        f"which answered from confidence {comparison.earlier_threshold:.2f} on"
    )
    table = Table("figure", title=title, box=None)
    for heading in ("change", "95 %", "up / same / down"):
        table.add_column(heading, justify="right")
    for name, d in comparison.differences.items():
        interval = f"{d.low:+.3f} to {d.high:+.3f}"
        counts = "" if d.up is None else f"{d.up} / {d.same} / {d.down}"
        table.add_row(name, f"{d.value:+.3f}", interval, counts)
    return table
