"""How mature a tool is as far as its description tells: signs by kind, weighed by a small trained model."""

from __future__ import annotations

import re
from functools import cache
from math import log

from analyses import lexicons
from analyses.local.linear import Linear, load
from analyses.local.markdown import plain
from analyses.local.words import PhraseFinder, lowers, sentences

LIST = "tools"
LABEL = "maturity"
WORDS = 1_500  # looked at; what is long says the rest more than once
FULL_SENTENCES, FULL_COMMAS, FULL_MENTIONS = 12, 24, 8  # at so many a feature is at full strength
FIRST_WORDS = 60
GIVEN_UP_AT_MOST = 0.1
_VERSION = re.compile(r"\bv?\d{1,4}\.\d{1,4}(?:\.\d{1,5})?\b")
_ZERO = re.compile(r"\bv?0\.\d{1,4}(?:\.\d{1,5})?\b")


def features_of(name: str, description: str) -> dict[str, float]:
    """Signs of maturity and the lack of it, each 0…1, from what a description holds."""
    prose = plain(description[:20_000])
    words = lowers(prose)[:WORDS]
    told = " ".join(words[:40])
    found = {f"signs: {kind}": _share(len(_met(kind, words)), 3) for kind in _kinds()}
    shape = {
        "shape: detail": _share(len(sentences(prose[:8_000])), FULL_SENTENCES),
        "shape: breadth": _share(prose[:8_000].count(","), FULL_COMMAS),
        "shape: says what it is": float(bool(re.search(r"\b(?:is|are) (?:an?|the)\b", told))),
        "shape: named again": _share(" ".join(words).count(name.lower()) if name else 0, FULL_MENTIONS),
        "shape: has versions": float(bool(_VERSION.search(prose))),
        "shape: is before version one": float(bool(_ZERO.search(prose))),
    }
    return {name: round(value, 4) for name, value in {**found, **shape}.items() if value}


def maturity(features: dict[str, float], description: str) -> float:
    """0 planned or given up, 0.3 young, 0.6 in use, 1 established."""
    score = max(0.0, min(1.0, model().score(features, LABEL)))
    return min(score, GIVEN_UP_AT_MOST) if says_given_up(description) else score


def says_given_up(description: str) -> bool:
    """True where the first words already say that the tool is given up: too rare to be learnt."""
    return bool(_met("ended", lowers(plain(description[:2_000]))[:FIRST_WORDS]))


def model() -> Linear:
    return load("maturity")


def _met(kind: str, words: list[str]) -> set[str]:
    """The different signs of a kind that occur."""
    return {" ".join(phrase) for _, phrase in _finder(kind).find(words)}


def _share(count: int, full: int) -> float:
    """A count on a logarithmic scale that is 1 at `full`."""
    return min(1.0, log(1 + count) / log(1 + full))


def _kinds() -> list[str]:
    return [title for title in lexicons.sections(LIST) if not title.startswith("(")]


@cache
def _finder(kind: str) -> PhraseFinder:
    return PhraseFinder(lexicons.phrases(LIST, kind))
