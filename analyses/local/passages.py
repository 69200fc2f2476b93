"""What each sentence of a reflection does (tell, feel, doubt, learn, intend …), by a small trained model."""

from __future__ import annotations

from functools import cache
from typing import Literal, get_args

from analyses import lexicons
from analyses.local.linear import Linear, load
from analyses.local.words import PhraseFinder, lowers

Passage = Literal[
    "belief",
    "difficulty",
    "experience",
    "feeling",
    "intention",
    "learning",
    "perspective",
    "reflection",
    "other",
]
KINDS: tuple[Passage, ...] = get_args(Passage)
LIST = "reflection"
GROWTH = "(growth)"
SENTENCE_WORDS = 80
SHORT_WORDS, LONG_WORDS = 8, 30
_PERSONS = {
    "i": frozenset(["i", "i'm", "i've", "i'd", "i'll", "me", "my", "mine", "myself"]),
    "we": frozenset(["we", "us", "our", "we've", "we'll"]),
    "others": frozenset(["he", "she", "they", "him", "her", "them", "his", "their"]),
}
_TENSES = {
    "past": frozenset(["was", "were", "had", "did", "been", "went", "came", "got", "said", "told"]),
    "present": frozenset(["is", "are", "am", "has", "have", "do", "does"]),
    "future": frozenset(["will", "i'll", "we'll", "won't", "shall", "tomorrow", "next"]),
    "conditional": frozenset(["would", "could", "should", "might", "may", "if"]),
}


def features_of(sentence: str) -> dict[str, float]:
    """What the model looks at: cues of each kind, who acts and when, and the sentence's shape."""
    words = lowers(sentence)[:SENTENCE_WORDS]
    met = set(words)
    shape = {
        "asks": sentence.rstrip().endswith("?"),
        "is short": len(words) < SHORT_WORDS,
        "is long": len(words) > LONG_WORDS,
        "begins with I": words[:1] == ["i"],
    }
    marks = {**_PERSONS, **_TENSES}
    return {
        **{f"cue: {kind}": float(min(2, cues(kind, words))) for kind in _kinds() if cues(kind, words)},
        **{f"tells of: {name}": 1.0 for name, marked in marks.items() if met & marked},
        **{f"shape: {name}": 1.0 for name, holds in shape.items() if holds},
    }


def passage_chances(sentence: str) -> dict[str, float]:
    """The chance of each kind of passage; they sum to 1."""
    return model().probabilities(features_of(sentence))


def cues(kind: str, words: list[str]) -> int:
    """How many cues of one kind occur among `words` (lower case)."""
    return sum(1 for _ in _finder(kind).find(words))


def model() -> Linear:
    return load("reflection")


def _kinds() -> list[str]:
    return list(lexicons.sections(LIST))


@cache
def _finder(kind: str) -> PhraseFinder:
    return PhraseFinder(lexicons.phrases(LIST, kind))
