"""The report: one HTML file that needs nothing else, to read every question and its evidence."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from qa.evaluation.compare import Comparison, Difference
from qa.evaluation.results import Quoted, Result
from qa.evaluation.run_file import RunSettings
from qa.evaluation.summary import MEANING, NAMES, Figure, Summary

STYLE = Path(__file__).with_name("report.css")
_FILTER = """
for (const choice of document.querySelectorAll("select")) choice.onchange = () => {
  const [kind, outcome] = [...document.querySelectorAll("select")].map((c) => c.value);
  for (const a of document.querySelectorAll("article"))
    a.hidden = (kind && a.dataset.kind !== kind) || (outcome && a.dataset.outcome !== outcome);
};
"""


def report(
    results: Sequence[Result],
    summary: Summary,
    comparison: Comparison | None = None,
    *,
    settings: RunSettings,
    earlier: RunSettings | None = None,
) -> str:
    """The whole page; every text from outside is escaped.

    `settings` say how this run answered, and `earlier` how the one compared with did.
    """
    sections = [
        f"<h1>Evaluation of {_extent(len(results), settings)}</h1>",
        f'<p class="headline">{_headline(results, summary.threshold)}</p>',
        f'<p class="lead">{_answered(settings, summary.threshold)} Each figure comes with its '
        "95 % interval over resampled questions.</p>",
        _differences(comparison, earlier or RunSettings()) if comparison else "",
        "<h2>Figures</h2>",
        _figures(summary),
        "<h2>By kind</h2>",
        _by_kind(summary),
        "<h2>Confidence</h2>",
        _confidence(summary),
        "<h2>What each threshold trades</h2>",
        _trades(summary),
        "<h2>Questions, worst first</h2>",
        _filters(results, summary.threshold),
        *(_question(result, summary.threshold) for result in worst_first(results, summary)),
    ]
    style = STYLE.read_text(encoding="utf-8")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Evaluation</title><style>{style}</style></head>"
        f"<body>{''.join(sections)}<script>{_FILTER}</script></body></html>\n"
    )


def _extent(asked: int, settings: RunSettings) -> str:
    whole = settings.questions or asked
    done = _count(whole, "question")
    return done if asked >= whole else f"{done}, stopped after {asked}"


def _headline(results: Sequence[Result], threshold: float) -> str:
    """What came of the questions, in plain words; those that only a reader could judge apart."""
    answerable = [r.is_right(threshold) for r in results if r.question.is_answerable]
    judged = [right for right in answerable if right is not None]
    others = [r.is_right(threshold) for r in results if not r.question.is_answerable]
    parts = []
    if judged:
        asked = _count(len(judged), "answerable question")
        parts.append(f"{sum(judged)} of {asked} answered rightly")
    if others:
        noun = "others" if judged else "questions that the documents do not answer"
        parts.append(f"{sum(map(bool, others))} of {len(others)} {noun} refused")
    if len(judged) < len(answerable):
        parts.append(f"{len(answerable) - len(judged)} with a free text to compare by hand")
    return "; ".join(parts) + "."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _answered(settings: RunSettings, threshold: float) -> str:
    """The settings in a sentence; a run that does not say its threshold was taken at this one."""
    return f"Answered {html.escape(replace(settings, threshold=threshold).told())}."


def worst_first(results: Sequence[Result], summary: Summary) -> list[Result]:
    """Wrong answers by falling confidence, wrong refusals, then what is right."""

    def badness(result: Result) -> tuple[bool, bool, float]:
        is_wrong = result.is_right(summary.threshold) is False
        return not is_wrong, not result.is_answered(summary.threshold), -result.confidence

    return sorted(results, key=badness)


def _figures(summary: Summary) -> str:
    rows = [
        f"<tr><td>{name}</td>{_cells(summary.overall[name])}<td>{MEANING[name]}</td></tr>"
        for name in NAMES
        if name in summary.overall
    ]
    head = '<th>figure</th><th class="n">value</th><th class="n">95 %</th><th class="n">n</th>'
    return _table(f"{head}<th>what it is</th>", rows, name="figures")


def _cells(figure: Figure) -> str:
    interval = f"{figure.low:.3f} to {figure.high:.3f}"
    values = (f"{figure.value:.3f}", interval, str(figure.n))
    return "".join(f'<td class="n">{value}</td>' for value in values)


def _by_kind(summary: Summary) -> str:
    names = ("answered", "right", "refused", "first_citation", "any_citation", "recall@5")
    head = "".join(f'<th class="n">{name}</th>' for name in names)
    rows = []
    for kind, figures in summary.by_kind.items():
        values = [
            f"{figures[name].value:.3f} ({figures[name].n})" if name in figures else ""
            for name in names
        ]
        cells = "".join(f'<td class="n">{value}</td>' for value in values)
        rows.append(f"<tr><td>{html.escape(kind)}</td>{cells}</tr>")
    return _table(f"<th>kind</th>{head}", rows)


def _trades(summary: Summary) -> str:
    rows = []
    for trade in summary.trades:
        shares = (trade.answered, trade.refused, trade.right_of_answered)
        cells = "".join(
            f'<td class="n">{"" if share is None else f"{share:.3f}"}</td>' for share in shares
        )
        rows.append(f"<tr><td>{trade.threshold:.2f}</td>{cells}</tr>")
    head = "".join(
        f'<th class="n">{name}</th>'
        for name in ("answerable answered", "unanswerable refused", "right among the answered")
    )
    return _table(f"<th>threshold</th>{head}", rows)


def _differences(comparison: Comparison, earlier: RunSettings) -> str:
    rows = [
        f'<tr><td>{name}</td><td class="n">{d.value:+.3f}</td>'
        f'<td class="n">{d.low:+.3f} to {d.high:+.3f}</td>'
        f'<td class="n">{_counts(d)}</td></tr>'
        for name, d in comparison.differences.items()
    ]
    flipped = (
        f"<p>Became right: {html.escape(', '.join(comparison.became_right)) or 'none'}.<br>"
        f"Became wrong: {html.escape(', '.join(comparison.became_wrong)) or 'none'}.</p>"
    )
    head = '<th>figure</th><th class="n">change</th><th class="n">95 %</th>'
    table = _table(f'{head}<th class="n">up / same / down</th>', rows)
    settings = _answered(earlier, comparison.earlier_threshold)
    shared = comparison.shared
    both = f"{_count(shared, 'question')} {'stands' if shared == 1 else 'stand'}"
    lead = f"<p>The earlier run: {settings} {both} in both.</p>"
    return f"<h2>Against the earlier run</h2>{lead}{flipped}{table}"


def _counts(difference: Difference) -> str:
    d = difference
    return "" if d.up is None else f"{d.up} / {d.same} / {d.down}"


def _table(head: str, rows: Sequence[str], *, name: str = "") -> str:
    named = f' class="{name}"' if name else ""
    return f'<div class="scroll"><table{named}><tr>{head}</tr>{"".join(rows)}</table></div>'


def _confidence(summary: Summary) -> str:
    from qa.evaluation.plots import reliability_plot, risk_coverage_plot

    if not summary.reliability:
        return "<p>No question has a gold answer that a quote could hold.</p>"
    plots = (
        ("Risk and coverage", risk_coverage_plot(summary)),
        ("Reliability", reliability_plot(summary)),
    )
    drawn = "".join(
        f'<figure role="img" aria-label="{name}"><figcaption>{name}</figcaption>{svg}</figure>'
        for name, svg in plots
    )
    return f'<div class="plots">{drawn}</div>{_reliability(summary)}'


def _reliability(summary: Summary) -> str:
    rows = [
        f'<tr><td class="n">{bin_.count}</td><td class="n">{bin_.said:.3f}</td>'
        f'<td class="n">{bin_.right:.3f}</td></tr>'
        for bin_ in summary.reliability
    ]
    names = ("questions", "mean confidence", "share right")
    head = "".join(f'<th class="n">{name}</th>' for name in names)
    return f"<details><summary>reliability table</summary>{_table(head, rows)}</details>"


def _filters(results: Sequence[Result], threshold: float) -> str:
    kinds = sorted({result.question.kind for result in results})
    outcomes = sorted({_outcome(result, threshold) for result in results})
    return (
        f'<div class="filters"><label>Kind {_choice(kinds)}</label>'
        f"<label>Outcome {_choice(outcomes)}</label></div>"
    )


def _choice(values: Sequence[str]) -> str:
    options = "".join(f"<option>{html.escape(value)}</option>" for value in values if value)
    return f'<select><option value="">all</option>{options}</select>'


def _outcome(result: Result, threshold: float) -> str:
    was_right = result.is_right(threshold)
    done = "answered" if result.is_answered(threshold) else "refused"
    return done if was_right is None else f"{'rightly' if was_right else 'wrongly'} {done}"


def _question(result: Result, threshold: float) -> str:
    asked = result.question
    outcome = _outcome(result, threshold)
    gold = " · ".join(asked.answers) or "not in the documents"
    history = "".join(
        f"<p class='meta'>before: {html.escape(q)} → {html.escape(a)}</p>" for q, a in asked.history
    )
    quotes = "".join(_quote(citation, asked.answers) for citation in result.citations)
    nearest = "".join(_quote(passage, asked.answers) for passage in result.nearest)
    would = "Answer" if result.is_answered(threshold) else "Withheld"
    return (
        f'<article class="{_class(outcome)}" '
        f'data-kind="{html.escape(asked.kind)}" data-outcome="{outcome}">'
        f"<h3>{html.escape(asked.question)}</h3>{history}"
        f'<p class="meta">{html.escape(asked.id)} · {html.escape(asked.kind)} · {outcome} · '
        f"confidence {result.confidence:.2f} · {result.seconds:.2f} s</p>"
        f"<p>Gold: {html.escape(gold)}</p><p>{would}: {html.escape(result.text)}</p>{quotes}"
        f"<details><summary>nearest passages</summary>{nearest}</details></article>"
    )


def _class(outcome: str) -> str:
    return next((word for word in ("wrong", "right") if outcome.startswith(word)), "unjudged")


def _quote(quoted: Quoted, answers: Sequence[str]) -> str:
    """The quote with its gold answer marked, where it stands there word for word."""
    text = quoted.quote
    at, gold = next(
        ((text.lower().find(a.lower()), a) for a in answers if a and a.lower() in text.lower()),
        (-1, ""),
    )
    shown = (
        html.escape(text)
        if at < 0
        else f"{html.escape(text[:at])}<mark>{html.escape(text[at : at + len(gold)])}</mark>"
        f"{html.escape(text[at + len(gold) :])}"
    )
    page = "" if quoted.page is None else f", p. {quoted.page}"
    where = html.escape(f"{quoted.title} ({Path(quoted.source).name}{page})")
    return f"<blockquote>{shown}<cite>{where} · {quoted.score:.2f}</cite></blockquote>"
