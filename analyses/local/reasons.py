"""Reasons that add up: signs by kind from a word list whose section names say what each kind adds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from analyses.base import Factor
from analyses.lexicons import phrases, sections
from analyses.local.words import PhraseFinder, lowers

DENY_REACH = 3
DENIERS = frozenset(
    ["no", "not", "never", "without", "nothing", "isn't", "wasn't", "don't", "didn't", "doesn't"]
)


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: how often a sign of it is met, what it adds, and the first sentence that shows it."""

    name: str
    mentions: int
    points: float
    quote: str = ""

    def factor(self, score: str) -> Factor:
        return Factor(score, self.name, float(self.mentions), self.points / self.mentions, self.points)


def reasons_in(name: str, sentences: Iterable[str]) -> list[Reason]:
    """The reasons of the list `name` that `sentences` hold, in the list's order.

    A section is called "0.4 the customer leaves": a reason counts once, however often it is met.
    """
    told = [(sentence, lowers(sentence)) for sentence in sentences]
    found = []
    for section in sections(name):
        points, reason = section.split(" ", 1)
        met = [(sentence, signs(name, section, words)) for sentence, words in told]
        mentions = sum(len(signs_met) for _, signs_met in met)
        if mentions:
            quote = next(sentence for sentence, signs_met in met if signs_met)
            found.append(Reason(reason, mentions, float(points), quote))
    return found


def signs(name: str, section: str, words: list[str]) -> list[str]:
    """The signs of a section that occur among `words` (lower case) and are not denied."""
    return [" ".join(p) for at, p in finder(name, section).find(words) if not denied(words, at)]


def denied(words: list[str], at: int) -> bool:
    """True where a negator stands shortly before a sign that has none of its own."""
    return words[at] not in DENIERS and not DENIERS.isdisjoint(words[max(0, at - DENY_REACH) : at])


@cache
def finder(name: str, section: str) -> PhraseFinder:
    return PhraseFinder(phrases(name, section))
