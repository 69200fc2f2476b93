"""`learner.insights`: what a learner's texts and conversations show over time, and what would help next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from analyses.base import Analysis, Answer, Factor
from analyses.cleaning import shortened
from analyses.contents import Learner, LearnerItem
from analyses.fencing import DATA_RULE
from analyses.item_parts import parts_of_items
from analyses.lexicons import pairs
from analyses.local.advising import LIST, Priority, next_steps, strengths
from analyses.local.growing import STEADY_BELOW, Told, change_of, share_of_words, told_in
from analyses.local.language import guess_language
from analyses.local.words import lowers
from analyses.polarity import trust_in
from analyses.quoting import Quote, verbatim
from analyses.reflection_process import DEPTH
from analyses.schema import COUNTED
from analyses.transcripts import Count, counted
from analyses.trimming import at_most

Direction = Literal["falling", "steady", "rising"]
Of = Literal["mood", "depth", "participation", "confidence", "independence", "knowledge", "other"]
MOST_INSIGHTS, MOST_RECOMMENDED = 8, 6
MOST_SENTENCES = 3_000  # of all items together
SAID_CHARS = 240
ENOUGH_ITEMS = 8
SUMMARY_CHARS, QUOTE_CHARS = 800, 400
Short = Annotated[str, BeforeValidator(at_most(SAID_CHARS))]


class Shown(BaseModel):
    """Something that the learner's own words show."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    item: int = Field(description="The number before the item.")
    quote: Quote


class Strength(Shown):
    """Something the learner does well."""

    strength: Short = Field(description="What they do well, in a few words.")


class Trend(Shown):
    """How something changes from the first items to the last."""

    of: Of
    direction: Direction
    explanation: Short = Field(description="From what to what, in one sentence.")


class Recommendation(Shown):
    """A next step."""

    recommendation: Short = Field(description="What they could do next, said to them, in one sentence.")
    reason: Short = Field(description="What in the items asks for it.")
    priority: Priority


