"""Categories: which of several a content has, any number of them at once; F1 of their presence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from analyses.evaluation.labels import LabelQuality, quality

Sets = tuple[Collection[str], Collection[str]]
"""The gold categories of one content, and those that were found."""


def category_qualities(rows: Sequence[Sets], *, at_least: int = 1) -> dict[str, LabelQuality]:
    """The quality of each category that gold has in `at_least` contents."""
    golds, found, right = (Counter[str]() for _ in range(3))
    for gold, predicted in rows:
        golds.update(set(gold))
        found.update(set(predicted))
        right.update(set(gold) & set(predicted))
    return {
        name: quality(right[name], found[name], support)
        for name, support in sorted(golds.items())
        if support >= at_least
    }


def category_macro_f1(rows: Sequence[Sets], *, at_least: int = 1) -> float:
    """The mean F1 of the presence of each category that gold has in `at_least` contents; 0 if none is."""
    qualities = category_qualities(rows, at_least=at_least)
    return sum(one.f1 for one in qualities.values()) / len(qualities) if qualities else 0.0


def category_micro_f1(rows: Sequence[Sets]) -> float:
    """F1 over all contents and categories together, so that frequent ones weigh more."""
    right = sum(len(set(gold) & set(found)) for gold, found in rows)
    return quality(right, sum(len(set(f)) for _, f in rows), sum(len(set(g)) for g, _ in rows)).f1
