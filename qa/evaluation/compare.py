"""Two runs of the same questions, compared question by question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.evaluation.run import Result, RunError
from qa.evaluation.summary import BY_QUESTION, RESAMPLES, SEED, measured


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean change of a measure, now minus earlier, with its 95 % paired bootstrap interval.

    `up`, `same` and `down` count the questions whose measure rose, stayed or fell.
    """

    value: float
    low: float
    high: float
    up: int
    same: int
    down: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences by measure, and the ids of the questions that flipped."""

    differences: dict[str, Difference]
    became_right: tuple[str, ...]
    became_wrong: tuple[str, ...]


def compare(now: Sequence[Result], earlier: Sequence[Result], threshold: float) -> Comparison:
    """What changed over the questions that both runs share; raises RunError when there is none."""
    before = {result.question.id: result for result in earlier}
    pairs = [(r, before[r.question.id]) for r in now if r.question.id in before]
    if not pairs:
        raise RunError("The earlier run has none of these questions; there is nothing to compare.")
    differences = {
        name: difference
        for name in BY_QUESTION
        if (difference := _difference(pairs, name, threshold)) is not None
    }
    flipped = [(r.question.id, is_right(r, threshold), is_right(e, threshold)) for r, e in pairs]
    return Comparison(
        differences,
        tuple(id_ for id_, after, was in flipped if after and was is False),
        tuple(id_ for id_, after, was in flipped if was and after is False),
    )


def is_right(result: Result, threshold: float) -> bool | None:
    """Rightly answered or rightly refused; `None` where the gold answer is a free text."""
    name = "right" if result.question.is_answerable else "refused"
    value = measured(result, name, threshold)
    return None if value is None else bool(value)


def _difference(
    pairs: Sequence[tuple[Result, Result]], name: str, threshold: float
) -> Difference | None:
    import numpy as np

    both = [(measured(a, name, threshold), measured(b, name, threshold)) for a, b in pairs]
    changes = np.array([a - b for a, b in both if a is not None and b is not None])
    if not len(changes):
        return None
    draws = np.random.default_rng(SEED).integers(0, len(changes), (RESAMPLES, len(changes)))
    low, high = np.quantile(changes[draws].mean(axis=1), (0.025, 0.975))
    return Difference(
        value=float(changes.mean()),
        low=float(low),
        high=float(high),
        up=int((changes > 0).sum()),
        same=int((changes == 0).sum()),
        down=int((changes < 0).sum()),
    )
