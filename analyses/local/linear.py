"""Small trained models: a weight per named feature and label, read from a text file, applied by addition.

They are logistic and ridge regressions fitted by the scripts in analyses/training; what each was fitted
on, and how good it is, stands in the card beside its weights (analyses/weights/NAME.md).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import exp

BIAS = "bias"


@dataclass(frozen=True, slots=True)
class Linear:
    """`weights[feature]` has one number per label; the feature `bias` is there in every text."""

    labels: tuple[str, ...]
    weights: Mapping[str, tuple[float, ...]]

    def contributions(self, features: Mapping[str, float], label: str) -> dict[str, tuple[float, float]]:
        """For each feature the model knows: its value and its weight towards `label`."""
        at = self.labels.index(label)
        known = {BIAS: 1.0, **{name: value for name, value in features.items() if name in self.weights}}
        return {name: (value, self.weights[name][at]) for name, value in known.items()}

    def score(self, features: Mapping[str, float], label: str) -> float:
        """The sum for one label, unbounded."""
        return sum(value * weight for value, weight in self.contributions(features, label).values())

    def probability(self, features: Mapping[str, float], label: str) -> float:
        """The chance of `label` against its absence (logistic), for a model that tells yes from no."""
        return 1 / (1 + exp(-max(-30.0, min(30.0, self.score(features, label)))))

    def probabilities(self, features: Mapping[str, float]) -> dict[str, float]:
        """The chance of each label, of which exactly one is right (softmax)."""
        scores = {label: self.score(features, label) for label in self.labels}
        most = max(scores.values())
        raised = {label: exp(score - most) for label, score in scores.items()}
        whole = sum(raised.values())
        return {label: value / whole for label, value in raised.items()}


@cache
def load(name: str) -> Linear:
    """The model in analyses/weights/`name`.json."""
    told = json.loads(resources.files("analyses.weights").joinpath(f"{name}.json").read_text("utf-8"))
    return Linear(tuple(told["labels"]), {key: tuple(row) for key, row in told["weights"].items()})
