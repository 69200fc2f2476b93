"""How much ethical care a story shows: 10 much care, 5 nothing either way, 0 grave concern and no care.

**Higher is better.** It scores what the story tells, not who tells it. Kinds of concern follow the
headings public lists of harmful AI use share (discrimination, surveillance, weapons, deception ...);
a concern that is being prevented ("protects against surveillance") counts as care.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

from analyses.local.ethics_words import CARE, CONCERNS, TURNERS
from analyses.local.markdown import plain
from analyses.local.words import lowers, phrases_at, sentences

BASE = 5.0
CONCERN_POINTS, CARE_POINTS = -3.0, 2.2  # of one kind at full strength; kinds add up
SATURATION = 0.9  # one mention gives 59 % of a kind's strength, two 83 %
WORDS_PER_MENTION = 250  # in a long text one mention in passing weighs less
TURN_REACH = 4
BODY_WORDS = 8_000
TITLE_COUNTS = 1


@dataclass(frozen=True, slots=True)
class EthicsFeature:
    """One kind of concern or care: how often it is met, how strong that is (0…1), and the points."""

    name: str
    mentions: int
    strength: float
    points: float


def ethics_features(title: str, text: str) -> list[EthicsFeature]:
    """The kinds that occur, concerns first."""
    words = lowers(f"{title}. {plain(text)}")[:BODY_WORDS]
    concerns, turned = _concerns(words)
    care = {kind: len(phrases_at(words, phrases)) for kind, phrases in CARE.items()}
    care["protection and repair"] += turned
    dilution = max(1.0, len(words) / WORDS_PER_MENTION) ** 0.5
    return [
        *_weighed("concern", concerns, CONCERN_POINTS, dilution),
        *_weighed("care", care, CARE_POINTS, dilution),
    ]


def ethics_score(features: list[EthicsFeature]) -> float:
    """The points on top of the base, held to 0…10."""
    return max(0.0, min(10.0, BASE + sum(feature.points for feature in features)))


def _weighed(side: str, counts: dict[str, int], points: float, dilution: float) -> list[EthicsFeature]:
    found = []
    for kind, count in counts.items():
        if count:
            strength = 1 - exp(-SATURATION * count / dilution)
            found.append(EthicsFeature(f"{side}: {kind}", count, round(strength, 4), strength * points))
    return found


def _concerns(words: list[str]) -> tuple[dict[str, int], int]:
    """Mentions by kind, and how many mentions were of a concern being prevented."""
    counts = dict.fromkeys(CONCERNS, 0)
    turned = 0
    for kind, phrases in CONCERNS.items():
        for at, _ in phrases_at(words, phrases):
            if TURNERS.intersection(words[max(0, at - TURN_REACH) : at]):
                turned += 1
            else:
                counts[kind] += 1
    return counts, turned


def gravest_sentence(text: str) -> tuple[str, str] | None:
    """The kind and the verbatim sentence of the plainest concern; None where there is none."""
    best, most = None, 0
    for span in sentences(text)[:400]:
        counts, _ = _concerns(lowers(span.text))
        kind = max(counts, key=lambda one: counts[one])
        if counts[kind] and sum(counts.values()) > most and len(span.text) <= 300:
            best, most = (kind, span.text), sum(counts.values())
    return best
