"""Labels: how often one label of several was found right; accuracy, F1 of each, confusion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

Pair = tuple[str, str]
"""A gold label, and the predicted one."""


@dataclass(frozen=True, slots=True)
class LabelQuality:
    """Quality for one label, each 0…1; `support` is how often gold has it."""

    precision: float
    recall: float
    f1: float
    support: int


def quality(right: int, found: int, support: int) -> LabelQuality:
    """From counts: `right` of the `found` are among the `support` that gold has. No share of nothing is 0."""
    precision = right / found if found else 0.0
    recall = right / support if support else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return LabelQuality(precision, recall, f1, support)


def accuracy(pairs: Sequence[Pair]) -> float:
    """The share of pairs that agree; 0 for none."""
    return sum(gold == predicted for gold, predicted in pairs) / len(pairs) if pairs else 0.0


def label_qualities(pairs: Sequence[Pair]) -> dict[str, LabelQuality]:
    """Precision, recall and F1 of every label that gold has."""
    golds, predictions = Counter(gold for gold, _ in pairs), Counter(predicted for _, predicted in pairs)
    right = Counter(gold for gold, predicted in pairs if gold == predicted)
    return {label: quality(right[label], predictions[label], golds[label]) for label in sorted(golds)}


def macro_f1(pairs: Sequence[Pair]) -> float:
    """The mean of the F1 of every label that gold has, whatever its share; 0 for none."""
    qualities = label_qualities(pairs)
    return sum(one.f1 for one in qualities.values()) / len(qualities) if qualities else 0.0


def confusion(pairs: Sequence[Pair]) -> dict[str, dict[str, int]]:
    """Counts by gold label, then by predicted label."""
    table: dict[str, dict[str, int]] = {}
    for (gold, predicted), count in sorted(Counter(pairs).items()):
        table.setdefault(gold, {})[predicted] = count
    return table
