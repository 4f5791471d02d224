"""Confidence: the probability that the quoted evidence answers the question.

Two plain logistic models look at the two ways to be wrong, and both have to agree: relevance (is
this about the question at all?) and fidelity (does it say what the question says, or was a name,
a year, a number or the sense changed?). The log-odds that both hold are brought to a calibrated
probability by a third one with a single input. The coefficients stand in confidence.json, written
by tests/benchmarks/fit_confidence.py, which says how they were fitted and how good they are.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

COEFFICIENTS = Path(__file__).with_name("confidence.json")
# Added to the fidelity's log-odds: most questions are asked in good faith.
GOOD_FAITH = 1.0


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic model: log-odds = intercept + the sum of weight times signal."""

    intercept: float
    weights: Mapping[str, float]

    def log_odds(self, signals: Mapping[str, float]) -> float:
        """The log-odds, from signals by name; KeyError when one is missing."""
        return self.intercept + sum(w * signals[name] for name, w in self.weights.items())


@dataclass(frozen=True, slots=True)
class Confidence:
    """Signals to a probability; `threshold` is the default below which a question is refused."""

    relevance: Logistic
    fidelity: Logistic
    scale: float
    shift: float
    threshold: float

    def __call__(self, signals: Mapping[str, float]) -> float:
        """The probability, 0 to 1."""
        return sigmoid(self.scale * self.joint(signals) + self.shift)

    def joint(self, signals: Mapping[str, float]) -> float:
        """The log-odds that the evidence is relevant and faithful, as if these were independent."""
        probability = sigmoid(self.relevance.log_odds(signals)) * sigmoid(
            self.fidelity.log_odds(signals) + GOOD_FAITH
        )
        probability = min(max(probability, 1e-12), 1 - 1e-12)
        return math.log(probability / (1 - probability))

    def to_dict(self) -> dict[str, object]:
        """The coefficients as confidence.json holds them."""
        return {
            "relevance": _told(self.relevance),
            "fidelity": _told(self.fidelity),
            "scale": self.scale,
            "shift": self.shift,
            "threshold": self.threshold,
        }


@cache
def fitted_confidence() -> Confidence:
    """The model with the coefficients that come along."""
    told = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
    return Confidence(
        Logistic(**told["relevance"]),
        Logistic(**told["fidelity"]),
        told["scale"],
        told["shift"],
        told["threshold"],
    )


def sigmoid(x: float) -> float:
    """The logistic function, 0 to 1."""
    return 1 / (1 + math.exp(-x)) if x >= 0 else 1 - 1 / (1 + math.exp(x))


def _told(model: Logistic) -> dict[str, object]:
    return {"intercept": model.intercept, "weights": dict(model.weights)}
