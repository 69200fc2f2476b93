"""`transcript.sentiment`: how a conversation feels, for each speaker and as it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BeforeValidator, Field

from analyses.base import Factor
from analyses.cleaning import shortened
from analyses.contents import Transcript
from analyses.fencing import DATA_RULE
from analyses.local.moods import (
    Felt,
    Trend,
    felt_turns,
    language_of,
    mood_of,
    moving,
    stretches,
    strongest,
    trend_of,
)
from analyses.local.sentiment import Scored
from analyses.local.talk import Spoken
from analyses.polarity import Feeling, Polarity, label_of
from analyses.transcripts import (
    MOST_PARTICIPANTS,
    Participant,
    Said,
    Stretch,
    TranscriptAnalysis,
    TranscriptAnswer,
    attributed,
    averaged,
    fairly,
    mean_of,
    merged_participants,
    size_of,
    with_judgements,
    within,
)
from analyses.trimming import at_most

MOST_STRETCHES, MOST_MOMENTS = 12, 12


class Mood(Participant):
    """How one speaker feels."""

    label: Polarity
    score: float = Field(ge=-1, le=1, description="-1 furious or desperate, 0 neutral, 1 delighted.")
    trend: Trend = Field(description="How the speaker's mood goes from the first third to the last.")


class Passage(Stretch):
    """How a stretch of the conversation feels, whoever speaks."""

    label: Polarity
    score: float = Field(ge=-1, le=1, description="-1 … 1, of all who speak in it.")


class Moment(Said):
    """A sentence that shows what a speaker feels."""

    score: float = Field(ge=-1, le=1, description="The feeling of the quote.")


class Moods(TranscriptAnswer):
    """The answer of `transcript.sentiment`."""

    label: Polarity
    score: float = Field(ge=-1, le=1, description="Of the whole: -1 furious, 0 neutral, 1 delighted.")
    participants: Annotated[list[Mood], BeforeValidator(at_most(MOST_PARTICIPANTS))] = Field(
        description="Everybody who speaks."
    )
    timeline: Annotated[list[Passage], BeforeValidator(at_most(MOST_STRETCHES))] = Field(
        description="The conversation in up to 12 stretches, in order, new where its mood changes."
    )
    moments: Annotated[list[Moment], BeforeValidator(at_most(MOST_MOMENTS))] = Field(
        description="The sentences that show the strongest feelings of different speakers; at most 12."
    )


_FIRST = (
    "You judge how a conversation feels. Read one transcript; each turn has its number, speaker and words. "
    "For each speaker judge what they feel as they speak, not the subject they speak about: a calm report of "
    "a disaster is neutral, and a friendly tone over a hard matter is positive. See through irony and "
    "politeness. Label negative, neutral or positive, score from -1 to 1 (|score| below 0.05 is neutral), "
    "and say whether the speaker's mood falls, stays or rises from the first third to the last. Divide the "
    "conversation into up to 12 stretches where its mood changes, each from its first turn's number to its "
    "last one's; together they cover it without gaps. Quote the sentences that show the strongest feelings, "
    "of different speakers and of both signs where there are such, each copied letter by letter from the "
    "turn whose number you give. The whole gets the mean of its speakers by how much they say. confidence "
    "says how sure you are, 0 to 1. Answer with JSON of the given schema only. "
    + DATA_RULE.format(kind="transcript")
)


class TranscriptSentiment(TranscriptAnalysis[Moods]):
    """Sentiment per participant and over time."""

    name = "transcript.sentiment"
    title = "How a conversation feels: each speaker's mood, how it moves, and the sentences that show it."
    answer = Moods
    instructions = {1: _FIRST}
    max_output_tokens = 8_000
    expected_output_tokens = 1_200

    def local(self, content: Transcript) -> Moods:
        felt = felt_turns(content.turns)
        whole = _feeling(content, felt)
        return Moods(
            label=whole.label,
            score=whole.score,
            participants=_participants(content, felt),
            timeline=within(map(_passage, stretches(felt, MOST_STRETCHES)), content),
            moments=[_moment(turn, one) for turn, one in strongest(felt, MOST_MOMENTS)],
            confidence=whole.confidence,
            **size_of(content),
        )

    def explain(self, content: Transcript) -> list[Factor]:
        return _feeling(content, felt_turns(content.turns)).factors()

    def summary(self, answer: Moods) -> dict[str, str]:
        arrows = {"falling": "↘", "steady": "→", "rising": "↗"}
        moods = ", ".join(
            f"{one.speaker} {one.score:+.2f} {arrows[one.trend]}" for one in answer.participants[:4]
        )
        strongest = max(answer.moments, key=lambda one: abs(one.score), default=None)
        return {
            "label": answer.label,
            "score": f"{answer.score:+.2f}",
            "speakers": shortened(moods, 90),
            "over time": "".join(_bar(one.score) for one in answer.timeline),
            "strongest": shortened(strongest.quote, 80) if strongest else "–",
        }

    def checked(self, answer: Moods, content: Transcript) -> Moods:
        counted = _participants(content, felt_turns(content.turns))
        return answer.model_copy(
            update={
                **size_of(content),
                "participants": with_judgements(counted, answer.participants),
                "timeline": within(answer.timeline, content),
                "moments": attributed(answer.moments, content),
            }
        )

    def merge(self, content: Transcript, answers: Sequence[Moods]) -> Moods:
        told = [one.participants for one in answers]
        moods = merged_participants(_participants(content, felt_turns(content.turns)), told)
        score = averaged(answers, "score")
        merged = Moods(
            label=label_of(score),
            score=score,
            participants=[_in_parts(one, answers) for one in moods],
            timeline=_thinned([one for answer in answers for one in answer.timeline]),
            moments=fairly([one.moments for one in answers], MOST_MOMENTS),
            confidence=averaged(answers, "confidence"),
        )
        return self.checked(merged, content)


def _feeling(content: Transcript, felt: Sequence[Felt]) -> Feeling:
    return Feeling([s for one in felt for s in one.scored], mood_of(felt), language_of(content.turns))


def _participants(content: Transcript, felt: Sequence[Felt]) -> list[Mood]:
    """Everybody's mood by rules, the most talkative first."""
    moods = []
    for speaker in content.speakers:
        own = [one for one in felt if one.turn.speaker == speaker]
        score = mood_of(own)
        words = sum(one.words for one in own)
        trend = trend_of(moving(own))
        moods.append(Mood(speaker=speaker, words=words, label=label_of(score), score=score, trend=trend))
    return sorted(moods, key=lambda one: -one.words)[:MOST_PARTICIPANTS]


