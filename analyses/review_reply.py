"""`review.reply`: an answer to a review, in its language and in the tone that is wanted."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from analyses.base import Analysis, Answer, Factor
from analyses.cleaning import one_line, shortened
from analyses.contents import Review
from analyses.fencing import DATA_RULE
from analyses.local import replies
from analyses.polarity import feeling_of
from analyses.quoting import Quote, verbatim
from analyses.review_process import rated, score_factors
from analyses.trimming import at_most

MOST_POINTS = 6
REPLY_CHARS = 4_000


class AddressedPoint(BaseModel):
    """One thing of the review that the reply takes up."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    point: Annotated[str, BeforeValidator(at_most(120))] = Field(
        description="What is taken up, in a few words of English."
    )
    quote: Quote


class WrittenReply(Answer):
    """The answer of `review.reply`."""

    reply: Annotated[str, BeforeValidator(at_most(REPLY_CHARS))] = Field(
        description="The reply, ready to be sent: greeting, at most 120 words, sign-off; no headings."
    )
    language: Annotated[str, BeforeValidator(at_most(12))] = Field(
        description="ISO 639-1 code of the language in which the reply is written."
    )
    points_addressed: Annotated[list[AddressedPoint], BeforeValidator(at_most(MOST_POINTS))] = Field(
        description="What of the review the reply takes up, in its order; at most 6."
    )


_SYSTEM = (
    "You answer a customer's review in the name of the business. Write in the language of the review "
    "and in the tone that is asked for: friendly (warm and plain), formal (courteous, no contractions, "
    "the polite form of address), apologetic (own the fault first, once, without grovelling), "
    "empathetic (name what it was like for them), grateful (thank for something in particular), "
    "concise (at most 40 words). Take up what this review says, the gravest first, and nothing that it "
    "does not say; thank for praise in particular words. Promise no refund, replacement, date or cause "
    "that is not in the data, admit no liability, do not argue, do not repeat insults, and ask for no "
    "personal data in public: invite to direct contact where something has to be put right. Where "
    "somebody may be hurt, ask them to stop using it. Greet by the author's name if there is one, and "
    "sign with the business's name if there is one, else as the team. List the points that you took "
    "up, each with the words of the review copied letter by letter. confidence says how sure you are "
    "that it can be sent as it is, 0 to 1. Answer with JSON of the given schema only. "
    + DATA_RULE.format(kind="review")
)


class ReviewReply(Analysis[Review, WrittenReply]):
    """A reply to a customer's review."""

    name = "review.reply"
    title = "A reply to a review, in its language and the tone you want."
    content = Review
    answer = WrittenReply
    instructions = {1: _SYSTEM}

    def local(self, content: Review) -> WrittenReply:
        feeling = feeling_of(content.text, content.title)
        score = rated(feeling.score, content.rating)
        points = replies.points_of(content.text, content.title, score, feeling.scored)
        language = replies.language_of(feeling.language)
        return WrittenReply(
            reply=replies.compose(
                language,
                content.tone,
                replies.mood_of(score, content.rating, points),
                points,
                name=content.author,
                business=content.business,
            ),
            language=language,
            points_addressed=[
                AddressedPoint(point=one.name, quote=_true(one.quote, content)) for one in points
            ],
            confidence=round(0.7 * feeling.confidence, 2),  # composed, not written
        )

    def explain(self, content: Review) -> list[Factor]:
        """The score that decides the reply's mood."""
        return score_factors(feeling_of(content.text, content.title), content.rating)

    def summary(self, answer: WrittenReply) -> dict[str, str]:
        return {
            "reply": shortened(one_line(answer.reply), 100),
            "language": answer.language,
            "takes up": shortened(", ".join(one.point for one in answer.points_addressed), 60) or "–",
        }

    def without_false_quotes(self, answer: WrittenReply, content: Review) -> WrittenReply:
        points = [
            one.model_copy(update={"quote": _true(one.quote, content)}) for one in answer.points_addressed
        ]
        return answer.model_copy(update={"points_addressed": points})


def _true(quote: str, content: Review) -> str:
    return verbatim(quote, content.text, content.title or "") or ""
