"""What a prompt says and leaves out: features by which its clarity, specificity and safety are scored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import exp
from typing import Literal

from analyses.lexicons import pairs
from analyses.local.language import ENGLISH, UNDETERMINED, guess_language
from analyses.local.reasons import finder
from analyses.local.words import lowers, sentences

Score = Literal["clarity_score", "specificity_score", "safety_score"]
Problem = Literal[
    "no task",
    "no format",
    "no context",
    "no example",
    "no limits",
    "vague",
    "several tasks",
    "contradiction",
    "too long sentences",
    "unmarked input",
    "no way out",
    "injection",
    "jailbreak",
    "secret",
    "harm",
    "personal data",
]
UNSAFE: tuple[Problem, ...] = ("injection", "jailbreak", "secret", "harm")
LIST = "prompts"
WORDS, MOST_SENTENCES = 6_000, 400
LONG_SENTENCE_WORDS, LEAST_WORDS, MANY_TASKS = 32, 4, 6
QUOTE_CHARS = 300
UNREAD_TASK = 0.7  # of a language that we have no list for: most prompts name one
_PERSONAL = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,63}"  # mail
    r"|(?<![\d.,])(?:\d[ -]?){13,16}(?![\d.,])"  # card
    r"|(?<![\d.,])\d{3}-\d{2}-\d{4}(?!\d)"  # US social security
    r"|\b(?:sk|pk|ghp|xox[bp])[-_][A-Za-z0-9_-]{12,80}"  # keys
)
_BLANK = re.compile(
    r"\{\{?[\w .:-]{1,60}\}?\}|\$\{[^}\n]{1,80}\}|\[[A-Za-z][\w ]{1,40}\]|<[a-z][\w -]{1,30}>"
)
_MARKED = re.compile(
    r"\"\"\"|```|<{3}|>{3}|-{3,}|={3,}|#{3}|</[a-z][\w-]{0,30}>|\b(?:between|delimited|enclosed)\b", re.I
)
_STRUCTURE = re.compile(r"^[ \t]{0,8}(?:[-*•#]|\d{1,2}[.)])", re.M)
_FIGURE = re.compile(r"(?<![\w.])\d{1,6}(?![\w])")

# Points of 10 that a feature at full strength adds to a score; a base stands first.
WEIGHTS: dict[Score, dict[str, float]] = {
    "clarity_score": {
        "base": 4.0,
        "names a task": 3.0,
        "states rules": 1.0,
        "is structured": 1.0,
        "gives a role": 0.6,
        "gives context": 1.0,
        "vague words": -2.5,
        "several tasks": -1.5,
        "long sentences": -1.5,
        "contradiction": -2.0,
        "is a fragment": -2.0,
    },
    "specificity_score": {
        "base": 1.0,
        "names the form": 2.0,
        "sets limits": 1.4,
        "has figures": 0.8,
        "gives context": 1.4,
        "gives examples": 1.4,
        "states rules": 1.2,
        "says what is good": 0.8,
        "marks its input": 0.6,
        "vague words": -1.5,
    },
    "safety_score": {
        "base": 9.5,
        "says when unsure": 0.5,
        "personal data": -2.0,
        "unmarked input": -1.0,
        **{kind: -float(points) for kind, points in pairs(LIST, "(weights)").items()},
    },
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """One problem of a prompt and the words that show it; empty for what is left out."""

    kind: Problem
    quote: str = ""


def features_of(text: str) -> dict[str, float]:
    """What the prompt says, each 0…1, and the constant `base`."""
    words = lowers(text)[:WORDS]
    spans = [span.text for span in sentences(text)[:MOST_SENTENCES]]
    long = sum(len(lowers(span)) > LONG_SENTENCE_WORDS for span in spans)
    task = 1.0 if _met("task", words) or "?" in text else 0.0 if is_read(text) else UNREAD_TASK
    return {
        "base": 1.0,
        "names a task": task,
        "gives a role": float(bool(_met("role", words))),
        "states rules": _saturating(len(_met("rules", words)), 3),
        "is structured": _saturating(len(_STRUCTURE.findall(text)), 4) if len(words) > 40 else 0.0,
        "gives context": _saturating(len(_met("context", words)), 3),
        "names the form": _saturating(len(_met("output format", words)), 2),
        "sets limits": _saturating(len(_met("limits", words)), 2),
        "has figures": float(bool(_FIGURE.search(text))),
        "gives examples": float(bool(_met("example", words))),
        "says what is good": _saturating(len(_met("success", words)), 2),
        "says when unsure": float(bool(_met("says when unsure", words))),
        "vague words": min(1.0, 12 * len(_met("vague", words)) / max(40, len(words))),
        "several tasks": float(text.count("?") >= MANY_TASKS),
        "long sentences": long / len(spans) if spans else 0.0,
        "contradiction": float(bool(_contradiction(words))),
        "is a fragment": float(len(words) < LEAST_WORDS),
        "marks its input": float(bool(_BLANK.search(text) or _MARKED.search(text))),
        "unmarked input": float(bool(_BLANK.search(text)) and not _MARKED.search(text)),
        "personal data": float(bool(_PERSONAL.search(text))),
        **{kind: _saturating(len(_met(f"unsafe {kind}", words)), 0.6) for kind in UNSAFE},
    }


def is_read(text: str) -> bool:
    """True where the word lists can tell what is missing: they are English."""
    return guess_language(text) in {ENGLISH, UNDETERMINED}


def without_personal_data(text: str) -> str:
    return _PERSONAL.sub("{left out}", text)


def score(features: dict[str, float], name: Score) -> float:
    """The points of one score, held to 0…10."""
    points = sum(features.get(feature, 0.0) * weight for feature, weight in WEIGHTS[name].items())
    return round(max(0.0, min(10.0, points)), 2)


def flaws(text: str, features: dict[str, float]) -> Iterator[Flaw]:
    """The problems, what is unsafe first, then what is in the way, then what is missing."""
    spans = [span.text for span in sentences(text)[:MOST_SENTENCES]]
    for kind in UNSAFE:
        if features[kind]:
            yield Flaw(kind, _first(spans, f"unsafe {kind}"))
    if features["personal data"]:
        yield Flaw("personal data")  # not repeated where it may be read
    if not features["names a task"] or features["is a fragment"]:
        yield Flaw("no task")
    if features["contradiction"]:
        yield Flaw("contradiction")
    if features["several tasks"]:
        yield Flaw("several tasks")
    if features["vague words"] >= 0.3:
        yield Flaw("vague", _first(spans, "vague"))
    if features["long sentences"] > 0.5:
        yield Flaw("too long sentences", max(spans, key=len)[:QUOTE_CHARS].rstrip())
    if features["unmarked input"]:
        found = _BLANK.search(text)
        yield Flaw("unmarked input", found.group() if found else "")
    if is_read(text):
        yield from _missing(features)


def unsafe_sentences(text: str) -> set[str]:
    """The sentences with a sign of something unsafe, verbatim."""
    spans = [span.text for span in sentences(text)[:MOST_SENTENCES]]
    return {span for span in spans for kind in UNSAFE if _met(f"unsafe {kind}", lowers(span))}


def _missing(features: dict[str, float]) -> Iterator[Flaw]:
    wanted: list[tuple[str, Problem]] = [
        ("names the form", "no format"),
        ("gives context", "no context"),
        ("sets limits", "no limits"),
        ("gives examples", "no example"),
        ("says when unsure", "no way out"),
    ]
    yield from (Flaw(kind) for feature, kind in wanted if not features[feature])


def _met(section: str, words: list[str]) -> set[str]:
    return {" ".join(phrase) for _, phrase in finder(LIST, section).find(words)}


def _first(spans: list[str], section: str) -> str:
    """The first sentence with a sign of the section, cut verbatim."""
    return next((span[:QUOTE_CHARS].rstrip() for span in spans if _met(section, lowers(span))), "")


def _contradiction(words: list[str]) -> str | None:
    told = f" {' '.join(words)} "
    clashes = pairs(LIST, "contradictions").items()
    return next((one for one, other in clashes if f" {one} " in told and f" {other} " in told), None)


def _saturating(count: int, half: float) -> float:
    """0 for none, 0.63 at `half`, towards 1 for many."""
    return round(1 - exp(-count / half), 4)
