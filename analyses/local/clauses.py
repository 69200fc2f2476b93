"""Clauses and facts that are risks: found by word, then by pattern, and graded by how one-sided they are.

The kinds and their patterns are a list that lawyers can read (`lexicons/clauses.txt`). Only sentences that
hold a kind's word are read by its patterns, so that a merger agreement takes a fraction of a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from analyses.cleaning import one_line
from analyses.lexicons import pairs, sections
from analyses.local.surroundings import Surroundings

Category = Literal[
    "change_of_control", "assignment", "restriction", "termination", "liability", "ip", "commercial",
    "deal_certainty", "financial", "tax", "litigation", "regulatory", "data_security", "employment",
    "environmental", "insurance", "operations", "other",
]  # fmt: skip
Severity = Literal["low", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

LIST = "clauses"
TERMS = "terms"
MOST_READ = 1_000  # sentences with one word that are read for one kind; a book holds fewer
MOST_OF_A_KIND = 4  # passages kept of one kind, the gravest; more would be read by nobody
FEWEST_WORDS = 4  # a heading is no clause
_WORD = re.compile(r"[^\W\d_]{2,}")
# What makes a clause worse or milder for whoever is bound by it, in grades; facts bind nobody.
_BINDS = r"^(?=.*\b(?:shall|may|will|must|agrees?|undertakes?|grants?)\b)"
_AT_WILL = (
    r"(?=.*(?:sole (?:and absolute )?discretion|at any time|without (?:cause|limit|notice)|perpetual"
    r"|irrevocabl|unlimited|for any reason|in perpetuity|absolute(?:ly)?\b))"
)
_MUTUAL = r"\b(?:either|each|both|mutual\w*|neither|the parties)\b"
WEIGHTS = {
    "at will or for good": (0.6, re.compile(_BINDS + _AT_WILL)),
    "binds one side": (0.3, re.compile(rf"{_BINDS}(?!.*{_MUTUAL})")),
    "consent may not be withheld": (-0.6, re.compile(r"unreasonabl[ey] (?:withh[eo]ld|delay|condition)")),
    "has an exception": (-0.3, re.compile(r"\b(?:except|provided,? however|unless|notwithstanding)\b")),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of clause or fact: its name, its category, its usual grade, and how it is found."""

    name: str
    category: Category
    grade: float
    why: str
    finds: tuple[tuple[str, re.Pattern[str]], ...]
    not_if: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """A passage of a text, [start, end), that is of a kind; `weights` name what moved its grade."""

    kind: Kind
    start: int
    end: int
    weights: tuple[str, ...]

    @property
    def grade(self) -> float:
        """1 low … 4 critical, before it is rounded and held to that range."""
        return self.kind.grade + sum(WEIGHTS[name][0] for name in self.weights)

    @property
    def severity(self) -> Severity:
        return SEVERITIES[max(1, min(4, int(self.grade + 0.5))) - 1]


def find_clauses(text: str) -> list[Clause]:
    """The clauses of `text` in the order in which they stand, at most four of a kind."""
    lowered = lower(text)
    surroundings = Surroundings(text)
    found = [one for kind in kinds() for one in _gravest(_of_kind(kind, lowered, surroundings))]
    return sorted(found, key=lambda one: (one.start, one.end, one.kind.name))


def lower(text: str) -> str:
    """`text` in lower case, every character in its old place (a capital İ would become two)."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(small if len(small := char.lower()) == 1 else char for char in text)


def _of_kind(kind: Kind, lowered: str, text: Surroundings) -> Iterator[Clause]:
    seen: set[int] = set()
    for word, pattern in kind.finds:
        for start, end in _sentences_with(word, lowered, text):
            if start in seen:
                continue
            told = one_line(lowered[start:end])
            if len(_WORD.findall(told)) < FEWEST_WORDS:
                continue
            if pattern.search(told) and not any(one.search(told) for one in kind.not_if):
                seen.add(start)
                weights = tuple(name for name, (_, sign) in WEIGHTS.items() if sign.search(told))
                yield Clause(kind, start, end, weights)


def _sentences_with(word: str, lowered: str, text: Surroundings) -> Iterator[tuple[int, int]]:
    at = lowered.find(word)
    for _ in range(MOST_READ):
        if at < 0:
            return
        start, end = text.around(at)
        yield start, end
        at = lowered.find(word, max(end, at + len(word)))


def _gravest(clauses: Iterator[Clause]) -> list[Clause]:
    return sorted(clauses, key=lambda one: (-one.grade, one.start))[:MOST_OF_A_KIND]


@cache
def kinds() -> tuple[Kind, ...]:
    """Every kind of the list, in its order."""
    return tuple(_kind(name, told) for name, told in sections(LIST).items() if name != TERMS)


def _kind(name: str, told: str) -> Kind:
    lines = [line.split(": ", 1) for line in told.split("\n")]
    one = {key: value for key, value in lines if key in {"risk", "grade", "why"}}
    finds = [(key.removeprefix("find "), _pattern(value)) for key, value in lines if key.startswith("find ")]
    nots = [_pattern(value) for key, value in lines if key == "not"]
    category = next(known for known in get_args(Category) if known == one["risk"])
    return Kind(name, category, float(one["grade"]), one["why"], tuple(finds), tuple(nots))


def _pattern(told: str) -> re.Pattern[str]:
    for name, meaning in pairs(LIST, TERMS).items():  # a term may name those that stand below it
        told = told.replace(f"<{name}>", meaning)
    return re.compile(told)
