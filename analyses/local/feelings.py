"""The sentiment lists, loaded once, when first needed: VADER's, ours over it, other languages'."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from analyses.lexicons import Phrase, phrases, sections, words
from analyses.local.language import ENGLISH, UNDETERMINED
from analyses.local.words import PhraseFinder

FOREIGN = "feeling_languages"
LEANING = 0.06  # three of a kind stay below the threshold of neutral
BOOST = 0.293  # VADER's measured mean gain of a degree adverb (Hutto & Gilbert 2014)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What one language's words feel like, on VADER's scale of -4 to 4."""

    words: dict[str, float]
    phrases: dict[Phrase, float]
    finder: PhraseFinder
    negators: frozenset[str]
    boosters: dict[str, float]
    hardeners: frozenset[str]
    leanings: dict[str, float]


@cache
def lexicon(language: str) -> Lexicon:
    """English for "en" and "und"; a small list for some others; empty where we have none."""
    return _english() if language in {ENGLISH, UNDETERMINED} else _foreign(language)


def _english() -> Lexicon:
    known = {phrase: valence for valence, phrase in _valued_phrases()}
    leanings = {
        **dict.fromkeys(_turning("leans to complaint"), -LEANING),
        **dict.fromkeys(_turning("leans to praise"), LEANING),
    }
    return Lexicon(
        words=_english_words(),
        phrases=known,
        finder=PhraseFinder(known),
        negators=_turning("negators"),
        boosters=_boosters(),
        hardeners=_turning("hardeners"),
        leanings=leanings,
    )


def _foreign(language: str) -> Lexicon:
    return Lexicon(
        words=_foreign_words(language),
        phrases={},
        finder=PhraseFinder(()),
        negators=words(FOREIGN, f"{language} negators") if has_list(language) else frozenset(),
        boosters={},
        hardeners=frozenset(),
        leanings={},
    )


def has_list(language: str) -> bool:
    """True where we have a list of our own for a language other than English."""
    return f"{language} negators" in sections(FOREIGN)


@cache
def signs() -> dict[str, float]:
    """Emoji and emoticons."""
    return {
        sign: float(valence)
        for valence in sections("feeling_signs")
        for sign in words("feeling_signs", valence)
    }


def _english_words() -> dict[str, float]:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    known: dict[str, float] = dict(SentimentIntensityAnalyzer().lexicon)
    for valence in sections("feeling_words"):
        known.update(dict.fromkeys(words("feeling_words", valence), float(valence)))
    return known


def _valued_phrases() -> list[tuple[float, Phrase]]:
    name = "feeling_phrases"
    return [(float(valence), phrase) for valence in sections(name) for phrase in phrases(name, valence)]


def _boosters() -> dict[str, float]:
    return {**dict.fromkeys(_turning("boosters"), BOOST), **dict.fromkeys(_turning("dampers"), -BOOST)}


def _turning(section: str) -> frozenset[str]:
    return words("turning_words", section)


def _foreign_words(language: str) -> dict[str, float]:
    named = [title for title in sections(FOREIGN) if title.startswith(f"{language} ") and title[-1].isdigit()]
    return {word: float(title.split()[1]) for title in named for word in words(FOREIGN, title)}