def _passage(run: Sequence[Felt]) -> Passage:
    score, numbers = mood_of(run), [one.turn.number for one in run]
    return Passage(first_turn=numbers[0], last_turn=numbers[-1], label=label_of(score), score=score)


def _moment(turn: Spoken, one: Scored) -> Moment:
    return Moment(speaker=turn.speaker, turn=turn.number, quote=one.span.text, score=round(one.score, 4))


def _in_parts(mood: Mood, answers: Sequence[Moods]) -> Mood:
    """A merged mood with the label of its score and the trend over the parts."""
    points = [
        (one.score, float(one.words))
        for answer in answers
        for one in answer.participants
        if one.speaker == mood.speaker
    ]
    return mood.model_copy(update={"label": label_of(mood.score), "trend": trend_of(points)})


def _thinned(passages: list[Passage]) -> list[Passage]:
    """At most twelve: of neighbours those with the fewest words become one, again and again."""
    kept = list(passages)
    while len(kept) > MOST_STRETCHES:
        at = min(range(len(kept) - 1), key=lambda place: kept[place].words + kept[place + 1].words)
        one, other = kept[at : at + 2]
        score = mean_of([(one.score, one.words), (other.score, other.words)])
        joined = {"last_turn": other.last_turn, "words": one.words + other.words}
        kept[at : at + 2] = [one.model_copy(update={**joined, "score": score, "label": label_of(score)})]
    return kept


def _bar(score: float) -> str:
    """A score as one of eight bars."""
    return "▁▂▃▄▅▆▇█"[min(7, int((score + 1) * 4))]
