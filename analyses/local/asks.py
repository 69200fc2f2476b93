"""Whether a sentence of a mail asks for, promises or proposes something: cues in a small trained model."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from analyses import lexicons
from analyses.local.linear import Linear, load
from analyses.local.words import PhraseFinder, lowers

Ask = Literal["request", "question", "commitment", "proposal"]
LIST = "asks"
LABEL = "ask"
SHORT_WORDS, LONG_WORDS = 5, 30
SENTENCE_WORDS = 60  # looked at: a sentence that asks does so early
_QUESTION = re.compile(r"\?\W{0,5}$")
_POLITE = frozenset(["please", "pls", "plz", "kindly", "also", "then", "and", "so"])
_FIRST_PERSON = (["i"], ["i'll"], ["i'm"], ["we"], ["we'll"], ["we're"])
_DIGIT = re.compile(r"\d")


def features_of(sentence: str) -> dict[str, float]:
    """What the model looks at: the kinds of cue that occur, the words that are cues, the sentence's shape.

    Every feature is of our own lists, so that no name and nothing else of a mail can get into the weights.
    """
    words = lowers(sentence)[:SENTENCE_WORDS]
    shape = {
        "ends in a question mark": bool(_QUESTION.search(sentence)),
        "begins with a verb": begins_with_verb(words),
        "has figures": bool(_DIGIT.search(sentence)),
        "is short": len(words) < SHORT_WORDS,
        "is long": len(words) > LONG_WORDS,
        "shouts": sentence.isupper() or "!" in sentence,
    }
    return {
        **{f"cue: {kind}": 1.0 for kind in _kinds() if has_cue(kind, words)},
        **{f"word: {word}": 1.0 for word in words if word in _cue_words()},
        **{f"shape: {name}": 1.0 for name, holds in shape.items() if holds},
    }


def ask_probability(sentence: str) -> float:
    """How likely the sentence asks for, promises or proposes something, 0…1."""
    return model().probability(features_of(sentence), LABEL)


def kind_of(sentence: str) -> Ask:
    """Which kind of ask it is, given that it is one."""
    words = lowers(sentence)[:SENTENCE_WORDS]
    if has_cue("proposal", words) and not has_cue("commitment", words):
        return "request" if begins_with_verb(words) else "proposal"
    if has_cue("request", words) or begins_with_verb(words):
        return "request"
    if has_cue("commitment", words):
        return "commitment"
    return "question" if _QUESTION.search(sentence) else "request"


def promises(sentence: str) -> bool:
    """True for a promise in so many words ("I will", "we'll"), which the model alone is unsure of."""
    return lowers(sentence)[:1] in _FIRST_PERSON and has_cue("commitment", lowers(sentence)[:SENTENCE_WORDS])


def begins_with_verb(words: list[str]) -> bool:
    """True where the first word but "please" is a verb by which people give tasks."""
    first = next((word for word in words[:3] if word not in _POLITE), "")
    return first in lexicons.words(LIST, "(verbs)")


def has_cue(kind: str, words: list[str]) -> bool:
    return any(True for _ in _finder(kind).find(words))


def model() -> Linear:
    return load("intent")


@cache
def _finder(kind: str) -> PhraseFinder:
    return PhraseFinder(lexicons.phrases(LIST, kind))


@cache
def _kinds() -> tuple[str, ...]:
    """The kinds of cue; a section in brackets is none."""
    return tuple(title for title in lexicons.sections(LIST) if not title.startswith("("))


@cache
def _cue_words() -> frozenset[str]:
    """The words that are a cue by themselves."""
    return frozenset(
        phrase[0] for kind in _kinds() for phrase in lexicons.phrases(LIST, kind) if len(phrase) == 1
    )
