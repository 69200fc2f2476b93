"""Distance: how far numbers lie from the labelled ones, in the label's own unit."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

Numbers = Sequence[tuple[float, float]]
"""Pairs of a gold number and the found one."""


def mean_absolute_error(pairs: Numbers) -> float:
    """The mean of |found − gold|; 0 for none."""
    return sum(abs(found - gold) for gold, found in pairs) / len(pairs) if pairs else 0.0


def root_mean_squared_error(pairs: Numbers) -> float:
    """The root of the mean of (found − gold)²: large errors weigh more; 0 for none."""
    return sqrt(sum((found - gold) ** 2 for gold, found in pairs) / len(pairs)) if pairs else 0.0
