"""How much a story promises beyond what it shows, 0 (sober) to 10 (pure hype), as a sum of weighted features.

Lures of the headline after Chakraborty et al., "Stop Clickbait" (ASONAM 2016); strength of claims after
Sumner et al., "The association between exaggeration in health related science news and academic press
releases" (BMJ 2014). Weights were set by hand on half of the public headlines; see docs/local-analysers.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import exp

from analyses.lexicons import words as listed
from analyses.local.markdown import plain
from analyses.local.words import lowers, sentences

BASE = 2.6  # points of a story with no feature at all
BODY_WORDS = 4_000  # what is looked at of the text
MOST_SENTENCES = 400
LEAST_BOLD = 1.0
QUOTE_CHARS = 300
_LISTICLE = re.compile(
    r"^(?:the |top |these |here are |just )?\d{1,3}\b"
    r"(?!\s?(?:%|percent|million|billion|dead|killed|die|people|hurt|injured))",
    re.I,
)
MULTIPLIER = re.compile(r"\b\d{1,4}(?:x|-fold| times (?:faster|better|more|cheaper|smarter))\b", re.I)
# Bounded runs behind a look-behind: a million digits stay linear.
FIGURE = re.compile(
    r"(?<![\d.,])\d{1,12}(?:[.,]\d{1,12}){0,4}\s?(?:%|percent\b|per cent\b)|\b[pn]\s?[=<]\s?\d"
)
_QUESTION_LEAD = re.compile(
    r"^(?:can|which|what|how|why|who|are|is|do|does|did|would|should|have|when|where)\b", re.I
)
_SHOUT = re.compile(r"\b[A-Z]{4,}\b")

# Points that a feature at full strength adds to the score.
WEIGHTS: dict[str, float] = {
    "headline: list of things": 3.2,
    "headline: speaks to you": 2.2,
    "headline: speaks of us": 0.9,
    "headline: points at what it hides": 1.5,
    "headline: question": 1.3,
    "headline: small talk": 2.4,
    "headline: hard news": -1.6,
    "superlatives": 4.0,
    "absolutes": 1.8,
    "promises": 1.6,
    "urgency": 1.0,
    "multipliers": 1.2,
    "shouting": 1.4,
    "strong causal claims": 1.2,
    "hedges": -1.6,
    "limits named": -1.0,
    "evidence": -1.6,
    "figures": -0.6,
}


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of a story: `value` 0…1, and the points it adds."""

    name: str
    value: float

    @property
    def points(self) -> float:
        return self.value * WEIGHTS[self.name]


def hype_features(title: str, text: str) -> list[Feature]:
    """Every feature in the order of `WEIGHTS`. Words are counted by density, so length alone adds nothing."""
    prose = f"{title}\n{plain(text)}"
    head = lowers(title)
    body = lowers(prose)[:BODY_WORDS]
    values = {**_headline(title, head), **_body(prose, body)}
    return [Feature(name, round(values[name], 4)) for name in WEIGHTS]


def hype_score(features: list[Feature]) -> float:
    """The points on top of the base, held to 0…10."""
    return max(0.0, min(10.0, BASE + sum(feature.points for feature in features)))


def _headline(title: str, head: list[str]) -> dict[str, float]:
    small = sum(word in _list("small talk") for word in head) / max(1, len(head))
    return {
        "headline: list of things": float(_LISTICLE.match(title) is not None),
        "headline: speaks to you": _some(head, _list("second person")),
        "headline: speaks of us": _some(head, _list("first person")),
        "headline: points at what it hides": _some(head, _list("pointed")),
        "headline: question": float(bool(_QUESTION_LEAD.match(title)) or title.endswith("?")),
        "headline: small talk": min(1.0, small / 0.4),
        "headline: hard news": _some(head, _list("hard news")),
    }


def _body(prose: str, words: list[str]) -> dict[str, float]:
    shouts = len(_SHOUT.findall(prose)) * (not prose.isupper()) * 0.3 + prose.count("!")
    strong = words and not _density(words, _list("hedges"))
    return {
        "superlatives": _dense(words, _list("puffery"), 45),
        "absolutes": _dense(words, _list("absolutes"), 25),
        "promises": _dense(words, _list("promises"), 25),
        "urgency": _dense(words, _list("urgency"), 15),
        "multipliers": _saturating(len(MULTIPLIER.findall(prose)), len(words), 60),
        "shouting": _saturating(shouts, len(words), 40),
        "strong causal claims": _dense(words, _list("strong causes"), 25) * (1.0 if strong else 0.4),
        "hedges": _dense(words, _list("hedges"), 25),
        "limits named": _dense(words, _list("limits"), 30),
        "evidence": _dense(words, _list("evidence"), 20),
        "figures": _saturating(len(FIGURE.findall(prose)), len(words), 40),
    }


def _some(words: list[str], named: frozenset[str]) -> float:
    """0 for none, 0.8 for one, 1 for more."""
    return min(1.0, 0.8 * sum(word in named for word in words))


def _density(words: list[str], named: frozenset[str]) -> float:
    return sum(word in named for word in words) / max(1, len(words))


def _dense(words: list[str], named: frozenset[str], steepness: float) -> float:
    return _saturating(sum(word in named for word in words), len(words), steepness)


def _saturating(count: float, words: int, steepness: float) -> float:
    """Density as 0…1: 1 - exp(-steepness × count / words), short texts counted as of 12 words."""
    return 1 - exp(-steepness * count / max(12, words))


def boldness(sentence: str) -> float:
    """How much one sentence promises: superlatives and multiples count 1, absolutes ½, hedges take ½."""
    words = lowers(sentence)
    bold = sum(word in _list("puffery") for word in words) + 0.5 * sum(
        word in _list("absolutes") for word in words
    )
    return bold + len(MULTIPLIER.findall(sentence)) - 0.5 * sum(word in _list("hedges") for word in words)


def boldest_sentence(text: str) -> str | None:
    """The sentence, verbatim, that promises most; None where none promises anything."""
    spans = [span.text for span in sentences(text)[:MOST_SENTENCES] if 20 <= len(span.text) <= QUOTE_CHARS]
    boldest = max(((boldness(span), -at, span) for at, span in enumerate(spans)), default=None)
    return boldest[2] if boldest and boldest[0] >= LEAST_BOLD else None


def _list(section: str) -> frozenset[str]:
    return listed("hype", section)
