"""`text.sentiment`: how a text feels, as a whole and about each thing it names."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from analyses.base import Analysis, Answer, Factor
from analyses.cleaning import shortened
from analyses.contents import Text
from analyses.fencing import DATA_RULE
from analyses.local.aspects import MOST_ASPECTS, find_aspects
from analyses.polarity import Polarity, feeling_of, label_of
from analyses.quoting import verbatim
from analyses.trimming import at_most


class Aspect(BaseModel):
    """One thing the text speaks of, and the feeling towards it."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    aspect: Annotated[str, BeforeValidator(at_most(80))] = Field(
        description="What it is, in one to three words."
    )
    polarity: Polarity
    score: float = Field(ge=-1, le=1, description="Feeling towards this aspect.")
    quote: Annotated[str, BeforeValidator(at_most(400))] = Field(
        description="The words of the text that show it, copied letter by letter."
    )


class Sentiment(Answer):
    """The answer of `text.sentiment`."""

    label: Polarity
    score: float = Field(ge=-1, le=1, description="-1 furious or desperate, 0 neutral, 1 delighted.")
    aspects: Annotated[list[Aspect], BeforeValidator(at_most(MOST_ASPECTS))] = Field(
        description="The things the text speaks of with feeling, most important first; at most 8."
    )
    language: Annotated[str, BeforeValidator(at_most(12))] = Field(
        description="ISO 639-1 code of the text's language, or und."
    )


_FIRST = (
    "You judge the sentiment of a text as its writer means it: see through irony, negation and wishes, "
    "and weigh the verdict more than the preamble. Label it negative, neutral or positive, score it from "
    "-1 to 1 (|score| below 0.05 is neutral), and list what it speaks of with feeling: the aspect in "
    "English, its polarity and score, and a quote copied letter by letter. Mixed texts get the label of "
    "the whole. confidence says how sure you are, 0 to 1. Answer with JSON of the given schema only. "
    + DATA_RULE.format(kind="text")
)

_SECOND = (
    "You judge the sentiment of one text as its writer means it. Read it whole before you judge. "
    "Label: positive or negative where the writer is pleased or displeased, neutral where they state facts, "
    "ask, or are torn with neither side the stronger. A verdict outweighs what leads up to it, an experience "
    "outweighs an expectation, and what a writer does (returns it, comes back, tells friends) outweighs "
    "adjectives. Irony means its opposite; negation, wishes (could be, should have) and faint praise (not "
    "bad, it works) are weaker than they sound; the feelings of people who are only told about are not the "
    "writer's. Score: 1 delighted, 0.6 pleased, 0.2 mildly pleased, 0 none, and the same below; it has the "
    "sign of its label, and |score| is below 0.05 exactly where the label is neutral. Aspects: what the text "
    "itself speaks of with feeling, at most 8, each once: in English, in one to three words, singular "
    "(battery life, waiter), never the whole thing under a new name; a mixed text has aspects of both "
    "polarities. Each has a quote of at most 25 words, copied letter by letter, that shows the feeling and "
    "not only the word. language is that of the text, as ISO 639-1, or und. confidence is how likely careful "
    "readers would give the same label: below 0.6 for irony that may be none, for fragments, and for texts "
    "that are torn. Answer with JSON of the given schema only. " + DATA_RULE.format(kind="text")
)


class TextSentiment(Analysis[Text, Sentiment]):
    """Sentiment of any text."""

    name = "text.sentiment"
    title = "How a text feels: negative, neutral or positive, as a whole and per aspect."
    content = Text
    answer = Sentiment
    instructions = {1: _FIRST, 2: _SECOND}

    def local(self, content: Text) -> Sentiment:
        feeling = feeling_of(content.text, content.title)
        aspects = [
            Aspect(
                aspect=found.name,
                polarity=label_of(found.score),
                score=round(found.score, 4),
                quote=verbatim(found.quote, content.text, content.title or "") or "",
            )
            for found in find_aspects(feeling.scored)
        ]
        return Sentiment(
            label=feeling.label,
            score=feeling.score,
            aspects=aspects,
            language=feeling.language,
            confidence=feeling.confidence,
        )

    def explain(self, content: Text) -> list[Factor]:
        return feeling_of(content.text, content.title).factors()

    def summary(self, answer: Sentiment) -> dict[str, str]:
        marks = {"positive": "+", "negative": "−", "neutral": "·"}
        aspects = ", ".join(f"{one.aspect} {marks[one.polarity]}" for one in answer.aspects[:4])
        return {
            "label": answer.label,
            "score": f"{answer.score:+.2f}",
            "aspects": shortened(aspects, 60) or "–",
            "language": answer.language,
            "confidence": f"{answer.confidence:.2f}",
        }

    def without_false_quotes(self, answer: Sentiment, content: Text) -> Sentiment:
        sources = (content.text, content.title or "")
        aspects = [
            one.model_copy(update={"quote": verbatim(one.quote, *sources) or ""}) for one in answer.aspects
        ]
        return answer.model_copy(update={"aspects": aspects})
