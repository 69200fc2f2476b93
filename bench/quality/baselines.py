"""Baselines: what is right by chance, by habit, or by a plain library."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

from analyses.local.words import lowers, sentences
from bench.quality.measure import Cases


def chance(cases: Cases, seen: Cases) -> list[Any]:
    """The same score for everything: an AUC of 0.5, a correlation of 0."""
    return [0.0] * len(cases)


def commonest(cases: Cases, seen: Cases) -> list[Any]:
    """The label that the other half has most often, for everything."""
    ((label, _),) = Counter(str(case.gold) for case in seen).most_common(1)
    return [label] * len(cases)


def always(cases: Cases, seen: Cases) -> list[Any]:
    """Yes to everything."""
    return [True] * len(cases)


def every_category(cases: Cases, seen: Cases) -> list[Any]:
    """Every category there is, for everything."""
    names = sorted({name for case in [*cases, *seen] for name in case.gold})
    return [names] * len(cases)


def known_aspects(cases: Cases, seen: Cases) -> list[Any]:
    """Whichever of the other half's twenty commonest parts of products stand in the text."""
    common = [name for name, _ in Counter(one for case in seen for one in case.gold).most_common(20)]
    return [[name for name in common if name in lowers(case.content["text"])] for case in cases]


def vader(cases: Cases, seen: Cases) -> list[Any]:
    """Plain VADER's compound score (Hutto & Gilbert 2014)."""
    return [_vader().polarity_scores(case.content["text"])["compound"] for case in cases]


def vader_sign(cases: Cases, seen: Cases) -> list[Any]:
    """The same with 0 as negative, which is the kindest way to read it: it is 0 for a fifth of all texts."""
    return [score or -0.01 for score in vader(cases, seen)]


def length(cases: Cases, seen: Cases) -> list[Any]:
    """How long the text is, in characters."""
    return [len(case.content["text"]) for case in cases]


def figures(cases: Cases, seen: Cases) -> list[Any]:
    """How many digits the text has."""
    return [sum(char.isdigit() for char in case.content["text"]) for case in cases]


def first_sentences(cases: Cases, seen: Cases) -> list[Any]:
    """The first two sentences, as news are usually cut."""
    return [" ".join(one.text for one in sentences(case.content["text"])[:2]) for case in cases]


@cache
def _vader() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()
