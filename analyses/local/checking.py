"""How much a sentence is worth checking: it states a fact, and somebody would want to know whether it is so.

The question is that of Hassan, Arslan, Li & Tremayne, "Toward automated fact-checking: detecting check-worthy
factual claims by ClaimBuster" (KDD 2017); the answer is a small model over cues of our own lists.
"""

from __future__ import annotations

import re
from functools import cache

from analyses import lexicons
from analyses.local.linear import Linear, load
from analyses.local.words import PhraseFinder, lowers

LIST = "argument"
LABEL = "check-worthy"
SENTENCE_WORDS = 80
SHORT_WORDS, LONG_WORDS = 8, 25
MOST_CUES = 3
_FIGURE = re.compile(r"(?<![\w.,])\$?\d{1,12}(?:[.,]\d{1,12}){0,4}%?")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]{2,20}")
_PAST = re.compile(r"\b(?:was|were|had|did|been|[a-z]{2,15}ed)\b")
_PERSONS = {
    "I": frozenset(["i", "i'm", "i've", "i'd", "i'll", "me", "my"]),
    "we": frozenset(["we", "we're", "we've", "us", "our"]),
    "you": frozenset(["you", "you're", "you've", "your"]),
    "he or they": frozenset(["he", "she", "they", "his", "her", "their", "he's", "they've"]),
}


def features_of(sentence: str) -> dict[str, float]:
    """What the model looks at: figures, names and pasts, cues of each kind, who is spoken of, the shape."""
    words = lowers(sentence)[:SENTENCE_WORDS]
    met = set(words)
    figures = len(_FIGURE.findall(sentence)) - len(_YEAR.findall(sentence))
    shape = {
        "asks": sentence.rstrip().endswith("?"),
        "is short": len(words) < SHORT_WORDS,
        "is long": len(words) > LONG_WORDS,
        "has a figure": figures > 0,
        "has more figures": figures > 1,
        "has a year": _YEAR.search(sentence) is not None,
        "has a name": _NAME.search(sentence) is not None,
        "tells of the past": _PAST.search(sentence) is not None,
        "begins with I": words[:1] == ["i"],
    }
    counts = {kind: min(MOST_CUES, cues(kind, words)) for kind in lexicons.sections(LIST)}
    return {
        **{f"cue: {kind}": float(count) for kind, count in counts.items() if count},
        **{f"speaks of: {name}": 1.0 for name, marked in _PERSONS.items() if met & marked},
        **{f"shape: {name}": 1.0 for name, holds in shape.items() if holds},
    }


def check_worthiness(sentence: str) -> float:
    """How likely people would have the sentence checked, 0…1."""
    return round(model().probability(features_of(sentence), LABEL), 4)


def cues(kind: str, words: list[str]) -> int:
    """How many cues of one kind occur among `words` (lower case)."""
    if _openings(kind).isdisjoint(words):  # most sentences have no cue of most kinds
        return 0
    return sum(1 for _ in _finder(kind).find(words))


def model() -> Linear:
    return load("checkworthy")


@cache
def _finder(kind: str) -> PhraseFinder:
    return PhraseFinder(lexicons.phrases(LIST, kind))


@cache
def _openings(kind: str) -> frozenset[str]:
    return frozenset(phrase[0] for phrase in lexicons.phrases(LIST, kind))
