"""`reflection.process`: what a learner's reflection is about, how it feels, what grew, what they will do."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from analyses.base import Analysis, Answer, Factor
from analyses.cleaning import one_line, shortened
from analyses.contents import Reflection
from analyses.fencing import DATA_RULE
from analyses.local.dues import due_in
from analyses.local.keywords import keywords, topics
from analyses.local.language import ENGLISH, guess_language
from analyses.local.passages import GROWTH, KINDS, Passage, cues, passage_chances
from analyses.local.words import lowers, sentences
from analyses.polarity import Polarity, feeling_of, trust_in
from analyses.quoting import Quote, verbatim
from analyses.trimming import at_most

Growth = Literal["learning", "questioning", "perspective", "progress"]
MOST_THEMES, MOST_SIGNALS, MOST_ITEMS = 6, 8, 8
MOST_SENTENCES = 400
SURE_FROM = 0.3  # chance of a kind among nine from which a passage is named
CUED_FROM = 0.15  # the same where one of its cues is met
WHAT_CHARS, QUOTE_CHARS = 200, 400
GROWTH_OF: dict[Passage, Growth] = {
    "learning": "learning",
    "reflection": "questioning",
    "perspective": "perspective",
}
# How far each kind of passage goes beyond retelling: what is felt, what is doubted, what is drawn from it.
DEPTH: dict[Passage, float] = {
    "other": 0.0,
    "experience": 0.1,
    "feeling": 0.3,
    "belief": 0.3,
    "difficulty": 0.5,
    "perspective": 0.6,
    "intention": 0.8,
    "reflection": 0.9,
    "learning": 1.0,
}


class GrowthSignal(BaseModel):
    """One sign that the learner moved on."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: Growth = Field(
        description="learning: a lesson drawn; questioning: own doing looked at critically; "
        "perspective: how others see it; progress: something that could not be done before."
    )
    signal: Annotated[str, BeforeValidator(at_most(WHAT_CHARS))] = Field(
        description="What grew, in a sentence."
    )
    quote: Quote


class ActionItem(BaseModel):
    """One thing the learner means to do."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    what: Annotated[str, BeforeValidator(at_most(WHAT_CHARS))] = Field(
        description="What they mean to do, in a sentence."
    )
    due: Annotated[str | None, BeforeValidator(at_most(80))] = Field(
        description="By when, as they say it; null where they do not."
    )
    quote: Quote


class ProcessedReflection(Answer):
    """The answer of `reflection.process`."""

    themes: Annotated[list[str], BeforeValidator(at_most(MOST_THEMES))] = Field(
        description="What it is about, one to three words each, most important first; at most 6."
    )
    sentiment: Polarity
    score: float = Field(ge=-1, le=1, description="-1 in despair, 0 neutral, 1 delighted.")
    mainly: Passage = Field(description="What most of it does.")
    depth_score: float = Field(
        ge=0,
        le=1,
        description="How far it goes beyond retelling: 0 only tells what happened, 0.5 says what was felt "
        "and found hard, 1 questions it, learns from it and resolves something.",
    )
    growth_signals: Annotated[list[GrowthSignal], BeforeValidator(at_most(MOST_SIGNALS))] = Field(
        description="Signs that the learner moved on, strongest first; at most 8."
    )
    action_items: Annotated[list[ActionItem], BeforeValidator(at_most(MOST_ITEMS))] = Field(
        description="What the learner means to do, most definite first; at most 8."
    )


_SYSTEM = (
    "You are a mentor who reads learners' reflections closely and kindly, and reports what they say, not "
    "what you would like them to. Name the themes. Give the sentiment of the learner about their own "
    "doing, not of the people they tell of. Say what most of the text does: belief, difficulty, "
    "experience, feeling, intention, learning, perspective (how others see it), reflection (looking "
    "critically at one's own doing), other. depth_score says how far it goes beyond retelling. List "
    "growth signals: lessons drawn, own doing questioned, others' views taken up, progress made; and "
    "action items that the learner means to carry out, with when, if they say so. Each signal and item "
    "has a quote copied letter by letter; an effusive text without such passages has none. Never "
    "diagnose, and never judge character. confidence says how sure you are, 0 to 1. Write in English and "
    "leave quotes as they are. Answer with JSON of the given schema only. "
    + DATA_RULE.format(kind="reflection")
)


class ReflectionProcess(Analysis[Reflection, ProcessedReflection]):
    """Themes, mood, growth and resolutions of a learner's reflection."""

    name = "reflection.process"
    title = "What a reflection is about, how it feels, what the learner grew in and means to do."
    content = Reflection
    answer = ProcessedReflection
    instructions = {1: _SYSTEM}

    def local(self, content: Reflection) -> ProcessedReflection:
        told = _sentences(content)
        chances = [passage_chances(sentence) for sentence in told]
        feeling = feeling_of(content.text, content.title)
        return ProcessedReflection(
            themes=_themes(content),
            sentiment=feeling.label,
            score=feeling.score,
            mainly=max(KINDS, key=lambda kind: sum(one[kind] for one in chances)),
            depth_score=round(sum(factor.contribution for factor in _depth(chances)), 4),
            growth_signals=_growth(told, chances),
            action_items=_items(told, chances),
            confidence=_confidence(content, chances),
        )

    def explain(self, content: Reflection) -> list[Factor]:
        chances = [passage_chances(sentence) for sentence in _sentences(content)]
        return [*feeling_of(content.text, content.title).factors(), *_depth(chances)]

    def summary(self, answer: ProcessedReflection) -> dict[str, str]:
        grown = answer.growth_signals[0].signal if answer.growth_signals else "–"
        planned = answer.action_items[0].what if answer.action_items else "–"
        return {
            "themes": shortened(", ".join(answer.themes), 40) or "–",
            "sentiment": f"{answer.sentiment} {answer.score:+.2f}",
            "depth": f"{answer.depth_score:.2f}, mainly {answer.mainly}",
            "growth": shortened(grown, 80),
            "will do": shortened(planned, 80),
        }

    def without_false_quotes(self, answer: ProcessedReflection, content: Reflection) -> ProcessedReflection:
        """Nothing is put into a learner's mouth: what they did not write goes with its quote."""
        sources = (content.text, content.title or "")
        signals = [
            one.model_copy(update={"quote": quote})
            for one in answer.growth_signals
            if (quote := verbatim(one.quote, *sources)) is not None
        ]
        items = [
            one.model_copy(update={"quote": quote})
            for one in answer.action_items
            if (quote := verbatim(one.quote, *sources)) is not None
        ]
        return answer.model_copy(update={"growth_signals": signals, "action_items": items})


