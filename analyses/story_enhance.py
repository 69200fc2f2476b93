"""`story.enhance`: how hyped a story is, how ethical, what holds it up, and what it says in plain words."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from analyses.base import Analysis, Answer, Factor
from analyses.cleaning import shortened
from analyses.contents import Story
from analyses.fencing import DATA_RULE
from analyses.local import ethics, hype
from analyses.local.keywords import keywords, topics
from analyses.local.language import guess_language
from analyses.local.reality import best_supported, reality_check
from analyses.local.summary import eli5
from analyses.local.words import lowers
from analyses.quoting import verbatim
from analyses.trimming import at_most

MOST_SUGGESTED = 6
MOST_EVIDENCE = 6
MOST_TOPICS = 3
ENOUGH_WORDS = 150  # a story of so many words tells the local analyser all that it will learn


class Evidence(BaseModel):
    """A quote and the judgement it supports."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    about: Literal["hype", "ethics", "reality"]
    quote: Annotated[str, BeforeValidator(at_most(500))] = Field(
        description="Words of the story, copied letter by letter; one sentence at most."
    )


class Enhancement(Answer):
    """The answer of `story.enhance`."""

    hype_score: float = Field(
        ge=0, le=10, description="Promise beyond proof: 0 sober, 5 salesmanship, 10 pure hype."
    )
    ethics_score: float = Field(
        ge=0,
        le=10,
        description=(
            "Ethical care in what the story tells; higher is better: "
            "0 grave concern, 5 nothing either way, 10 exemplary."
        ),
    )
    reality_check: Annotated[str, BeforeValidator(at_most(2_000))] = Field(
        description="Two to four sentences: what is claimed, what supports it, what is missing."
    )
    eli5_summary: Annotated[str, BeforeValidator(at_most(2_000))] = Field(
        description="Two or three short sentences that a ten-year-old understands."
    )
    suggested_tags: Annotated[list[str], BeforeValidator(at_most(MOST_SUGGESTED))] = Field(
        description="Lower-case tags of one to three words that the story does not have yet; at most 6."
    )
    evidence: Annotated[list[Evidence], BeforeValidator(at_most(MOST_EVIDENCE))] = Field(
        description="Quotes that support the scores; at most 6, none rather than an inexact one."
    )


_SYSTEM = (
    "You are a sober science and technology editor. Judge one story. hype_score (0 to 10) measures how "
    "far its promises go beyond what it shows: superlatives, absolutes, lures and causal claims raise it;"
    " figures, sources, hedges and limits lower it. ethics_score (0 to 10, higher is better) measures the"
    " ethical care in what the story tells: harm, discrimination, surveillance or deception lower it; "
    "consent, openness, oversight and repair raise it; 5 says neither. In reality_check say what is "
    "claimed, what supports it and what is missing. In eli5_summary tell the story to a ten-year-old, "
    "adding nothing. Suggest tags it does not have yet. Support the scores by quotes copied letter by "
    "letter. confidence says how sure you are, 0 to 1. Write in the story's language. Answer with JSON of"
    " the given schema only. " + DATA_RULE.format(kind="story")
)


class StoryEnhance(Analysis[Story, Enhancement]):
    """Scores and plain words for a story."""

    name = "story.enhance"
    title = "Hype, ethics, a reality check and a plain summary of a story."
    content = Story
    answer = Enhancement
    instructions = {1: _SYSTEM}
    max_output_tokens = 6_000
    expected_output_tokens = 1_000

    def local(self, content: Story) -> Enhancement:
        hyped = round(hype.hype_score(hype.hype_features(content.title, content.text)), 2)
        ethical = round(ethics.ethics_score(ethics.ethics_features(content.title, content.text)), 2)
        return Enhancement(
            hype_score=hyped,
            ethics_score=ethical,
            reality_check=reality_check(content.title, content.text, hyped),
            eli5_summary=eli5(content.title, content.text),
            suggested_tags=_suggested(content),
            evidence=_evidence(content),
            confidence=_confidence(content),
        )

    def explain(self, content: Story) -> list[Factor]:
        hyped = hype.hype_features(content.title, content.text)
        ethical = ethics.ethics_features(content.title, content.text)
        return [
            Factor("hype_score", "base", 1.0, hype.BASE, hype.BASE),
            *(
                Factor("hype_score", f.name, f.value, hype.WEIGHTS[f.name], f.points)
                for f in hyped
                if f.value
            ),
            Factor("ethics_score", "base", 1.0, ethics.BASE, ethics.BASE),
            *(Factor("ethics_score", f.name, f.strength, f.weight, f.points) for f in ethical),
        ]

    def summary(self, answer: Enhancement) -> dict[str, str]:
        return {
            "hype": f"{answer.hype_score:.1f}",
            "ethics": f"{answer.ethics_score:.1f}",
            "reality check": shortened(answer.reality_check, 80),
            "in plain words": shortened(answer.eli5_summary, 100),
            "tags": shortened(", ".join(answer.suggested_tags), 40) or "–",
        }

    def without_false_quotes(self, answer: Enhancement, content: Story) -> Enhancement:
        kept = []
        for one in answer.evidence:
            quote = verbatim(one.quote, content.text, content.title)
            if quote is not None:
                kept.append(one.model_copy(update={"quote": quote}))
        return answer.model_copy(update={"evidence": kept})


def _suggested(content: Story) -> list[str]:
    """Broad topics first, then the story's own words; nothing that it is tagged with already."""
    words = [*lowers(content.title) * 2, *lowers(content.text[:40_000])]
    own = {tag.lower() for tag in [*content.impact_tags, content.sector_tag or ""]}
    broad = topics(words, MOST_TOPICS)
    ranked = [*broad, *keywords(content.title, content.text, MOST_SUGGESTED)]
    return [tag for tag in dict.fromkeys(ranked) if tag not in own][:MOST_SUGGESTED]


def _evidence(content: Story) -> list[Evidence]:
    """The boldest, the gravest and the best supported sentence, where there is one."""
    quotes = {
        "hype": hype.boldest_sentence(content.text),
        "ethics": ethics.gravest_sentence(content.text),
        "reality": best_supported(content.text),
    }
    return [
        Evidence.model_validate({"about": about, "quote": quote}) for about, quote in quotes.items() if quote
    ]


def _confidence(content: Story) -> float:
    """0.3 for a bare headline to 0.6 for a full story; the word lists are English, so half elsewhere."""
    length = min(1.0, len(content.text.split()) / ENOUGH_WORDS)
    trust = 1.0 if guess_language(content.text) == "en" else 0.5
    return round((0.3 + 0.3 * length) * trust, 2)
