"""The two plots of the report, as SVG text that takes its colours from the page."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from qa.evaluation.summary import Summary

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# What is drawn in these colours, the page draws in its own: light or dark.
INK, LINE, GOOD = "#010203", "#040506", "#070809"
_PAGE = {INK: "var(--ink)", LINE: "var(--soft)", GOOD: "var(--good)"}
_STYLE: dict[Any, str] = {
    "svg.hashsalt": "cited-qa",  # the same run gives the same file
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": LINE,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
}


def risk_coverage_plot(summary: Summary) -> str:
    """The share of wrong answers over the share answered, as the threshold falls."""

    def draw(axes: Axes) -> None:
        x, y = zip(*summary.risk_coverage, strict=True)
        axes.step(x, y, where="pre", color=GOOD, linewidth=1.6)
        axes.set(xlabel="share answered (coverage)", ylabel="share wrong among them (risk)")
        axes.set(xlim=(0, 1.01), ylim=(0, None))

    return _svg(draw)


def reliability_plot(summary: Summary) -> str:
    """The reliability diagram: a point a bin, sized by its questions; the diagonal is ideal."""

    def draw(axes: Axes) -> None:
        largest = max(bin_.count for bin_ in summary.reliability)
        axes.plot([0, 1], [0, 1], color=LINE, linewidth=1, linestyle="--")
        x = [bin_.said for bin_ in summary.reliability]
        y = [bin_.right for bin_ in summary.reliability]
        axes.plot(x, y, color=GOOD, linewidth=1)
        axes.scatter(x, y, [60 * b.count / largest for b in summary.reliability], color=GOOD)
        axes.set(xlabel="confidence", ylabel="share right")
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))

    return _svg(draw)


def _svg(draw: Callable[[Axes], None]) -> str:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        canvas = Figure(figsize=(5, 3.4), layout="constrained")
        axes = canvas.subplots()
        axes.spines[["top", "right"]].set_visible(False)
        draw(axes)
        drawn = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        canvas.savefig(drawn, format="svg", transparent=True, metadata=nothing)
    svg = drawn.getvalue()
    for colour, variable in _PAGE.items():
        svg = svg.replace(colour, variable)
    return svg[svg.index("<svg") :]
