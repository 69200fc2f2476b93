"""Where a conversation turns to another topic: the division of its turns that explains its words best.

Utiyama & Isahara, "A statistical model for domain-independent text segmentation" (ACL 2001): each segment
is taken to have words of its own, with Laplace's rule for their chances, and every boundary has a price;
the cheapest division of all is found by dynamic programming. What is ours: the telling words alone count,
and a boundary is cheaper where somebody says that they turn to something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import inf, log

from analyses.lexicons import phrases
from analyses.lexicons import words as listed
from analyses.local.talk import Spoken
from analyses.local.words import PhraseFinder, lowers, sentences

MOST_UNITS = 240  # the work grows with their square
MOST_UNIT_WORDS = 80  # telling ones, of each unit
PRICE = 3.0  # of a boundary, in logarithms of the words; chosen by analyses/training/boundary_price.py
TURN_DISCOUNT = 0.5  # where somebody announces another topic
OPENING_WORDS = 40
SUFFIXES = ("ations", "ation", "ments", "ment", "ings", "ing", "ies", "ied", "ers", "es", "ed", "ly", "s")
LEAST_STEM = 4


@dataclass(frozen=True, slots=True)
class Unit:
    """A run of turns that is not divided: its first and last place among the turns, and its stems."""

    first: int
    last: int
    stems: tuple[str, ...]
    announces: bool


def units_of(turns: Sequence[Spoken]) -> list[Unit]:
    """The turns as at most 240 units: single turns, or runs of about as many words each."""
    stems = [stems_of(turn.text) for turn in turns]
    whole = sum(map(len, stems))
    each = whole / MOST_UNITS if len(turns) > MOST_UNITS else 0.0
    units: list[Unit] = []
    first, words = 0, 0
    for place, own in enumerate(stems):
        words += len(own)
        is_last = place == len(turns) - 1
        if words >= each * (len(units) + 1) or is_last:
            run = [stem for some in stems[first : place + 1] for stem in some]
            units.append(Unit(first, place, tuple(run[:MOST_UNIT_WORDS]), _announces(turns[first].text)))
            first = place + 1
    return units


def begins_of(units: Sequence[Unit], price: float = PRICE) -> list[int]:
    """The places among the units at which segments begin; the first is 0.

    A segment of n words costs n·log(n + k) − Σ f·log(f + 1), where k is the number of different words of
    all and f how often each occurs in it; and the price of its beginning.
    """
    kinds = len({stem for unit in units for stem in unit.stems})
    total = sum(len(unit.stems) for unit in units)
    gains = [(f + 1) * log(f + 2) - f * log(f + 1) for f in range(total + 1)]
    toll = price * log(max(2, total))
    best, begin = [0.0] + [inf] * len(units), [0] * (len(units) + 1)
    for start, opening in enumerate(units):
        so_far = best[start] + toll * (TURN_DISCOUNT if opening.announces else 1.0)
        counts: dict[str, int] = {}
        words, fit = 0, 0.0
        for end in range(start, len(units)):
            for stem in units[end].stems:
                f = counts.get(stem, 0)
                counts[stem] = f + 1
                fit += gains[f]
            words += len(units[end].stems)
            cost = so_far + words * log(words + kinds + 1) - fit
            if cost < best[end + 1]:
                best[end + 1], begin[end + 1] = cost, start
    begins, end = [], len(units)
    while end > 0:
        end = begin[end]
        begins.append(end)
    return begins[::-1]


def stems_of(text: str) -> list[str]:
    """The telling words of a text without their commonest endings."""
    small = listed("small_words", "stopwords")
    telling = (word for word in lowers(text) if len(word) > 2 and word not in small)
    return [_stem(word) for word in telling if not word.isdigit()]


def announcement(text: str) -> str:
    """The first sentence that announces another topic, verbatim; the first of all where none does."""
    opening = [span.text for span in sentences(text[:2_000])] or [text]
    return next((one for one in opening if _announces(one)), opening[0])


def _stem(word: str) -> str:
    word = word.removesuffix("'s")
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= LEAST_STEM:
            return word.removesuffix(suffix)
    return word


def _announces(text: str) -> bool:
    return any(True for _ in _finder().find(lowers(text)[:OPENING_WORDS]))


@cache
def _finder() -> PhraseFinder:
    return PhraseFinder(phrases("turning_points", "turns"))
