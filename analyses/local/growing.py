"""How a learner's texts change over time: mood, depth and part in conversations, and the trend of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from analyses.local.passages import GROWTH, KINDS, Passage, cues, passage_chances
from analyses.local.sentiment import overall, score_text
from analyses.local.talk import Spoken, counts_of
from analyses.local.words import lowers, sentences

OTHER: Passage = "other"
CUED = [kind for kind in KINDS if kind != OTHER]  # the kinds that have cues
LEAST_POINTS = 3
STEADY_BELOW = 0.1  # of change from the first point to the last, along the trend
CUED_FROM = 0.2  # chance of a kind of passage where one of its cues is met


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence with the item it stands in, the chance of what it does, and its feeling."""

    item: int
    text: str
    kind: Passage
    chance: float
    grows: bool
    feeling: float


def told_in(item: int, texts: Sequence[str], language: str, most: int) -> list[Told]:
    """What each sentence of an item's own words does, of each text at most so many."""
    found = []
    for text in texts:
        for span in sentences(text)[:most]:
            words = lowers(span.text)
            chances = passage_chances(span.text)
            cued = [kind for kind in CUED if chances[kind] >= CUED_FROM and cues(kind, words)]
            kind = max(cued, key=lambda one: chances[one], default=OTHER)
            feeling = overall(score_text(span.text, None, language))
            found.append(Told(item, span.text, kind, chances[kind], bool(cues(GROWTH, words)), feeling))
    return found


def slope(points: Sequence[tuple[float, float]]) -> float:
    """The change of y per unit of x: the median over all pairs (Theil 1950; Sen 1968), deaf to outliers."""
    slopes = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2) if x1 != x2]
    return median(slopes) if slopes else 0.0


def change_of(values: Sequence[float | None]) -> float | None:
    """How much a figure changes from the first item to the last, along its trend; None for under three."""
    points = [(float(place), value) for place, value in enumerate(values) if value is not None]
    if len(points) < LEAST_POINTS:
        return None
    return round(slope(points) * (points[-1][0] - points[0][0]), 4)


def share_of_words(turns: Sequence[Spoken], learner: str) -> float | None:
    """The learner's share of a conversation's words; None where they say nothing."""
    counts = counts_of(turns)
    own = sum(one.words for name, one in counts.items() if name.casefold() == learner.casefold())
    return round(own / sum(one.words for one in counts.values()), 4) if own else None
