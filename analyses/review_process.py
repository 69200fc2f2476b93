"""`review.process`: what a review is about, what went wrong, how urgent that is and what to do about it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from analyses.base import Analysis, Answer, Factor
from analyses.cleaning import shortened
from analyses.contents import Review
from analyses.fencing import DATA_RULE
from analyses.lexicons import pairs
from analyses.local.aspects import find_aspects, parts_named
from analyses.local.issues import Kind, Severity, find_issues, haste
from analyses.local.keywords import keywords
from analyses.local.reasons import Reason
from analyses.local.words import lowers
from analyses.polarity import Feeling, Polarity, feeling_of, label_of
from analyses.quoting import Quote, verbatim
from analyses.trimming import at_most

Urgency = Literal["low", "medium", "high", "critical"]
MOST_TOPICS, MOST_ISSUES = 6, 8
RATING_SHARE = 0.5  # stars and words count alike where both are given
MIDDLE_RATING, RATING_REACH = 3.0, 2.0  # three stars are neutral, five are 1
LEVELS: list[tuple[float, Urgency]] = [(0.8, "critical"), (0.45, "high"), (0.1, "medium")]


class ReviewIssue(BaseModel):
    """One thing that went wrong."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    issue: Annotated[str, BeforeValidator(at_most(160))] = Field(
        description="What went wrong, in a few words that somebody who has not read the review understands."
    )
    kind: Kind
    severity: Severity
    quote: Quote


class ProcessedReview(Answer):
    """The answer of `review.process`."""

    topics: Annotated[list[str], BeforeValidator(at_most(MOST_TOPICS))] = Field(
        description="What the review is about, one to three words each, most important first; at most 6."
    )
    issues: Annotated[list[ReviewIssue], BeforeValidator(at_most(MOST_ISSUES))] = Field(
        description="What went wrong, gravest first; at most 8, none where nothing did."
    )
    urgency: Urgency = Field(
        description="critical: somebody may be hurt or sues; high: money or the customer is about to be "
        "lost; medium: a plain complaint; low: anything else."
    )
    urgency_score: float = Field(ge=0, le=1, description="0 can wait for ever, 1 must be handled today.")
    suggested_action: Annotated[str, BeforeValidator(at_most(500))] = Field(
        description="The next step for whoever looks after customers: who does what by when; one sentence."
    )
    sentiment: Polarity
    score: float = Field(ge=-1, le=1, description="-1 furious, 0 neutral, 1 delighted.")


_SYSTEM = (
    "You triage customer reviews for a small team. Read one review, and its stars where given, and "
    "say: the topics it is about; the issues, each named in a few words, with its kind, its severity "
    "as this customer lived it, and a quote copied letter by letter; how urgent an answer is and why "
    "that is no more than the review supports; one suggested action that a person can carry out and "
    "that promises nothing the business has not offered; and the sentiment of the whole, weighing "
    "stars and words. Praise has no issues. Wishes and questions are issues of low severity. Do not "
    "guess at facts. confidence says how sure you are, 0 to 1. Write in English whatever the review's "
    "language, and leave quotes as they are. Answer with JSON of the given schema only. "
    + DATA_RULE.format(kind="review")
)


class ReviewProcess(Analysis[Review, ProcessedReview]):
    """Triage of a customer's review."""

    name = "review.process"
    title = "What a review is about, what went wrong, how urgent it is and what to do next."
    content = Review
    answer = ProcessedReview
    instructions = {1: _SYSTEM}

    def local(self, content: Review) -> ProcessedReview:
        feeling = feeling_of(content.text, content.title)
        score = rated(feeling.score, content.rating)
        issues = find_issues(content.text, content.title, score, MOST_ISSUES)
        urgency_score = _urgency_score(haste(content.text, content.title, issues))
        urgency = urgency_of(urgency_score)
        return ProcessedReview(
            topics=_topics(content, feeling),
            issues=[
                ReviewIssue(
                    issue=f"{one.kind}: {one.sign}" if one.kind != "other" else one.sign,
                    kind=one.kind,
                    severity=one.severity,
                    quote=verbatim(one.quote, content.text, content.title or "") or "",
                )
                for one in issues
            ],
            urgency=urgency,
            urgency_score=urgency_score,
            suggested_action=_action(urgency, issues[0].kind if issues else None, label_of(score)),
            sentiment=label_of(score),
            score=score,
            confidence=_confidence(feeling, content.rating, score),
        )

    def explain(self, content: Review) -> list[Factor]:
        feeling = feeling_of(content.text, content.title)
        score = rated(feeling.score, content.rating)
        issues = find_issues(content.text, content.title, score, MOST_ISSUES)
        return [
            *score_factors(feeling, content.rating),
            *(one.factor("urgency_score") for one in haste(content.text, content.title, issues)),
        ]

    def summary(self, answer: ProcessedReview) -> dict[str, str]:
        return {
            "sentiment": f"{answer.sentiment} {answer.score:+.2f}",
            "urgency": answer.urgency,
            "topics": shortened(", ".join(answer.topics), 40) or "–",
            "issues": shortened("; ".join(one.issue for one in answer.issues), 80) or "none",
            "do": shortened(answer.suggested_action, 100),
        }

    def without_false_quotes(self, answer: ProcessedReview, content: Review) -> ProcessedReview:
        sources = (content.text, content.title or "")
        issues = [
            one.model_copy(update={"quote": verbatim(one.quote, *sources) or ""}) for one in answer.issues
        ]
        return answer.model_copy(update={"issues": issues})


def rated(score: float, rating: float | None) -> float:
    """The score of the words and the stars together, -1…1."""
    if rating is None:
        return score
    stars = (rating - MIDDLE_RATING) / RATING_REACH
    return round(max(-1.0, min(1.0, (1 - RATING_SHARE) * score + RATING_SHARE * stars)), 4)


def urgency_of(score: float) -> Urgency:
    """The level of an urgency of 0…1."""
    return next((level for least, level in LEVELS if score >= least), "low")


def _urgency_score(reasons: list[Reason]) -> float:
    return round(min(1.0, sum(reason.points for reason in reasons)), 4)


def score_factors(feeling: Feeling, rating: float | None) -> list[Factor]:
    """What words and stars add to the score."""
    if rating is None:
        return feeling.factors()
    stars = (rating - MIDDLE_RATING) / RATING_REACH
    return [
        Factor("score", "stars", stars, RATING_SHARE, stars * RATING_SHARE),
        *feeling.factors(share=1 - RATING_SHARE),
    ]


def _topics(content: Review, feeling: Feeling) -> list[str]:
    """The parts it has feelings about, then the parts it names again and again, then its own words."""
    felt = [found.name for found in find_aspects(feeling.scored)]
    named = parts_named(lowers(f"{content.title or ''}. {content.text}"), least=2)
    own = keywords(content.title or "", content.text, MOST_TOPICS)
    return list(dict.fromkeys([*felt, *named, *own]))[:MOST_TOPICS]


def _action(urgency: Urgency, gravest: Kind | None, sentiment: Polarity) -> str:
    if gravest is None:
        return pairs("actions", "praise")[sentiment] + "."
    return f"{pairs('actions', 'how soon')[urgency]}; {pairs('actions', 'step')[gravest]}."


def _confidence(feeling: Feeling, rating: float | None, score: float) -> float:
    """That of the words, moved by a tenth where stars agree or disagree with them."""
    if rating is None:
        return feeling.confidence
    agrees = (feeling.score >= 0) == (score >= 0)
    return round(min(0.95, max(0.2, feeling.confidence + (0.1 if agrees else -0.1))), 2)
