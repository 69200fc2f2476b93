"""Overlap of texts: ROUGE-L for summaries, token F1 for quoted evidence.

Both compare words in lower case, as letters and digits only: punctuation, accents and word forms stay as
they are. So figures are comparable with each other, not with tools that stem.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

MOST_WORDS = 5_000  # of a text that is compared; what comes after is not looked at
_WORD = re.compile(r"[^\W_]+")


class Overlap(NamedTuple):
    """How much of what was found is in gold (precision), how much of gold was found (recall); 0…1."""

    precision: float
    recall: float
    f1: float


def words_of(text: str) -> list[str]:
    """The first 5,000 words of a text, in lower case."""
    return [found.group() for found, _ in zip(_WORD.finditer(text.lower()), range(MOST_WORDS), strict=False)]


def rouge_l(found: str, *references: str) -> Overlap:
    """ROUGE-L of a summary: by the longest common subsequence of words with a human one (Lin 2004, §3.1).

    F1 weighs precision and recall alike (β = 1). Of several references the one with the best F1 counts, as
    in Lin 2004, §2.1. Raises ValueError without a reference.
    """
    if not references:
        raise ValueError("ROUGE-L needs at least one reference.")
    own = words_of(found)
    overlaps = [_of_counts(common_words(own, ref), len(own), len(ref)) for ref in map(words_of, references)]
    return max(overlaps, key=lambda one: one.f1)


def common_words(ones: Sequence[str], others: Sequence[str]) -> int:
    """The length of the longest common subsequence, by Hyyrö's bit-parallel algorithm (2004).

    Bit i of `row` is 0 where the i-th of `ones` lengthens the subsequence, so the zeros are counted.
    """
    places: dict[str, int] = {}
    for place, word in enumerate(ones):
        places[word] = places.get(word, 0) | 1 << place
    full = (1 << len(ones)) - 1
    row = full
    for word in others:
        matched = row & places.get(word, 0)
        row = (row + matched | row - matched) & full
    return len(ones) - row.bit_count()


def token_overlap(found: Sequence[str], gold: Sequence[str]) -> Overlap:
    """How far quotes cover the labelled ones: F1 over the words of all of them, each as often as it stands.

    For one quote on each side it is SQuAD's (Rajpurkar et al. 2016); where gold has none, finding none is
    right and finding any is wrong (Rajpurkar et al. 2018).
    """
    ours = Counter(word for quote in found for word in words_of(quote))
    theirs = Counter(word for quote in gold for word in words_of(quote))
    if not ours and not theirs:
        return Overlap(1.0, 1.0, 1.0)
    return _of_counts((ours & theirs).total(), ours.total(), theirs.total())


def _of_counts(common: int, found: int, gold: int) -> Overlap:
    if not common:
        return Overlap(0.0, 0.0, 0.0)
    precision, recall = common / found, common / gold
    return Overlap(precision, recall, 2 * precision * recall / (precision + recall))
