"""A reply to a review, put together from pieces in the review's language and the tone that is wanted.

It takes up what the review says in the review's own words, and promises nothing: no money, no date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from analyses.cleaning import one_line
from analyses.lexicons import pairs, sections
from analyses.local.aspects import find_aspects
from analyses.local.issues import find_issues
from analyses.local.language import ENGLISH
from analyses.local.sentiment import Scored

LIST = "replies"
QUOTE_CHARS = 120  # longer words of a review are not repeated to it
MOST_PRAISE, MOST_ISSUES, MOST_FOUND = 1, 3, 8
DANGER = "safety"
LIKED_FROM = 0.25
NEUTRAL_BELOW = 0.05
MIDDLING_RATING = 3.5  # stars up to which nobody is simply pleased
MIXED_WITHIN = 0.5  # a review with an issue whose score is between -0.5 and 0.5 is mixed if it praises too
_EDGES = " \t\n.,;:!?…-–—\"'“”‘’«»()"
_JOINING = re.compile(r"^(?:but|and|also|though|aber|mais|pero|ma|mas|maar)\s", re.I)
_ADDRESS = re.compile(r"https?:|www\.|@|\.(?:com|net|org|io)\b|\d{6}", re.I)
Mood = Literal["positive", "mixed", "negative", "neutral"]


@dataclass(frozen=True, slots=True)
class Point:
    """One thing of the review that the reply takes up: what it is called, and the words, verbatim."""

    name: str
    quote: str
    is_issue: bool


def points_of(text: str, title: str | None, score: float, scored: list[Scored]) -> list[Point]:
    """What a reply should take up: one thing that was liked, then up to three that went wrong."""
    found = find_issues(text, title, score, MOST_FOUND)
    issues = list({issue.kind: issue for issue in reversed(found)}.values())[::-1][:MOST_ISSUES]
    blamed = {_bare(issue.quote) for issue in found}
    liked = [
        Point(aspect.name, _bare(aspect.quote), is_issue=False)
        for aspect in find_aspects(scored)
        if aspect.score >= LIKED_FROM and _bare(aspect.quote) not in blamed and _is_quotable(aspect.quote)
    ]
    return [*liked[:MOST_PRAISE], *(Point(issue.kind, _bare(issue.quote), is_issue=True) for issue in issues)]


def mood_of(score: float, rating: float | None, points: list[Point]) -> Mood:
    """Mixed where something was liked and something went wrong, and where the stars do not praise."""
    issues, liked = any(p.is_issue for p in points), any(not p.is_issue for p in points)
    if issues and abs(score) < MIXED_WITHIN and (liked or score > 0):
        return "mixed"
    if score > 0 and rating is not None and rating <= MIDDLING_RATING:
        return "mixed"
    if not issues and abs(score) < NEUTRAL_BELOW:
        return "neutral"
    return "positive" if score > 0 else "negative"


def language_of(language: str) -> str:
    """The language of a reply to a review in `language`: the same where there are pieces for it."""
    return language if language in sections(LIST) else ENGLISH


def compose(
    language: str, tone: str, mood: Mood, points: list[Point], *, name: str | None, business: str | None
) -> str:
    """The reply, in paragraphs."""
    issues = [point for point in points if point.is_issue]
    quoted = {
        "praise": [p.quote for p in points if not p.is_issue and tone != "concise"],
        "issue": [p.quote for p in issues],
    }
    said = [_piece(language, f"open {mood}", tone)]
    for piece, quotes in quoted.items():
        told = list(dict.fromkeys(one_line(quote) for quote in quotes if _is_quotable(quote)))
        if told:
            joined = _piece(language, "between", tone).join(told)
            said.append(_piece(language, piece, tone).replace("{quote}", joined))
    if any(point.name == DANGER for point in issues):
        said.append(_piece(language, "safety", tone))
    said.append(_piece(language, "step" if issues else "again", tone))
    greeting = _piece(language, "greet" if name else "greet nobody", tone).replace("{name}", name or "")
    signature = business or _piece(language, "team", tone)
    return f"{greeting}\n\n{' '.join(said)}\n\n{_piece(language, 'sign', tone)}\n{signature}"


def _piece(language: str, piece: str, tone: str) -> str:
    told = pairs(LIST, language)
    return told.get(f"{piece} {tone}") or told[piece]


def _bare(quote: str) -> str:
    """A clause without the marks and the joining word at its ends; still verbatim."""
    bare = quote.strip(_EDGES)
    return _JOINING.sub("", bare)


def _is_quotable(quote: str) -> bool:
    """Short, and without an address: a reply is public, and repeats no link or contact for anybody."""
    bare = _bare(quote)
    return 0 < len(bare) <= QUOTE_CHARS and not _ADDRESS.search(bare)
