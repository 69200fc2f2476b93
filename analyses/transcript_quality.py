"""`transcript.quality`: how good a conversation is, as a whole and by what makes it so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from analyses.base import Factor
from analyses.cleaning import shortened
from analyses.contents import Transcript
from analyses.fencing import DATA_RULE
from analyses.local.language import ENGLISH
from analyses.local.merits import Merits
from analyses.local.moods import language_of
from analyses.local.talk import counts_of
from analyses.transcripts import (
    MOST_PARTICIPANTS,
    Participant,
    Said,
    TranscriptAnalysis,
    TranscriptAnswer,
    attributed,
    averaged,
    factors_of,
    fairly,
    mean_of,
    merged_participants,
    size_of,
    weighed,
    with_judgements,
)
from analyses.trimming import at_most

Merit = Literal["substance", "evidence", "civility", "clarity", "balance", "coherence", "engagement"]
POINTS: dict[Merit, float] = {
    "substance": 1.5,
    "evidence": 2.0,
    "civility": 2.0,
    "clarity": 1.0,
    "balance": 1.0,
    "coherence": 1.0,
    "engagement": 1.5,
}
OWN: tuple[Merit, ...] = ("substance", "evidence", "civility", "clarity")  # of one speaker; the rest of all
MOST_HIGHLIGHTS, REASON_CHARS = 8, 240
ENOUGH_TURNS = 30


class Component(BaseModel):
    """One thing that makes a conversation good, and how far it is there."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    name: Merit
    score: float = Field(ge=0, le=1, description="1 as good as such a conversation gets, 0 missing.")
    reason: Annotated[str, BeforeValidator(at_most(REASON_CHARS))] = Field(
        description="Why, from what is said in this transcript, in one sentence."
    )


class Highlight(Said):
    """Words that show a component at its best or its worst."""

    component: Merit
    is_good: bool = Field(description="True for a strength, false for a weakness.")


class Contribution(Participant):
    """What one speaker adds to the quality."""

    score: float = Field(ge=0, le=10, description="How much this speaker's part helps, by the same scale.")


class Quality(TranscriptAnswer):
    """The answer of `transcript.quality`."""

    overall: float = Field(ge=0, le=10, description="0 nobody gains anything by it, 5 ordinary, 10 a model.")
    components: Annotated[list[Component], BeforeValidator(at_most(len(POINTS)))] = Field(
        description="Each of the seven components, once."
    )
    participants: Annotated[list[Contribution], BeforeValidator(at_most(MOST_PARTICIPANTS))] = Field(
        description="Everybody who speaks."
    )
    highlights: Annotated[list[Highlight], BeforeValidator(at_most(MOST_HIGHLIGHTS))] = Field(
        description="The words that show the components best, good and bad; at most 8."
    )


_FIRST = (
    "You judge the quality of conversations, whatever they are about and whoever is right. Read one "
    "transcript; each turn has its number, speaker and words. Score seven components from 0 to 1, each with "
    "a reason from this transcript: substance (something is claimed and explained, not only talked about), "
    "evidence (claims have reasons, facts, sources), civility (people are respected, also in dispute), "
    "clarity (a listener can follow), balance (those whose part it is to speak get to speak), coherence "
    "(turns keep to the matter until it is done) and engagement (questions are answered, words of others are "
    "taken up). overall is from 0 to 10: weigh the components by what this kind of conversation is for. Give "
    "each speaker a score of the same scale for what their part adds. Highlights show the components, each "
    "copied letter by letter from the turn whose number you give. confidence says how sure you are, 0 to 1. "
    "Write in English, and leave quotes as they are. Answer with JSON of the given schema only. "
    + DATA_RULE.format(kind="transcript")
)


