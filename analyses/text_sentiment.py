"""`text.sentiment`: how a text feels, as a whole and about each thing it names."""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from analyses.base import Analysis, Answer, Factor, Prompt
from analyses.cleaning import shortened
from analyses.contents import Text
from analyses.fencing import DATA_RULE, fenced
from analyses.local.aspects import MOST_ASPECTS, find_aspects
from analyses.local.feelings import has_list
from analyses.local.language import guess_language
from analyses.local.sentiment import Scored, overall, score_text
from analyses.quoting import verbatim
from analyses.trimming import at_most

Polarity = Literal["negative", "neutral", "positive"]
NEUTRAL_BELOW = 0.05  # |score|; VADER's threshold (Hutto & Gilbert 2014)
MOST_FACTORS = 30
ENGLISH_TRUST, LISTED_TRUST, NO_TRUST = 1.0, 0.7, 0.4  # how far our word lists go in a language


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


_SYSTEM = (
    "You judge the sentiment of a text as its writer means it: see through irony, negation and wishes, "
    "and weigh the verdict more than the preamble. Label it negative, neutral or positive, score it from "
    "-1 to 1 (|score| below 0.05 is neutral), and list what it speaks of with feeling: the aspect in "
    "English, its polarity and score, and a quote copied letter by letter. Mixed texts get the label of "
    "the whole. confidence says how sure you are, 0 to 1. Answer with JSON of the given schema only. "
    + DATA_RULE.format(kind="text")
)


class TextSentiment(Analysis[Text, Sentiment]):
    """Sentiment of any text."""

    name = "text.sentiment"
    title = "How a text feels: negative, neutral or positive, as a whole and per aspect."
    content = Text
    answer = Sentiment

    def prompt(self, content: Text) -> Prompt:
        return Prompt(_SYSTEM, fenced(content), max_output_tokens=4_000)

    def local(self, content: Text) -> Sentiment:
        language = guess_language(content.text)
        scored = score_text(content.text, content.title, language)
        score = round(overall(scored), 4)
        aspects = [
            Aspect(
                aspect=found.name,
                polarity=label_of(found.score),
                score=round(found.score, 4),
                quote=verbatim(found.quote, content.text, content.title or "") or "",
            )
            for found in find_aspects(scored)
        ]
        return Sentiment(
            label=label_of(score),
            score=score,
            aspects=aspects,
            language=language,
            confidence=_confidence(scored, score, language),
        )

    def explain(self, content: Text) -> list[Factor]:
        scored = score_text(content.text, content.title, guess_language(content.text))
        return _factors(scored)

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


def label_of(score: float) -> Polarity:
    """The label of a score in -1…1."""
    if abs(score) < NEUTRAL_BELOW:
        return "neutral"
    return "positive" if score > 0 else "negative"


def _confidence(scored: list[Scored], score: float, language: str) -> float:
    """More with a clear score and sentences that agree; less in languages we know little of."""
    trust = ENGLISH_TRUST if language == "en" else LISTED_TRUST if has_list(language) else NO_TRUST
    if not scored:
        return round(0.4 * trust, 2)
    agreeing = sum(s.weight for s in scored if s.score * score > 0) / sum(s.weight for s in scored)
    return round(trust * min(0.95, 0.45 + 0.35 * abs(score) + 0.15 * agreeing), 2)


def _factors(scored: list[Scored]) -> list[Factor]:
    """Each word's part of the score: of its sentence's score in proportion to its valence."""
    whole = sum(sentence.weight for sentence in scored)
    values: dict[str, float] = defaultdict(float)
    parts: dict[str, float] = defaultdict(float)
    for sentence in scored:
        share = sentence.score / sentence.total * sentence.weight / whole if sentence.total else 0.0
        for hit in sentence.hits:
            values[hit.word] += hit.valence
            parts[hit.word] += hit.valence * share
    ranked = sorted(parts, key=lambda word: (-abs(parts[word]), word))
    shown = ranked[:MOST_FACTORS]
    factors = [
        Factor("score", word, values[word], _ratio(parts[word], values[word]), parts[word]) for word in shown
    ]
    rest = sum(parts[word] for word in ranked[MOST_FACTORS:])
    return [*factors, Factor("score", "all other words", rest, 1.0, rest)] if rest else factors


def _ratio(part: float, value: float) -> float:
    return part / value if value else 0.0