def _sentences(content: Reflection) -> list[str]:
    return [span.text for span in sentences(content.text)[:MOST_SENTENCES]]


def _themes(content: Reflection) -> list[str]:
    broad = topics(lowers(content.text[:40_000]), MOST_THEMES // 2)
    return list(dict.fromkeys([*broad, *keywords(content.title or "", content.text, MOST_THEMES)]))[
        :MOST_THEMES
    ]


def _likeliest(chance: dict[str, float]) -> Passage:
    return max(KINDS, key=lambda kind: chance[kind])


def _depth(chances: list[dict[str, float]]) -> list[Factor]:
    """The share of sentences that mainly do one thing, times how deep that goes; together the depth score."""
    kinds = [_likeliest(chance) for chance in chances]
    shares = {kind: kinds.count(kind) / max(1, len(kinds)) for kind in KINDS}
    return [
        Factor("depth_score", kind, share, DEPTH[kind], share * DEPTH[kind])
        for kind, share in shares.items()
        if share
    ]


def _growth(told: list[str], chances: list[dict[str, float]]) -> list[GrowthSignal]:
    """Passages that learn, question or take up others' views, and whatever tells of progress."""
    found: list[tuple[float, int, Growth]] = []
    for at, chance in enumerate(chances):
        words = lowers(told[at])
        if cues(GROWTH, words):
            found.append((1.0, at, "progress"))
            continue
        kind = max(GROWTH_OF, key=lambda one: chance[one])
        if chance[kind] >= (CUED_FROM if cues(kind, words) else SURE_FROM):
            found.append((chance[kind], at, GROWTH_OF[kind]))
    return [
        GrowthSignal(kind=kind, signal=_short(told[at]), quote=told[at][:QUOTE_CHARS].rstrip())
        for _, at, kind in sorted(found, key=lambda one: (-one[0], one[1]))[:MOST_SIGNALS]
    ]


def _items(told: list[str], chances: list[dict[str, float]]) -> list[ActionItem]:
    ranked = sorted(range(len(told)), key=lambda at: (-chances[at]["intention"], at))
    return [
        ActionItem(what=_short(told[at]), due=due_in(told[at]), quote=told[at][:QUOTE_CHARS].rstrip())
        for at in ranked[:MOST_ITEMS]
        if chances[at]["intention"] == max(chances[at].values()) and cues("intention", lowers(told[at]))
    ]


def _short(sentence: str) -> str:
    return shortened(one_line(sentence), WHAT_CHARS)


def _confidence(content: Reflection, chances: list[dict[str, float]]) -> float:
    """How clearly the passages are told apart; the cues are English."""
    clear = sum(max(one.values()) for one in chances) / len(chances) if chances else 0.0
    language = guess_language(content.text)
    trust = 1.0 if language == ENGLISH else 0.6 * trust_in(language)
    return round(trust * (0.25 + 0.5 * clear), 2)
