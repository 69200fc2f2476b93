"""`email.sentiment`: how a mail feels, in what tone it is written, and whether it should be escalated."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from analyses.base import Analysis, Answer, Factor
from analyses.cleaning import shortened
from analyses.contents import Email
from analyses.fencing import DATA_RULE
from analyses.lexicons import words
from analyses.local.mail import bare_subject, own_sentences
from analyses.local.reasons import Reason, reasons_in, signs
from analyses.local.words import lowers
from analyses.polarity import Feeling, Polarity, feeling_of, label_of
from analyses.quoting import Quote, verbatim
from analyses.trimming import at_most

Tone = Literal[
    "angry",
    "frustrated",
    "worried",
    "urgent",
    "apologetic",
    "grateful",
    "enthusiastic",
    "friendly",
    "confidential",
    "formal",
    "matter-of-fact",
]
TONES: tuple[Tone, ...] = get_args(Tone)
HOSTILE = frozenset({"angry", "frustrated"})
WARM = frozenset({"enthusiastic", "friendly"})
PLAIN: Tone = "matter-of-fact"
COURTESY, TROUBLE = 0.3, 0.2  # how good and how bad mail sounds that only does its business
ESCALATE_FROM = 0.5  # one grave sign, or two lesser ones
MOOD_REACH = 0.3  # what the blackest mood adds by itself
MOST_REASONS = 5


class EscalationReason(BaseModel):
    """Why somebody above should see the mail."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    reason: Annotated[str, BeforeValidator(at_most(160))] = Field(description="In a few words.")
    quote: Quote


class MailSentiment(Answer):
    """The answer of `email.sentiment`."""

    label: Polarity
    score: float = Field(ge=-1, le=1, description="-1 furious or desperate, 0 neutral, 1 delighted.")
    tone: Tone = Field(description="The tone that a reader would notice first.")
    escalate: bool = Field(description="True where somebody above the recipient should see it today.")
    escalation_score: float = Field(ge=0, le=1, description="0 routine, 0.5 and more should be escalated.")
    escalation_reasons: Annotated[list[EscalationReason], BeforeValidator(at_most(MOST_REASONS))] = Field(
        description="Why it should be escalated, weightiest first; at most 5, none for routine mail."
    )


_SYSTEM = (
    "You read business mail for somebody who has two hundred more to read. Judge only what the sender wrote "
    "now: quoted and forwarded mails below it are context, signatures and legal footers count for nothing. "
    "Say how the sender feels about the matter (label, and a score from -1 to 1 with |score| below 0.05 as "
    "neutral); bad news that is told calmly is neutral, politeness around a complaint does not make it "
    "positive. Name the tone a reader would notice first. Escalate where waiting could cost a customer, a "
    "contract, a legal position or somebody's safety, where a person above is asked for, or where the same "
    "request has gone unanswered; give each reason with a quote copied letter by letter. Routine urgency is "
    "no escalation. confidence says how sure you are, 0 to 1. Write in English and leave quotes as they are. "
    "Answer with JSON of the given schema only. " + DATA_RULE.format(kind="email")
)


class EmailSentiment(Analysis[Email, MailSentiment]):
    """Sentiment, tone and escalation of a mail."""

    name = "email.sentiment"
    title = "How a mail feels, its tone, and whether it should be escalated."
    queue = "emails"
    content = Email
    answer = MailSentiment
    instructions = {1: _SYSTEM}

    def local(self, content: Email) -> MailSentiment:
        own = own_sentences(content.text)
        feeling = _feeling(content, own)
        score = beyond_business(feeling.score)
        reasons = _reasons(own, feeling, score)
        urgency = _sum(reasons)
        return MailSentiment(
            label=label_of(score),
            score=score,
            tone=_tone(own, label_of(score)),
            escalate=urgency >= ESCALATE_FROM,
            escalation_score=urgency,
            escalation_reasons=[
                EscalationReason(reason=one.name, quote=verbatim(one.quote, content.text) or "")
                for one in sorted(reasons, key=lambda one: -one.points)[:MOST_REASONS]
                if urgency >= ESCALATE_FROM
            ],
            confidence=feeling.confidence,
        )

    def explain(self, content: Email) -> list[Factor]:
        own = own_sentences(content.text)
        feeling = _feeling(content, own)
        score = beyond_business(feeling.score)
        usual = score - feeling.score
        return [
            *feeling.factors(),
            *([Factor("score", "what any mail sounds like", usual, 1.0, usual)] if usual else []),
            *(one.factor("escalation_score") for one in _reasons(own, feeling, score)),
        ]

    def summary(self, answer: MailSentiment) -> dict[str, str]:
        reasons = "; ".join(one.reason for one in answer.escalation_reasons)
        return {
            "label": answer.label,
            "score": f"{answer.score:+.2f}",
            "tone": answer.tone,
            "escalate": shortened(f"yes: {reasons}".rstrip(": "), 100) if answer.escalate else "no",
        }

    def without_false_quotes(self, answer: MailSentiment, content: Email) -> MailSentiment:
        sources = (content.text, content.subject or "")
        reasons = [
            one.model_copy(update={"quote": verbatim(one.quote, *sources) or ""})
            for one in answer.escalation_reasons
        ]
        return answer.model_copy(update={"escalation_reasons": reasons})


def beyond_business(score: float) -> float:
    """A score less what is mere courtesy or mere mention of trouble, -1…1.

    Thanks, "please" and "problem" stand in mail that feels nothing, so 0.3 of praise and 0.2 of blame
    count as nothing, and the rest is stretched to the whole range.
    """
    least = COURTESY if score > 0 else TROUBLE
    beyond = max(0.0, abs(score) - least) / (1 - least)
    return round(beyond if score > 0 else -beyond, 4) or 0.0


def _feeling(content: Email, own: list[str]) -> Feeling:
    return feeling_of("\n\n".join(own), bare_subject(content.subject), words("tones", "(of business)"))


def _reasons(own: list[str], feeling: Feeling, score: float) -> list[Reason]:
    """What speaks for escalation; the points add up."""
    found = reasons_in("escalation", own)
    worst = min(feeling.scored, key=lambda one: one.score, default=None)
    if score < 0 and worst is not None:
        points = round(MOOD_REACH * -score, 4)
        found.append(Reason("the mood is bad", len(feeling.scored), points, worst.span.text))
    return found


def _sum(reasons: list[Reason]) -> float:
    return round(min(1.0, sum(reason.points for reason in reasons)), 4)


def _tone(own: list[str], mood: Polarity) -> Tone:
    """The tone with most signs that fits the mood: nobody is furious in a mail that feels good."""
    words = [lowers(sentence) for sentence in own]
    counts = {tone: sum(len(signs("tones", tone, one)) for one in words) for tone in TONES if tone != PLAIN}
    unfit = {"negative": WARM, "positive": HOSTILE, "neutral": frozenset({"angry"})}[mood]
    fitting = {tone: count for tone, count in counts.items() if count and tone not in unfit}
    return max(fitting, key=lambda tone: fitting[tone], default=PLAIN)
