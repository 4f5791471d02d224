"""Two runs of the same questions, compared question by question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.evaluation.results import Result
from qa.evaluation.run_file import RunError
from qa.evaluation.summary import BY_QUESTION, OVER_A_SET, interval, measured, resamples

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Pairs = Sequence[tuple[Result, Result]]


@dataclass(frozen=True, slots=True)
class Difference:
    """The change of a figure, now minus earlier, with its 95 % paired bootstrap interval.

    `up`, `same` and `down` count the questions whose measure rose, stayed or fell; they are
    `None` for a figure that only a set of questions has, such as the AUROC.
    """

    value: float
    low: float
    high: float
    up: int | None = None
    same: int | None = None
    down: int | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences by figure over the `shared` questions, and the ids of those that flipped.

    The earlier run is taken at `earlier_threshold`.
    """

    shared: int
    earlier_threshold: float
    differences: dict[str, Difference]
    became_right: tuple[str, ...]
    became_wrong: tuple[str, ...]


def compare(
    now: Sequence[Result],
    earlier: Sequence[Result],
    threshold: float,
    earlier_threshold: float | None = None,
) -> Comparison:
    """What changed, each run taken at its own threshold; by default both at the same.

    Only questions that are the same in both, with their gold answers, are compared; raises
    RunError when there is none.
    """
    before = {result.question.id: result for result in earlier}
    pairs = [(r, before[r.question.id]) for r in now if r.question.id in before]
    pairs = [(after, was) for after, was in pairs if after.question == was.question]
    if not pairs:
        raise RunError("The earlier run has none of these questions; there is nothing to compare.")
    least = threshold if earlier_threshold is None else earlier_threshold
    found = {name: _of_questions(pairs, name, threshold, least) for name in BY_QUESTION}
    found |= {name: _of_set(pairs, name) for name in OVER_A_SET}
    flipped = [(r.question.id, r.is_right(threshold), was.is_right(least)) for r, was in pairs]
    return Comparison(
        len(pairs),
        least,
        {name: difference for name, difference in found.items() if difference is not None},
        tuple(id_ for id_, after, was in flipped if after and was is False),
        tuple(id_ for id_, after, was in flipped if was and after is False),
    )


def _of_questions(
    pairs: Pairs, name: str, threshold: float, earlier_threshold: float
) -> Difference | None:
    import numpy as np

    both = [(measured(a, name, threshold), measured(b, name, earlier_threshold)) for a, b in pairs]
    changes = np.array([a - b for a, b in both if a is not None and b is not None])
    if not len(changes):
        return None
    return Difference(
        float(changes.mean()),
        *interval(changes[resamples(len(changes))].mean(axis=1)),
        up=int((changes > 0).sum()),
        same=int((changes == 0).sum()),
        down=int((changes < 0).sum()),
    )


def _of_set(pairs: Pairs, name: str) -> Difference | None:
    """The same questions are drawn from both runs; resamples without the figure are left out."""
    import numpy as np

    measure = OVER_A_SET[name]
    said, true = map(np.array, measure.eligible([after for after, _ in pairs]))
    said_before, true_before = map(np.array, measure.eligible([was for _, was in pairs]))

    def change(draw: NDArray[np.intp]) -> float | None:
        after = measure.resampled(said[draw], true[draw])
        was = measure.resampled(said_before[draw], true_before[draw])
        return None if after is None or was is None else after - was

    value = change(np.arange(len(said)))
    if value is None:
        return None
    drawn = map(change, resamples(len(said)))
    return Difference(value, *interval([moved for moved in drawn if moved is not None]))
