"""How much ethical care a story shows: 10 much care, 5 nothing either way, 0 grave concern and no care.

**Higher is better.** It scores what the story tells, not who tells it. Kinds of concern follow the
headings public lists of harmful AI use share (discrimination, surveillance, weapons, deception ...);
a concern that is being prevented ("protects against surveillance") counts as care.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from math import exp

from analyses.lexicons import Phrase, phrases, sections
from analyses.lexicons import words as listed
from analyses.local.markdown import plain
from analyses.local.words import PhraseFinder, lowers, sentences

BASE = 5.0
CONCERN_POINTS, CARE_POINTS = -3.0, 2.2  # of one kind at full strength; kinds add up
SATURATION = 0.9  # one mention gives 59 % of a kind's strength, two 83 %
WORDS_PER_MENTION = 250  # in a long text one mention in passing weighs less
TURN_REACH, DENY_REACH = 4, 2  # words before a mention
BODY_WORDS = 8_000
MOST_SENTENCES = 400
QUOTE_CHARS = 300
LIST = "ethics"
CONCERN, CARE = "concern: ", "care: "
PROTECTION = "care: protection and repair"


@dataclass(frozen=True, slots=True)
class EthicsFeature:
    """One kind of concern or care: how often it is met, how strong that is (0…1), and the points."""

    name: str
    mentions: int
    strength: float
    weight: float
    points: float


def ethics_features(title: str, text: str) -> list[EthicsFeature]:
    """The kinds that occur, concerns first."""
    words = lowers(f"{title}. {plain(text)}")[:BODY_WORDS]
    counts = _mentions(words)
    dilution = max(1.0, len(words) / WORDS_PER_MENTION) ** 0.5
    return [_weighed(kind, counts[kind], dilution) for kind in sections(LIST) if counts[kind]]


def ethics_score(features: list[EthicsFeature]) -> float:
    """The points on top of the base, held to 0…10."""
    return max(0.0, min(10.0, BASE + sum(feature.points for feature in features)))


def gravest_sentence(text: str) -> str | None:
    """The verbatim sentence with most mentions of concern; None where there is none."""
    best, most = None, 0
    for span in sentences(text)[:MOST_SENTENCES]:
        counts = _mentions(lowers(span.text))
        concerns = sum(count for kind, count in counts.items() if kind.startswith(CONCERN))
        if concerns > most and len(span.text) <= QUOTE_CHARS:
            best, most = span.text, concerns
    return best


def _weighed(kind: str, count: int, dilution: float) -> EthicsFeature:
    strength = round(1 - exp(-SATURATION * count / dilution), 4)
    points = CONCERN_POINTS if kind.startswith(CONCERN) else CARE_POINTS
    return EthicsFeature(kind, count, strength, points, strength * points)


def _mentions(words: list[str]) -> Counter[str]:
    """Mentions by kind; a concern that is fought counts as protection, whatever is denied as nothing."""
    counts: Counter[str] = Counter()
    kinds = _kinds()
    for at, phrase in _finder().find(words):
        before = words[max(0, at - TURN_REACH) : at]
        if listed(LIST, "deniers").intersection(before[-DENY_REACH:]):
            continue
        for kind in kinds[phrase]:
            fought = kind.startswith(CONCERN) and listed(LIST, "turners").intersection(before)
            counts[PROTECTION if fought else kind] += 1
    return counts


@cache
def _kinds() -> dict[Phrase, list[str]]:
    """Every phrase of the list with the kinds of concern or care it is a sign of."""
    found: dict[Phrase, list[str]] = {}
    for kind in sections(LIST):
        for phrase in phrases(LIST, kind) if kind.startswith((CONCERN, CARE)) else ():
            found.setdefault(phrase, []).append(kind)
    return found


@cache
def _finder() -> PhraseFinder:
    return PhraseFinder(_kinds())
