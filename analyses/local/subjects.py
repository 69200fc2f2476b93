"""What the segments of a conversation are about, how well each holds together, how far they are apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, sqrt

from analyses.local.keywords import keywords
from analyses.local.segments import Unit, begins_of, stems_of, units_of
from analyses.local.talk import Spoken
from analyses.local.wording import characteristic
from analyses.local.words import lowers

ALIKE = 0.35  # cosine of two segments that are about the same
NAME_WORDS, MOST_KEYWORDS = 3, 6
UNNAMED = "small talk"  # a segment in which nothing is told


@dataclass(frozen=True, slots=True)
class Subject:
    """One segment: its turns, its topic with the words that tell it, and how well it holds together, 0…1."""

    turns: Sequence[Spoken]
    topic: str
    keywords: tuple[str, ...]
    coherence: float


def subjects_of(turns: Sequence[Spoken]) -> list[Subject]:
    """The conversation as segments, each with a topic; segments about the same have the same topic."""
    units = units_of(turns)
    begins = [*begins_of(units), len(units)]
    runs = [units[start:end] for start, end in pairwise(begins)]
    groups = _groups(_vectors(runs))
    words = _keywords(turns, runs, groups)
    return [
        Subject(
            turns=turns[run[0].first : run[-1].last + 1],
            topic=", ".join(words[group][:NAME_WORDS]) or UNNAMED,
            keywords=tuple(words[group]),
            coherence=coherence(run),
        )
        for run, group in zip(runs, groups, strict=True)
    ]


def coherence(run: Sequence[Unit]) -> float:
    """The share of a segment's telling words that more than one of its turns has; 1 for a single turn."""
    if len(run) < 2:
        return 1.0
    spread = Counter(stem for unit in run for stem in set(unit.stems))
    words = [stem for unit in run for stem in unit.stems]
    return round(sum(spread[stem] > 1 for stem in words) / len(words), 4) if words else 0.0


def distance(one: Sequence[Spoken], other: Sequence[Spoken]) -> float:
    """How far two runs of turns are from each other: 0 the same words, 1 none in common."""
    runs = [Counter(stem for turn in turns for stem in stems_of(turn.text)) for turns in (one, other)]
    vectors = [_unit({stem: 1 + log(count) for stem, count in run.items()}) for run in runs]
    return round(1 - _cosine(vectors[0], vectors[1]), 4)


def _keywords(
    turns: Sequence[Spoken], runs: Sequence[Sequence[Unit]], groups: Sequence[int]
) -> dict[int, list[str]]:
    """The words each topic has more of than all others; the usual keywords where none stands out."""
    texts: dict[int, str] = {}
    for run, group in zip(runs, groups, strict=True):
        told = "\n\n".join(turn.text for turn in turns[run[0].first : run[-1].last + 1])
        texts[group] = f"{texts.get(group, '')}\n\n{told}"
    counts = {group: Counter(lowers(text)) for group, text in texts.items()}
    everybody = sum(counts.values(), Counter[str]())
    return {
        group: characteristic(counts[group], everybody, MOST_KEYWORDS) or keywords("", text, MOST_KEYWORDS)
        for group, text in texts.items()
    }


def _vectors(runs: Sequence[Sequence[Unit]]) -> list[dict[str, float]]:
    """Each segment's stems by log frequency and rarity among the segments (tf-idf), of length 1."""
    counts = [Counter(stem for unit in run for stem in unit.stems) for run in runs]
    spread = Counter(stem for one in counts for stem in one)
    vectors = []
    for one in counts:
        rarity = {stem: log(1 + len(runs) / spread[stem]) for stem in one}
        vectors.append(_unit({stem: (1 + log(count)) * rarity[stem] for stem, count in one.items()}))
    return vectors


def _unit(vector: dict[str, float]) -> dict[str, float]:
    length = sqrt(sum(weight * weight for weight in vector.values())) or 1.0
    return {stem: weight / length for stem, weight in vector.items()}


def _groups(vectors: Sequence[dict[str, float]]) -> list[int]:
    """For each segment the first one that it is about the same as, itself where it is none."""
    groups: list[int] = []
    for at, vector in enumerate(vectors):
        likest = max(range(at), key=lambda other: _cosine(vectors[other], vector), default=at)
        is_alike = likest != at and _cosine(vectors[likest], vector) >= ALIKE
        groups.append(groups[likest] if is_alike else at)
    return groups


def _cosine(one: dict[str, float], other: dict[str, float]) -> float:
    small, large = sorted((one, other), key=len)
    return min(1.0, sum(weight * large[stem] for stem, weight in small.items() if stem in large))
