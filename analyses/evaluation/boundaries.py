"""Boundaries: how well a text was cut where its topic changes; both measures are errors, 0 the best.

A cut is given as one segment's name for each unit (turn or sentence), so `["a", "a", "b"]` has its one
boundary before the third. Names are compared within a side only.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence

Cut = Sequence[Hashable]


def pk(gold: Cut, found: Cut) -> float:
    """The share of windows whose two ends are said to be of one segment by one side and not by the other.

    Beeferman, Berger & Lafferty 1999; a window is half the mean length of gold's segments, at least 2
    units. Raises ValueError for cuts of different lengths or without a unit.
    """
    return _errors(gold, found, lambda ours, theirs: (ours > 0) != (theirs > 0))


def window_diff(gold: Cut, found: Cut) -> float:
    """The share of windows in which the two sides have different numbers of boundaries.

    Pevzner & Hearst 2002: near misses cost less than in `pk`, false alarms as much as misses. Raises as `pk`.
    """
    return _errors(gold, found, lambda ours, theirs: ours != theirs)


def cut_at(boundaries: Iterable[int], units: int) -> list[int]:
    """The cut of so many units whose segments begin at these places, counted from 0."""
    begins = set(boundaries)
    cut, segment = [], 0
    for place in range(units):
        segment += place in begins and place > 0
        cut.append(segment)
    return cut


def boundaries_of(cut: Cut) -> list[int]:
    """Where segments begin, the first one's beginning left out."""
    return [place for place in range(1, len(cut)) if cut[place] != cut[place - 1]]


def window_of(gold: Cut) -> int:
    """Half the mean length of gold's segments, in units; at least 2, at most what there is less one."""
    segments = len(boundaries_of(gold)) + 1
    return max(1, min(max(2, round(len(gold) / segments / 2)), len(gold) - 1))


def _errors(gold: Cut, found: Cut, differ: Callable[[int, int], bool]) -> float:
    if len(gold) != len(found) or not gold:
        raise ValueError("Two cuts of the same units are compared; these have different numbers, or none.")
    width, ours, theirs = window_of(gold), _running(found), _running(gold)
    starts = range(len(gold) - width)
    wrong = sum(differ(ours[at + width] - ours[at], theirs[at + width] - theirs[at]) for at in starts)
    return wrong / len(starts) if starts else 0.0


def _running(cut: Cut) -> list[int]:
    """How many boundaries stand before each unit, or at it."""
    count, running = 0, [0]
    for place in range(1, len(cut)):
        count += cut[place] != cut[place - 1]
        running.append(count)
    return running
