"""Feeling that is not told in words: emoji, emoticons and ratings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analyses.local.feelings import signs

_EMOTICON = re.compile(r"(?<!\w)(?:[:;=]['-]?[)D(\]\[/|P]|</?3|[xX]D|D:)(?!\w)")
_RATING = re.compile(
    r"(?<![\d.,/])(?P<given>\d{1,2}(?:\.5)?)\s?"
    r"(?:(?:/|out of)\s?(?P<most>5|10)(?!\d|[/%]|\.\d)|(?P<stars>stars?\b))",
    re.I,
)
RATING = 3.0  # of a full mark; half marks are neutral


@dataclass(frozen=True, slots=True)
class Hit:
    """A word or phrase that carries feeling: where it stands, and how much it counts after the rules."""

    word: str
    start: int
    valence: float


def signs_in(text: str) -> Iterator[Hit]:
    """Every rating, emoticon and emoji of one sentence."""
    known = signs()
    for match in _RATING.finditer(text):
        share = float(match["given"]) / (5 if match["stars"] else float(match["most"]))
        yield Hit("rating", match.start(), RATING * (2 * min(1.0, share) - 1))
    for match in _EMOTICON.finditer(text):
        yield Hit(match.group(), match.start(), known.get(match.group(), 0.0))
    for at, char in enumerate(text):
        if char in known:
            yield Hit(char, at, known[char])
