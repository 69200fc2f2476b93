"""How the feeling of a conversation moves: turn by turn, by speaker, and in stretches of equal length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from analyses.local.language import guess_language
from analyses.local.sentiment import Scored, overall, score_text
from analyses.local.talk import Spoken
from analyses.local.words import lowers

Trend = Literal["falling", "steady", "rising"]
LEAST_FEELING = 0.05  # |score| of a sentence; what is weaker would tip a text, not one turn of many
TREND_FROM = 0.1  # of difference between the last third and the first
LEAST_POINTS = 6  # turns or parts with feeling: two for each third
QUOTE_CHARS = 300
LANGUAGE_TURNS = 50  # the first ones tell the language


@dataclass(frozen=True, slots=True)
class Felt:
    """A turn, its number of words, and its sentences that carry feeling."""

    turn: Spoken
    words: int
    scored: list[Scored]


def felt_turns(turns: Sequence[Spoken]) -> list[Felt]:
    """Every turn with what is felt in it."""
    language = language_of(turns)
    return [Felt(turn, len(lowers(turn.text)), _strong(turn.text, language)) for turn in turns]


def language_of(turns: Sequence[Spoken]) -> str:
    """The language of the conversation, by its beginning."""
    return guess_language(" ".join(turn.text for turn in turns[:LANGUAGE_TURNS]))


def mood_of(some: Sequence[Felt]) -> float:
    """The weighted mean of their sentences with feeling, -1…1; 0 where there are none."""
    return round(overall([one for felt in some for one in felt.scored]), 4)


def trend_of(points: Sequence[tuple[float, float]]) -> Trend:
    """By the means of the last and the first third of (score, weight), in order of time."""
    if len(points) < LEAST_POINTS:
        return "steady"
    third = len(points) // 3
    change = _mean(points[-third:]) - _mean(points[:third])
    return "steady" if abs(change) < TREND_FROM else "rising" if change > 0 else "falling"


def moving(some: Sequence[Felt]) -> list[tuple[float, float]]:
    """The points of a trend: the score of each turn with feeling, and how many sentences carry it."""
    return [(overall(felt.scored), float(len(felt.scored))) for felt in some if felt.scored]


def stretches(some: Sequence[Felt], most: int) -> list[list[Felt]]:
    """Up to so many runs of turns, of about equally many words each."""
    each = max(1.0, sum(felt.words for felt in some) / most)
    runs: list[list[Felt]] = [[]]
    words = 0
    for felt in some:
        if runs[-1] and words >= len(runs) * each and len(runs) < most:
            runs.append([])
        runs[-1].append(felt)
        words += felt.words
    return runs


def strongest(some: Sequence[Felt], most: int) -> list[tuple[Spoken, Scored]]:
    """The sentences with the strongest feelings, in order; both signs and all speakers get their share."""
    found = [(felt.turn, one) for felt in some for one in felt.scored if len(one.span.text) <= QUOTE_CHARS]
    ranked = sorted(found, key=lambda item: (-abs(item[1].score), item[0].number, item[1].span.start))
    speakers = len({turn.speaker for turn, _ in found})
    most_each = max(1, most // (2 * max(1, min(3, speakers))))
    taken: Counter[tuple[str, bool]] = Counter()
    chosen = []
    for turn, one in ranked:
        taken[turn.speaker, one.score > 0] += 1
        if taken[turn.speaker, one.score > 0] <= most_each:
            chosen.append((turn, one))
    return sorted(chosen[:most], key=lambda item: (item[0].number, item[1].span.start))


def _strong(text: str, language: str) -> list[Scored]:
    return [one for one in score_text(text, None, language) if abs(one.score) >= LEAST_FEELING]


def _mean(points: Sequence[tuple[float, float]]) -> float:
    whole = sum(weight for _, weight in points)
    return sum(score * weight for score, weight in points) / whole if whole else 0.0