class TranscriptQuality(TranscriptAnalysis[Quality]):
    """Overall quality with named components."""

    name = "transcript.quality"
    title = (
        "How good a conversation is: substance, evidence, civility, clarity, balance, coherence, engagement."
    )
    answer = Quality
    instructions = {1: _FIRST}
    max_output_tokens = 8_000
    expected_output_tokens = 1_200

    def local(self, content: Transcript) -> Quality:
        merits = Merits.of(content.turns)
        signs = _signs(merits)
        return Quality(
            overall=weighed(POINTS, signs),
            components=[Component(name=name, score=signs[name], reason=REASONS[name]) for name in POINTS],
            participants=_participants(merits, signs),
            highlights=_highlights(merits),
            confidence=_confidence(content),
            **size_of(content),
        )

    def explain(self, content: Transcript) -> list[Factor]:
        return factors_of("overall", POINTS, _signs(Merits.of(content.turns)))

    def summary(self, answer: Quality) -> dict[str, str]:
        ranked = sorted(answer.components, key=lambda one: -one.score)
        speakers = ", ".join(f"{one.speaker} {one.score:.1f}" for one in answer.participants[:4])
        return {
            "overall": f"{answer.overall:.1f}",
            "strongest": ", ".join(f"{one.name} {one.score:.2f}" for one in ranked[:2]) or "–",
            "weakest": ", ".join(f"{one.name} {one.score:.2f}" for one in ranked[-2:]) or "–",
            "speakers": shortened(speakers, 80) or "–",
            "for example": shortened(answer.highlights[0].quote, 100) if answer.highlights else "–",
        }

    def checked(self, answer: Quality, content: Transcript) -> Quality:
        counted = _counted(content)
        return answer.model_copy(
            update={
                **size_of(content),
                "participants": with_judgements(counted, answer.participants),
                "highlights": attributed(answer.highlights, content),
            }
        )

    def merge(self, content: Transcript, answers: Sequence[Quality]) -> Quality:
        counted = _counted(content)
        merged = Quality(
            overall=averaged(answers, "overall"),
            components=[one for name in POINTS if (one := _component(name, answers)) is not None],
            participants=merged_participants(counted, [one.participants for one in answers]),
            highlights=fairly([one.highlights for one in answers], MOST_HIGHLIGHTS),
            confidence=averaged(answers, "confidence"),
        )
        return self.checked(merged, content)


REASONS: dict[Merit, str] = {
    "substance": "The share of sentences that claim something or give a reason.",
    "evidence": "The share of claims with a reason beside them.",
    "civility": "Rude phrases per hundred words, and interruptions.",
    "clarity": "Flesch reading ease of what is said.",
    "balance": "How evenly the words are shared among the speakers.",
    "coherence": "How far turns keep to the words of their topic.",
    "engagement": "How often a speaker takes up the words before, or answers a question.",
}


def _signs(merits: Merits) -> dict[Merit, float]:
    return {name: getattr(merits, name) for name in get_args(Merit)}


def _participants(merits: Merits, signs: dict[Merit, float]) -> list[Contribution]:
    """Everybody's score: their own turns for what is theirs, the whole for what is everybody's."""
    counts = counts_of(merits.turns)
    found = []
    for speaker, theirs in merits.by_speaker().items():
        own = {**signs, **{name: getattr(theirs, name) for name in OWN}}
        found.append(Contribution(speaker=speaker, words=counts[speaker].words, score=weighed(POINTS, own)))
    return sorted(found, key=lambda one: -one.words)[:MOST_PARTICIPANTS]


def _counted(content: Transcript) -> list[Contribution]:
    merits = Merits.of(content.turns)
    return _participants(merits, _signs(merits))


def _component(name: Merit, answers: Sequence[Quality]) -> Component | None:
    """One component over the parts: the mean of its scores, the reason of the longest part that has it."""
    told = [(part.words, one) for part in answers for one in part.components if one.name == name]
    if not told:
        return None
    longest = max(told, key=lambda item: item[0])[1]
    return longest.model_copy(update={"score": mean_of([(one.score, words) for words, one in told])})


def _highlights(merits: Merits) -> list[Highlight]:
    """The best supported claim and the rudest sentence, where there are such."""
    found = []
    best, rudest = merits.best_supported(), merits.rudest()
    if best:
        where = {"speaker": best.turn.speaker, "turn": best.turn.number, "quote": best.text}
        found.append(Highlight(**where, component="evidence", is_good=True))
    if rudest:
        turn, quote = rudest
        where = {"speaker": turn.speaker, "turn": turn.number, "quote": quote}
        found.append(Highlight(**where, component="civility", is_good=False))
    return sorted(found, key=lambda one: one.turn)


def _confidence(content: Transcript) -> float:
    """0.2 to 0.45 by the number of turns: words show some of the quality; half that if not English."""
    trust = 1.0 if language_of(content.turns) == ENGLISH else 0.5
    return round((0.2 + 0.25 * min(1.0, content.count / ENOUGH_TURNS)) * trust, 2)
