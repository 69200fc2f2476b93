"""The sentences of a document that say most of it, chosen by a small trained model and spread over its whole.

Of a long document its beginning is read in full, and of each section the first sentences: that is where
reports and contracts say what they say. A sentence's score is a sum of features (place, length, centrality,
title, cue words); what was trained on, and how good it is, stands in weights/gist.md.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import log

from analyses.cleaning import one_line
from analyses.lexicons import phrases, sections
from analyses.lexicons import words as listed
from analyses.local.linear import load
from analyses.local.sections import Outline, outline
from analyses.local.surroundings import Surroundings
from analyses.local.words import PhraseFinder, lowers, sentences

MODEL, LABEL = "gist", "telling"
LIST = "gist"
HEAD_CHARS = 20_000  # read in full
MOST_SECTIONS = 200  # whose beginnings are read beyond that
STRIDE_CHARS = 4_000  # without headings, a sentence is read every so often
LEAST_WORDS, MOST_WORDS = 5, 80
ENDS = (".", "!", "?", "…", "。", "！", "？", ".”", '."', ".)", ";", ":")
REPEATS = 0.5  # a sentence that shares so many of its words with one already chosen adds nothing
KINDS_OF_PAPER = frozenset({"agreement", "contract", "memo", "memorandum", "report", "amendment"})
POINTING = frozenset(
    {"it", "this", "these", "those", "they", "he", "she", "that", "such", "but", "and", "so"}
)

_NUMBER = re.compile(r"^(?:\d{1,3}(?:\.\d{1,3})*[.)]?|\(?[a-z]{1,4}\)|[-*•])\s+")  # of a clause or an item


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence [start, end) of a document, in `text` on one line and without its number; how it scores."""

    text: str
    start: int
    end: int
    features: dict[str, float]
    score: float


def telling(title: str, text: str) -> list[Told]:
    """The sentences of `text` that are whole enough to be quoted, in their order, with their scores."""
    spans = list(_spans(text, outline(text)))
    lines = [_NUMBER.sub("", one_line(text[start:end])) for start, end in spans]
    bags = [_bag(line) for line in lines]
    weights = _centrality(bags)
    subject = _bag(title) - KINDS_OF_PAPER
    found = []
    for at, ((start, end), line) in enumerate(zip(spans, lines, strict=True)):
        if _is_whole(line):
            features = features_of(line, bags[at], at, len(spans), weights, subject)
            score = load(MODEL).score(features, LABEL)
            found.append(Told(line, start, end, features, score))
    return found


def _is_whole(line: str) -> bool:
    """A sentence of middling length with a beginning and an end."""
    begins = not line[:1].islower() and line[:1] not in ",;:)]"
    return begins and line.endswith(ENDS) and LEAST_WORDS <= len(line.split()) <= MOST_WORDS


def best(found: list[Told], most: int) -> list[Told]:
    """The `most` highest scoring sentences that do not repeat one another, best first."""
    chosen: list[Told] = []
    for one in sorted(found, key=lambda one: (-one.score, one.start)):
        if len(chosen) == most:
            break
        if not any(_repeats(one, other) for other in chosen):
            chosen.append(one)
    return chosen


def features_of(
    line: str, bag: frozenset[str], at: int, count: int, weights: dict[str, float], subject: frozenset[str]
) -> dict[str, float]:
    """What the model knows of the sentence at place `at` of `count`; each feature about 0…1."""
    size = len(line.split())
    found = {
        "first": float(at == 0),
        "second": float(at == 1),
        "early": 1 / (1 + at),
        "last fifth": float(count > 4 and at >= 0.8 * count),
        "central": sum(weights[word] for word in bag) / len(bag) if bag else 0.0,
        "title": len(bag & subject) / len(subject) if subject else 0.0,
        "short": float(size < 10),
        "long": max(0.0, (size - 30) / 30),
        "number": float(any(char.isdigit() for char in line)),
        "goes on": float(line.endswith((";", ":"))),
        "question": float(line.endswith("?")),
        "points back": float(line.split(None, 1)[0].lower() in POINTING),
    }
    for _, phrase in _cues().find(lowers(line)):
        found[f"cue: {_cue_kinds()[phrase]}"] = 1.0
    return {name: round(value, 4) for name, value in found.items() if value}


def _centrality(bags: list[frozenset[str]]) -> dict[str, float]:
    """Of each word, in how many sentences it stands, damped; the commonest has 1 (as in SumBasic)."""
    counts = Counter(word for bag in bags for word in bag)
    most = max(counts.values(), default=1)
    return {word: log(1 + count) / log(1 + most) for word, count in counts.items()}


def _spans(text: str, headings: Outline) -> Iterator[tuple[int, int]]:
    """Where the sentences of the head start and end, and the first one or two of each later section."""
    head = sentences(text[:HEAD_CHARS])
    whole = len(text) <= HEAD_CHARS
    for span in head if whole else head[:-1]:  # the last is cut off
        end = span.start + len(span.text)
        yield headings.past(text, span.start, end), end
    if whole:
        return
    surroundings = Surroundings(text)
    last = head[-1].start
    for place in _places(text, headings):
        for _ in range(2):
            start, end = surroundings.around(place)
            if start >= last and end > start:
                yield start, end
                last = end
            place = min(len(text) - 1, end + 1)


def _places(text: str, headings: Outline) -> list[int]:
    """Where to look beyond the head: behind headings, or now and then where there are few."""
    later = [
        start + len(label) + 1
        for start, label in zip(headings.starts, headings.labels, strict=True)
        if start >= HEAD_CHARS and start + len(label) + 1 < len(text)
    ]
    if len(later) < len(text) / (10 * STRIDE_CHARS):
        later = list(range(HEAD_CHARS, len(text), STRIDE_CHARS))
    step = max(1, len(later) // MOST_SECTIONS)
    return later[::step]


def _bag(line: str) -> frozenset[str]:
    stopwords = listed("small_words", "stopwords")
    return frozenset(word for word in lowers(line) if word not in stopwords)


def _repeats(one: Told, other: Told) -> bool:
    mine, others = _bag(one.text), _bag(other.text)
    return len(mine & others) > REPEATS * min(len(mine), len(others))


@cache
def _cue_kinds() -> dict[tuple[str, ...], str]:
    return {phrase: kind for kind in sections(LIST) for phrase in phrases(LIST, kind)}


@cache
def _cues() -> PhraseFinder:
    return PhraseFinder(_cue_kinds())
