"""What went wrong according to a review: kinds of issue by their signs, how grave, how urgent it all is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from analyses.cleaning import one_line, shortened
from analyses.lexicons import phrases, sections
from analyses.local.aspects import clauses, feeling_between, parts_named
from analyses.local.language import guess_language
from analyses.local.sentiment import score_hits
from analyses.local.words import PhraseFinder, lowers, sentences

Kind = Literal[
    "safety",
    "billing",
    "trust",
    "delivery",
    "function",
    "service",
    "quality",
    "fit",
    "price",
    "cleanliness",
    "usability",
    "other",
]
Severity = Literal["low", "medium", "high"]
KINDS: tuple[Kind, ...] = get_args(Kind)  # the costliest first
NEVER_MILD = frozenset({"safety", "billing", "trust"})
LIST, URGENCY = "issues", "urgency"
MOST_SENTENCES = 400
SIGN_BELOW = 0.15  # a sign counts unless its clause feels better than this ("no longer leaks")
FELT_BELOW = -0.15  # a clause about a known part tells of an issue when it feels worse than this
DENY_REACH = 3
DENIERS = frozenset(
    ["no", "not", "never", "without", "nothing", "isn't", "wasn't", "don't", "didn't", "doesn't"]
)
GRAVE_FEELING = -0.6
GOOD_WHOLE = 0.2
MOST_OF_A_KIND = 2
FOR_GRAVE, FOR_MIDDLING, MOST_FOR_ISSUES = 0.2, 0.12, 0.25  # of an urgency of 1
SIGN_CHARS, QUOTE_CHARS = 80, 300


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that went wrong: its kind, the sign by which it was found, and the clause, verbatim."""

    kind: Kind
    sign: str
    severity: Severity
    quote: str


@dataclass(frozen=True, slots=True)
class Pressure:
    """One reason for haste: how often it is met, and what it adds to an urgency of 0…1."""

    reason: str
    mentions: int
    points: float


def find_issues(text: str, title: str | None, feeling: float, most: int) -> list[Issue]:
    """At most `most` issues, the gravest first, and of one kind at most two.

    `feeling` is the score of the whole review: where it is good an issue weighs less, and where it is
    bad and no kind of issue is told, the sentence that feels worst is the issue.
    """
    language = guess_language(text)
    spans = [span.text for span in sentences(text)[:MOST_SENTENCES]] + ([title] if title else [])
    found = [issue for span in spans for issue in _issues_in(span, language, feeling)]
    if not found and feeling < 0:
        found = list(_worst(spans, language))
    kept: list[Issue] = []
    for issue in sorted(found, key=lambda one: (-_weight(one), KINDS.index(one.kind))):
        if len(kept) < most and sum(issue.kind == other.kind for other in kept) < MOST_OF_A_KIND:
            kept.append(issue)
    return kept


def pressures(text: str, title: str | None, issues: list[Issue]) -> list[Pressure]:
    """Why it is urgent; each reason counts once, however often it is met. Empty where nothing presses."""
    words = lowers(f"{title or ''}. {text}")
    found = []
    for section in sections(URGENCY):
        points, reason = section.split(" ", 1)
        mentions = sum(not _denied(words, at) for at, _ in _finder(URGENCY, section).find(words))
        if mentions:
            found.append(Pressure(reason, mentions, float(points)))
    grave = sum(issue.severity == "high" for issue in issues)
    middling = sum(issue.severity == "medium" for issue in issues)
    if grave or middling:
        weight = min(MOST_FOR_ISSUES, FOR_GRAVE * grave + FOR_MIDDLING * middling)
        found.append(Pressure("issues", grave + middling, round(weight, 4)))
    return found


def _issues_in(sentence: str, language: str, whole: float) -> Iterator[Issue]:
    hits = tuple(score_hits(sentence, language))
    for clause, start in clauses(sentence):
        words = lowers(clause)
        feeling = feeling_between(hits, start, start + len(clause))
        for kind, sign in _signs(words, feeling):
            yield Issue(kind, sign, _severity(kind, lowers(sentence), feeling, whole), clause.strip())


def _worst(spans: list[str], language: str) -> Iterator[Issue]:
    """The sentence that feels worst, where one feels bad at all."""
    felt = [(sum(hit.valence for hit in score_hits(span, language)), span) for span in spans]
    total, span = min(felt, default=(0.0, ""))
    if total < 0:
        yield Issue("other", shortened(one_line(span), SIGN_CHARS), "medium", span[:QUOTE_CHARS].rstrip())


def _signs(words: list[str], feeling: float) -> Iterator[tuple[Kind, str]]:
    """The kinds a clause is a sign of: by what it says, else by the part it feels badly about."""
    named = []
    for kind in KINDS:
        sign = next(
            (" ".join(p) for at, p in _finder(LIST, kind).find(words) if not _denied(words, at)), None
        )
        if sign and feeling < SIGN_BELOW:
            named.append((kind, sign))
    if not named and feeling < FELT_BELOW:
        named = [(_kind_of(part), part) for part in parts_named(words)[:1]]
    yield from named[:2]


def _severity(kind: Kind, words: list[str], feeling: float, whole: float) -> Severity:
    mild, grave = (any(_finder(LIST, section).find(words)) for section in ("(mild)", "(grave)"))
    if (
        kind == "safety"
        or (grave and not mild and whole < GOOD_WHOLE)
        or (feeling < GRAVE_FEELING and whole < GOOD_WHOLE)
    ):
        return "high"
    return "low" if kind not in NEVER_MILD and (mild or whole > GOOD_WHOLE) else "medium"


def _weight(issue: Issue) -> int:
    return {"low": 0, "medium": 1, "high": 2}[issue.severity] + 2 * (issue.kind in NEVER_MILD)


def _denied(words: list[str], at: int) -> bool:
    """True where a negator stands shortly before a sign that has none of its own."""
    return words[at] not in DENIERS and not DENIERS.isdisjoint(words[max(0, at - DENY_REACH) : at])


def _kind_of(part: str) -> Kind:
    return next((kind for kind in KINDS if tuple(part.split()) in phrases(LIST, f"({kind}) parts")), "other")


@cache
def _finder(name: str, section: str) -> PhraseFinder:
    return PhraseFinder(phrases(name, section))
