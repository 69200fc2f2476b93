"""`transcript.topics`: what a conversation is about, how well it keeps to it, and where it drifts away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from analyses.base import Factor
from analyses.cleaning import one_line, shortened
from analyses.contents import Transcript
from analyses.fencing import DATA_RULE
from analyses.local.language import ENGLISH
from analyses.local.moods import language_of
from analyses.local.segments import announcement
from analyses.local.subjects import Subject, distance, subjects_of
from analyses.local.talk import Spoken
from analyses.transcripts import (
    Said,
    Share,
    Stretch,
    TranscriptAnalysis,
    TranscriptAnswer,
    attributed,
    averaged,
    mean_of,
    size_of,
    within,
)
from analyses.trimming import at_most

MOST_SEGMENTS, MOST_TOPICS = 100, 40
QUOTE_CHARS = 240
ENOUGH_TURNS = 40


def small_letters(value: Any) -> Any:
    """A topic's name in small letters and at most 80 of them, so that equal topics have equal names."""
    return one_line(value[:80]).lower() if isinstance(value, str) else value


Topical = Annotated[str, BeforeValidator(small_letters)]


class Topic(BaseModel):
    """One thing the conversation is about; it may come back to it."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    topic: Topical = Field(description="In one to four words; the same words in every segment about it.")
    keywords: Annotated[list[str], BeforeValidator(at_most(6))] = Field(
        description="Up to six words of the transcript that tell it, in small letters."
    )
    share: Share = 0.0


class Segment(Stretch):
    """Turns in a row that are about one topic."""

    topic: Topical = Field(description="One of the topics, in the same words.")
    coherence: float = Field(ge=0, le=1, description="How well its turns keep to it: 1 all, 0 none.")


class Drift(Said):
    """The turn at which the conversation goes to another topic, and the words that take it there."""

    from_topic: Topical = Field(description="The topic before, in the same words as in its segment.")
    to_topic: Topical = Field(description="The topic from here on.")
    strength: float = Field(ge=0, le=1, description="How far the two are apart: 1 nothing in common.")


class Topics(TranscriptAnswer):
    """The answer of `transcript.topics`; `topics` in the order of their share of the words."""

    topics: Annotated[list[Topic], BeforeValidator(at_most(MOST_TOPICS))] = Field(
        description="What the conversation is about, each topic once."
    )
    segments: Annotated[list[Segment], BeforeValidator(at_most(MOST_SEGMENTS))] = Field(
        description="The conversation from its first turn to its last, cut where the topic changes."
    )
    drift_points: Annotated[list[Drift], BeforeValidator(at_most(MOST_SEGMENTS))] = Field(
        description="One for the first turn of each segment but the first."
    )
    coherence: float = Field(ge=0, le=1, description="Of the whole, by the length of its segments.")


_FIRST = (
    "You divide conversations by topic. Read one transcript; each turn has its number, speaker and words. "
    "Cut it into segments: the topic changes where speakers turn to another question and stay there, not "
    "where somebody gives an example, tells a story or greets. A moderator's question opens a segment if the "
    "answers follow it; the words that announce a topic belong to it. Prefer few segments that a reader "
    "would remember. Name each topic in one to four words, and use the same words where the conversation "
    "comes back to it. coherence is how well the turns of a segment keep to their topic. For each first turn "
    "of a segment but the first give a drift point: the number of that turn, its speaker, the words copied "
    "letter by letter that take the conversation there, the topics before and after, and how far apart they "
    "are. confidence says how sure you are, 0 to 1. Write in English, and leave quotes as they are. Answer "
    "with JSON of the given schema only. " + DATA_RULE.format(kind="transcript")
)


class TranscriptTopics(TranscriptAnalysis[Topics]):
    """Topics, coherence and drift points."""

    name = "transcript.topics"
    title = "What a conversation is about, how well it keeps to it, and where it drifts to something else."
    answer = Topics
    instructions = {1: _FIRST}
    max_output_tokens = 8_000
    expected_output_tokens = 1_500

    def local(self, content: Transcript) -> Topics:
        subjects = subjects_of(content.turns)[:MOST_SEGMENTS]
        segments = _joined(within(map(_segment, subjects), content))
        topics = [Topic(topic=one.topic, keywords=list(one.keywords)) for one in subjects]
        return Topics(
            topics=_topics(segments, topics),
            segments=segments,
            drift_points=[_drift(*two) for two in pairwise(subjects) if two[0].topic != two[1].topic],
            coherence=mean_of([(one.coherence, one.words) for one in segments]),
            confidence=_confidence(content),
            **size_of(content),
        )

    def explain(self, content: Transcript) -> list[Factor]:
        segments = self.local(content).segments
        whole = sum(one.words for one in segments) or 1
        return [
            Factor(
                "coherence",
                f"segment {place + 1}",
                one.coherence,
                one.words / whole,
                one.coherence * one.words / whole,
            )
            for place, one in enumerate(segments)
        ]

    def summary(self, answer: Topics) -> dict[str, str]:
        shares = "; ".join(f"{one.topic} {one.share:.0%}" for one in answer.topics[:4])
        turns = ", ".join(str(one.turn) for one in answer.drift_points)
        return {
            "topics": shortened(shares, 100) or "–",
            "segments": str(len(answer.segments)),
            "drifts at turns": shortened(turns, 60) or "–",
            "coherence": f"{answer.coherence:.2f}",
        }

    def checked(self, answer: Topics, content: Transcript) -> Topics:
        segments = within(answer.segments, content)
        return answer.model_copy(
            update={
                **size_of(content),
                "segments": segments,
                "topics": _topics(segments, answer.topics),
                "drift_points": attributed(answer.drift_points, content),
            }
        )

    def merge(self, content: Transcript, answers: Sequence[Topics]) -> Topics:
        segments = _joined([one for answer in answers for one in answer.segments])
        drifts = [one for answer in answers for one in answer.drift_points]
        known = {one.turn for one in drifts}
        seams = [(one, other) for one, other in pairwise(segments) if other.first_turn not in known]
        merged = Topics(
            topics=[one for answer in answers for one in answer.topics],
            segments=segments,
            drift_points=sorted([*drifts, *(_seam(*two, content) for two in seams)], key=_place),
            coherence=averaged(answers, "coherence"),
            confidence=averaged(answers, "confidence"),
        )
        return self.checked(merged, content)


def _segment(one: Subject) -> Segment:
    numbers = [turn.number for turn in one.turns]
    return Segment(first_turn=numbers[0], last_turn=numbers[-1], topic=one.topic, coherence=one.coherence)


def _drift(one: Subject, other: Subject) -> Drift:
    return _turning(other.turns[0], one.topic, other.topic, distance(one.turns, other.turns))


def _seam(one: Segment, other: Segment, content: Transcript) -> Drift:
    """The drift between the last segment of a part and the first of the next, which no part can see."""
    before, after = (
        [turn for turn in content.turns if segment.first_turn <= turn.number <= segment.last_turn]
        for segment in (one, other)
    )
    return _turning(after[0], one.topic, other.topic, distance(before, after))


def _turning(turn: Spoken, from_topic: str, to_topic: str, strength: float) -> Drift:
    """A drift with the sentence that announces it, or else the turn's first."""
    return Drift(
        speaker=turn.speaker,
        turn=turn.number,
        quote=announcement(turn.text)[:QUOTE_CHARS],
        from_topic=from_topic,
        to_topic=to_topic,
        strength=strength,
    )


