"""What went wrong according to a review: kinds of issue by their signs, how grave, how urgent it all is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from analyses.cleaning import one_line, shortened
from analyses.lexicons import phrases
from analyses.local.aspects import clauses, feeling_between, parts_named
from analyses.local.language import guess_language
from analyses.local.reasons import Reason, reasons_in, signs
from analyses.local.sentiment import score_hits
from analyses.local.words import lowers, sentences

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


def haste(text: str, title: str | None, issues: list[Issue]) -> list[Reason]:
    """Why it is urgent; the points of the reasons add up to an urgency. Empty where nothing presses."""
    spans = [span.text for span in sentences(text)[:MOST_SENTENCES]] + ([title] if title else [])
    grave = sum(issue.severity == "high" for issue in issues)
    middling = sum(issue.severity == "medium" for issue in issues)
    weight = min(MOST_FOR_ISSUES, FOR_GRAVE * grave + FOR_MIDDLING * middling)
    found = reasons_in(URGENCY, spans)
    return [*found, Reason("issues", grave + middling, round(weight, 4))] if weight else found


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
        sign = next(iter(signs(LIST, kind, words)), None)
        if sign and feeling < SIGN_BELOW:
            named.append((kind, sign))
    if not named and feeling < FELT_BELOW:
        named = [(_kind_of(part), part) for part in parts_named(words)[:1]]
    yield from named[:2]


def _severity(kind: Kind, words: list[str], feeling: float, whole: float) -> Severity:
    mild, grave = (bool(signs(LIST, section, words)) for section in ("(mild)", "(grave)"))
    bad = whole < GOOD_WHOLE and ((grave and not mild) or feeling < GRAVE_FEELING)
    if kind == "safety" or bad:
        return "high"
    return "low" if kind not in NEVER_MILD and (mild or whole > GOOD_WHOLE) else "medium"


def _weight(issue: Issue) -> int:
    return {"low": 0, "medium": 1, "high": 2}[issue.severity] + 2 * (issue.kind in NEVER_MILD)


def _kind_of(part: str) -> Kind:
    return next((kind for kind in KINDS if tuple(part.split()) in phrases(LIST, f"({kind}) parts")), "other")