class Point(BaseModel):
    """One item's figures: mood −1…1, depth 0…1 of a reflection, share of the words of a conversation."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    item: int
    date: dt.date | None = None
    words: int
    mood: float
    depth: float | None = None
    participation: float | None = None


class Insights(Answer):
    """The answer of `learner.insights`."""

    items: Count = 0
    timeline: Annotated[list[Point], Field(json_schema_extra=COUNTED)] = Field(default_factory=list)
    summary: Annotated[str, BeforeValidator(at_most(SUMMARY_CHARS))] = Field(
        description="Where the learner stands and where they are heading, in two or three sentences."
    )
    strengths: Annotated[list[Strength], BeforeValidator(at_most(MOST_INSIGHTS))] = Field(
        description="What they do well, best shown first; at most 8."
    )
    trends: Annotated[list[Trend], BeforeValidator(at_most(MOST_INSIGHTS))] = Field(
        description="What changes over time, each once; none from a single item; at most 8."
    )
    recommendations: Annotated[list[Recommendation], BeforeValidator(at_most(MOST_RECOMMENDED))] = Field(
        description="Next steps, the most useful first; at most 6."
    )


_FIRST = (
    "You are an experienced mentor. Read one learner's reflections and the conversations in which they took "
    "part; the items are numbered in order of time. Say what they do well, what changes over time and what "
    "they could do next. Judge growth by what they do with an experience (telling it, questioning it, "
    "drawing a lesson, trying something new), not by how well they write. In conversations look at the "
    "learner's own turns. A trend needs at least two items; say from what to what. Recommend few things, "
    "each small enough to begin tomorrow, in words that encourage; never diagnose, never compare with "
    "others. Every strength, trend and recommendation has the number of an item and a quote of the "
    "learner's own words, copied letter by letter from it. If an item tells of danger to somebody, the "
    "first recommendation is to speak with a trusted person, with high priority. confidence says how sure "
    "you are, 0 to 1. Write in English, and leave quotes as they are. Answer with JSON of the given schema "
    "only. " + DATA_RULE.format(kind="learner's collection of texts")
)

I = TypeVar("I", bound=Shown)  # noqa: E741 - an insight


class LearnerInsights(Analysis[Learner, Insights]):
    """Strengths, trends and recommendations from a learner's texts over time."""

    name = "learner.insights"
    title = "What a learner does well, how it changes over time, and what would help next; each quoted."
    content = Learner
    answer = Insights
    instructions = {1: _FIRST}
    max_output_tokens = 8_000
    expected_output_tokens = 1_500

    def local(self, content: Learner) -> Insights:
        told = _told(content)
        timeline = _timeline(content, told)
        trends = _trends(told, timeline)
        return Insights(
            items=len(content.items),
            timeline=timeline,
            summary=_summary(timeline, trends),
            strengths=[_strength(*one) for one in strengths(told)],
            trends=trends,
            recommendations=_recommendations(told, timeline, trends),
            confidence=_confidence(content),
        )

    def explain(self, content: Learner) -> list[Factor]:
        """How the mean depth of the timeline came about, item by item."""
        deep = [one.depth for one in _timeline(content, _told(content)) if one.depth is not None]
        return [
            Factor("depth", f"item {place + 1}", depth, 1 / len(deep), depth / len(deep))
            for place, depth in enumerate(deep)
        ]

    def summary(self, answer: Insights) -> dict[str, str]:
        arrows = {"falling": "↘", "steady": "→", "rising": "↗"}
        trends = ", ".join(f"{one.of} {arrows[one.direction]}" for one in answer.trends)
        return {
            "items": str(answer.items),
            "strengths": shortened("; ".join(one.strength for one in answer.strengths), 100) or "–",
            "trends": shortened(trends, 80) or "–",
            "next": shortened(next((one.recommendation for one in answer.recommendations), "–"), 100),
        }

    def without_false_quotes(self, answer: Insights, content: Learner) -> Insights:
        return answer.model_copy(
            update={
                "items": len({item.number for item in content.items}),
                "timeline": _timeline(content, _told(content)),
                "strengths": _shown(answer.strengths, content),
                "trends": _shown(answer.trends, content),
                "recommendations": _shown(answer.recommendations, content),
            }
        )

    def parts(self, content: Learner, most_chars: int) -> list[Learner]:
        return parts_of_items(content, most_chars)

    def merge(self, content: Learner, answers: Sequence[Insights]) -> Insights:
        """Newer parts speak first where there is room for so many only; trends over all are counted anew."""
        told = _told(content)
        timeline = _timeline(content, told)
        newest = answers[::-1]
        over_all = _trends(told, timeline)
        others = (one for part in newest for one in part.trends)
        merged = Insights(
            summary=shortened(" ".join(dict.fromkeys(one.summary for one in answers)), SUMMARY_CHARS),
            strengths=_distinct((one for part in newest for one in part.strengths), "strength"),
            trends=_distinct([*over_all, *others], "of"),
            recommendations=_distinct(
                (one for part in newest for one in part.recommendations), "recommendation"
            ),
            confidence=round(sum(one.confidence for one in answers) / len(answers), 4),
        )
        return self.without_false_quotes(merged, content)


