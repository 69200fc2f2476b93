"""To which workstream of a due diligence a document belongs, by the words it and its name are made of."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from math import log
from typing import Literal, get_args

from analyses.lexicons import Phrase, phrases
from analyses.local.words import PhraseFinder, lowers

Workstream = Literal[
    "legal", "financial", "tax", "commercial", "operations", "hr", "it", "ip", "regulatory",
    "environmental", "insurance", "other",
]  # fmt: skip
OTHER: Workstream = "other"
NAMED: tuple[Workstream, ...] = tuple(one for one in get_args(Workstream) if one != OTHER)

LIST = "workstreams"
READ_CHARS = 60_000  # of a document: two thirds from its beginning, the rest from its middle and its end
STRONG, PLAIN = 1.0, 0.35
NAME_TIMES = 6.0  # what a document is called tells as much as six mentions
PER_WORDS = 500  # mentions are counted per so many words, so that length alone adds nothing
LEAST_POINTS = 1.0  # with less nothing is known: other


@dataclass(frozen=True, slots=True)
class Pointer:
    """A term that points to a workstream: how often it occurs (damped), and what each time is worth."""

    term: str
    times: float
    weight: float

    @property
    def points(self) -> float:
        return self.times * self.weight


def pointers(name: str, text: str) -> dict[Workstream, list[Pointer]]:
    """The terms found in a document called `name`, by workstream, the heaviest first."""
    stems = [_stem(word) for word in lowers(_read(text))]
    counts = Counter(phrase for _, phrase in _finder().find(stems))
    named = Counter(phrase for _, phrase in _finder().find([_stem(word) for word in lowers(name)]))
    per = PER_WORDS / max(PER_WORDS, len(stems))
    found: dict[Workstream, list[Pointer]] = {}
    for workstream in NAMED:
        terms = _terms(workstream)
        met = [
            Pointer(" ".join(one), _times(counts[one] * per, named[one]), terms[one])
            for one in terms
            if counts[one] or named[one]
        ]
        found[workstream] = sorted(met, key=lambda one: (-one.points, one.term))
    return found


def _times(mentions: float, in_name: int) -> float:
    return log(1 + mentions) + (NAME_TIMES if in_name else 0.0)


def _read(text: str) -> str:
    if len(text) <= READ_CHARS:
        return text
    slice_chars = READ_CHARS // 6
    middle = len(text) // 2
    return "\n".join([text[: 4 * slice_chars], text[middle : middle + slice_chars], text[-slice_chars:]])


@cache
def _terms(workstream: Workstream) -> dict[Phrase, float]:
    plain = dict.fromkeys(map(_stemmed, phrases(LIST, workstream)), PLAIN)
    return plain | dict.fromkeys(map(_stemmed, phrases(LIST, f"{workstream}: strong")), STRONG)


@cache
def _finder() -> PhraseFinder:
    return PhraseFinder({term for workstream in NAMED for term in _terms(workstream)})


def _stemmed(phrase: Phrase) -> Phrase:
    return tuple(map(_stem, phrase))


def _stem(word: str) -> str:
    """Without the s of plurals and the 's of possession."""
    word = word.removesuffix("'s")
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
