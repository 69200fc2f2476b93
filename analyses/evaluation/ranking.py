"""Ranking: whether scores put things in the right order; the area under the ROC curve, rank correlation."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt


def auc(high: Sequence[float], low: Sequence[float]) -> float:
    """The chance that one of `high` outranks one of `low`, ties counted half (0.5 is chance).

    By ranks, ties averaged: Mann & Whitney 1947; Hanley & McNeil 1982. Raises ValueError for an empty side.
    """
    if not high or not low:
        raise ValueError("AUC needs at least one score on each side.")
    ranks = ranks_of([*high, *low])
    return (sum(ranks[: len(high)]) - len(high) * (len(high) + 1) / 2) / (len(high) * len(low))


def spearman(ones: Sequence[float], others: Sequence[float]) -> float:
    """The rank correlation, -1…1: Pearson's of the ranks, ties averaged (Spearman 1904).

    0 where either side is all alike, as nothing is ordered then.
    """
    return pearson(ranks_of(ones), ranks_of(others))


def pearson(ones: Sequence[float], others: Sequence[float]) -> float:
    """The linear correlation, -1…1; 0 where a side is all alike. Raises ValueError for unequal lengths."""
    if len(ones) != len(others):
        raise ValueError("A correlation needs two sides of one length.")
    if not ones:
        return 0.0
    one_mean, other_mean = sum(ones) / len(ones), sum(others) / len(others)
    together = sum((a - one_mean) * (b - other_mean) for a, b in zip(ones, others, strict=True))
    spread = sqrt(sum((a - one_mean) ** 2 for a in ones) * sum((b - other_mean) ** 2 for b in others))
    return together / spread if spread else 0.0


def ranks_of(values: Sequence[float]) -> list[float]:
    """The rank of each value from 1, equal values sharing their mean rank."""
    order = sorted(range(len(values)), key=lambda place: values[place])
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for place in order[start : end + 1]:
            ranks[place] = (start + end) / 2 + 1
        start = end + 1
    return ranks