def _told(content: Learner) -> list[Told]:
    """What the learner's own sentences do, item by item."""
    most = max(1, MOST_SENTENCES // len(content.items))
    found: list[Told] = []
    for item in content.items:
        own = item.own(content.learner)
        found += told_in(item.number, own, guess_language(" ".join(own)[:4_000]), most)
    return found


def _timeline(content: Learner, told: Sequence[Told]) -> list[Point]:
    return [
        _point(item, content.learner, [t for t in told if t.item == item.number]) for item in content.items
    ]


def _point(item: LearnerItem, learner: str, told: Sequence[Told]) -> Point:
    felt = [one.feeling for one in told if one.feeling]
    depths = [DEPTH[one.kind] for one in told]
    return Point(
        item=item.number,
        date=item.date,
        words=sum(len(lowers(text)) for text in item.own(learner)),
        mood=round(sum(felt) / len(felt), 4) if felt else 0.0,
        depth=round(sum(depths) / len(depths), 4) if depths and item.kind == "reflection" else None,
        participation=share_of_words(item.turns, learner) if item.turns else None,
    )


def _trends(told: Sequence[Told], timeline: Sequence[Point]) -> list[Trend]:
    """The figures that at least three items have, each shown by words of the last of these."""
    figures: tuple[Of, ...] = ("mood", "depth", "participation")
    trends = []
    for of in figures:
        points = [one for one in timeline if getattr(one, of) is not None]
        change = change_of([getattr(one, of) for one in points])
        latest = [one for one in told if points and one.item == points[-1].item]
        if change is None or not latest:
            continue
        last = max(latest, key=lambda one: abs(one.feeling) if of == "mood" else one.chance)
        first, final = (getattr(points[end], of) for end in (0, -1))
        direction: Direction = (
            "steady" if abs(change) < STEADY_BELOW else "rising" if change > 0 else "falling"
        )
        explanation = f"{of.capitalize()} goes from {first:+.2f} to {final:+.2f} over {len(points)} items."
        trends.append(
            Trend(item=last.item, quote=_quote(last), of=of, direction=direction, explanation=explanation)
        )
    return trends


def _strength(kind: str, shown: Told) -> Strength:
    return Strength(item=shown.item, quote=_quote(shown), strength=pairs(LIST, "strengths")[kind])


def _recommendations(
    told: Sequence[Told], timeline: Sequence[Point], trends: Sequence[Trend]
) -> list[Recommendation]:
    depths = [one.depth for one in timeline if one.depth is not None]
    shares = [(one.item, one.participation) for one in timeline if one.participation is not None]
    sinks = any(one.of == "mood" and one.direction == "falling" for one in trends)
    return [_recommendation(*one) for one in next_steps(told, depths, shares, sinks=sinks)]


def _recommendation(kind: str, priority: Priority, shown: Told) -> Recommendation:
    return Recommendation(
        item=shown.item,
        quote=_quote(shown),
        recommendation=pairs(LIST, "recommendations")[kind],
        reason=pairs(LIST, "reasons")[kind],
        priority=priority,
    )


def _quote(told: Told) -> str:
    return told.text[:QUOTE_CHARS].rstrip()


def _summary(timeline: Sequence[Point], trends: Sequence[Trend]) -> str:
    told = (
        f"{counted(len(timeline), 'item')} with {sum(one.words for one in timeline):,} words of the learner."
    )
    return " ".join([told, *(one.explanation for one in trends if one.direction != "steady")])


def _shown(some: Iterable[I], content: Learner) -> list[I]:
    """Those whose quote is the learner's own, with the item that holds it: the one named, or another."""
    found = []
    for one in some:
        likely = sorted(content.items, key=lambda item: item.number != one.item)
        for item in likely:
            quote = verbatim(one.quote, *item.own(content.learner))
            if quote is not None:
                found.append(one.model_copy(update={"quote": quote, "item": item.number}))
                break
    return found


def _distinct(some: Iterable[I], field: str) -> list[I]:
    """Each once, by what it says."""
    kept: dict[str, I] = {}
    for one in some:
        kept.setdefault(str(getattr(one, field)).casefold(), one)
    return list(kept.values())


def _confidence(content: Learner) -> float:
    """0.2 to 0.5 by the number of items; less in languages whose cues are not known."""
    own = " ".join(text for item in content.items for text in item.own(content.learner))[:4_000]
    trust = trust_in(guess_language(own))
    return round((0.2 + 0.3 * min(1.0, len(content.items) / ENOUGH_ITEMS)) * trust, 2)