def _place(drift: Drift) -> int:
    return drift.turn


def _topics(segments: Sequence[Segment], told: Iterable[Topic]) -> list[Topic]:
    """The topics that segments have, each once, with their keywords and their share of the words."""
    words = Counter[str]()
    for one in segments:
        words[one.topic] += one.words
    keywords = {one.topic: one.keywords for one in told}
    whole = words.total() or 1
    return [
        Topic(topic=topic, keywords=keywords.get(topic, []), share=round(count / whole, 4))
        for topic, count in words.most_common(MOST_TOPICS)
    ]


def _joined(segments: Sequence[Segment]) -> list[Segment]:
    """Neighbours about the same topic as one: a part may end in the middle of a segment."""
    kept: list[Segment] = []
    for one in segments:
        if kept and kept[-1].topic == one.topic:
            last = kept.pop()
            both = [(last.coherence, last.words), (one.coherence, one.words)]
            joined = {"last_turn": one.last_turn, "words": last.words + one.words, "coherence": mean_of(both)}
            one = last.model_copy(update=joined)
        kept.append(one)
    return kept


def _confidence(content: Transcript) -> float:
    """0.25 to 0.55 by the number of turns; half that where the small words are not known to us."""
    trust = 1.0 if language_of(content.turns) == ENGLISH else 0.5
    return round((0.25 + 0.3 * min(1.0, content.count / ENOUGH_TURNS)) * trust, 2)
