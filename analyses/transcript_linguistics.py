"""`transcript.linguistics`: how each speaker puts things: complexity, vocabulary, readability, register."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from pydantic import BeforeValidator, Field

from analyses.base import Factor
from analyses.cleaning import shortened
from analyses.contents import Transcript
from analyses.fencing import DATA_RULE
from analyses.local.language import ENGLISH
from analyses.local.moods import language_of
from analyses.local.wording import Formality, Wording, characteristic, wording_of
from analyses.local.words import lowers, sentences
from analyses.schema import COUNTED
from analyses.transcripts import (
    MOST_PARTICIPANTS,
    Count,
    Participant,
    Said,
    Share,
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

MOST_EXAMPLES, MOST_CHARACTERISTIC = 8, 8
EXAMPLE_CHARS, LEAST_EXAMPLE_WORDS = 300, 8
ENOUGH_WORDS = 2_000  # of the whole, for figures that would hardly change with more
FULL = {"school grade": 16.0, "long words": 0.35, "vocabulary": 120.0}  # what counts as fully complex
WEIGHTS = {"school grade": 0.5, "long words": 0.25, "vocabulary": 0.25}
Figure = Annotated[float, Field(json_schema_extra=COUNTED)]


class Wordings(Participant):
    """How one speaker puts things. Readability is Flesch's (100 very easy) and the US school grade's."""

    sentences: Count = 0
    words_per_sentence: Figure = 0.0
    vocabulary: Count = 0
    diversity: Annotated[float | None, Field(json_schema_extra=COUNTED)] = None
    long_word_share: Share = 0.0
    reading_ease: Figure = 0.0
    grade: Figure = 0.0
    characteristic: Annotated[list[str], Field(json_schema_extra=COUNTED)] = Field(default_factory=list)
    complexity: float = Field(
        ge=0, le=1, description="Of sentences, words and thought: 0 a child, 1 a jurist."
    )
    formality: Formality = Field(description="How formally the speaker talks.")
    style: Annotated[str, BeforeValidator(at_most(300))] = Field(
        description="What is particular to how this speaker puts things, in one sentence."
    )


class Example(Said):
    """A sentence that is typical of its speaker."""

    shows: Annotated[str, BeforeValidator(at_most(160))] = Field(description="What it is an example of.")


class Linguistics(TranscriptAnswer):
    """The answer of `transcript.linguistics`."""

    complexity: float = Field(ge=0, le=1, description="Of the whole, by how much each speaker says.")
    participants: Annotated[list[Wordings], BeforeValidator(at_most(MOST_PARTICIPANTS))] = Field(
        description="Everybody who speaks."
    )
    examples: Annotated[list[Example], BeforeValidator(at_most(MOST_EXAMPLES))] = Field(
        description="Sentences typical of different speakers; at most 8."
    )


_FIRST = (
    "You are a linguist who describes how people talk, without judging what they say. Read one transcript; "
    "each turn has its number, speaker and words. For each speaker give complexity from 0 (a child's "
    "sentences and words) to 1 (a jurist's): how clauses are nested, how abstract and technical the words "
    "are, how much a listener must know; formality; and in style, in one sentence, what is particular to "
    "this speaker: figures of speech, repetition, hedging, stories, technical terms, how they begin and "
    "end. Spoken language has false starts and slips of transcription; do not take them for style. Words, "
    "sentences, vocabulary and readability are counted elsewhere: give no figures of them. Quote sentences "
    "that are typical, each copied letter by letter from the turn whose number you give, and say what it "
    "shows. complexity of the whole is that of its speakers by how much they say. confidence says how sure "
    "you are, 0 to 1. Write in English, and leave quotes as they are. Answer with JSON of the given schema "
    "only. " + DATA_RULE.format(kind="transcript")
)


class TranscriptLinguistics(TranscriptAnalysis[Linguistics]):
    """Complexity, vocabulary and readability per participant."""

    name = "transcript.linguistics"
    title = "How each speaker puts things: complexity, vocabulary, readability, formality."
    answer = Linguistics
    instructions = {1: _FIRST}
    max_output_tokens = 8_000
    expected_output_tokens = 1_000

    def local(self, content: Transcript) -> Linguistics:
        participants = _participants(content)
        return Linguistics(
            complexity=_complexity_of(participants),
            participants=participants,
            examples=_examples(content, participants),
            confidence=_confidence(content),
            **size_of(content),
        )

    def explain(self, content: Transcript) -> list[Factor]:
        return [
            factor
            for place, wording in enumerate(_wordings(content).values(), 1)
            for factor in factors_of(f"complexity of speaker {place}", WEIGHTS, _signs(wording))
        ]

    def summary(self, answer: Linguistics) -> dict[str, str]:
        most = answer.participants[:3]
        grades = ", ".join(f"{one.speaker} {one.grade:.0f}" for one in most)
        terms = "; ".join(f"{one.speaker}: {', '.join(one.characteristic[:3])}" for one in most)
        return {
            "complexity": f"{answer.complexity:.2f}",
            "school grade": shortened(grades, 80),
            "formality": shortened(", ".join(f"{one.speaker} {one.formality}" for one in most), 80),
            "says more than others": shortened(terms, 100),
        }

    def checked(self, answer: Linguistics, content: Transcript) -> Linguistics:
        participants = with_judgements(_participants(content), answer.participants)
        examples = attributed(answer.examples, content)
        return answer.model_copy(
            update={**size_of(content), "participants": participants, "examples": examples}
        )

    def merge(self, content: Transcript, answers: Sequence[Linguistics]) -> Linguistics:
        told = [one.participants for one in answers]
        merged = Linguistics(
            complexity=averaged(answers, "complexity"),
            participants=merged_participants(_participants(content), told),
            examples=fairly([one.examples for one in answers], MOST_EXAMPLES),
            confidence=averaged(answers, "confidence"),
        )
        return self.checked(merged, content)


def _wordings(content: Transcript) -> dict[str, Wording]:
    """Each speaker's figures, in the order of their first words."""
    said: dict[str, list[str]] = {}
    for turn in content.turns:
        said.setdefault(turn.speaker, []).append(turn.text)
    return {speaker: wording_of(texts) for speaker, texts in said.items()}


def _participants(content: Transcript) -> list[Wordings]:
    """Everybody with figures and judgements by rules, the most talkative first."""
    wordings = _wordings(content)
    everybody = sum((one.counts for one in wordings.values()), Counter[str]())
    found = [_participant(speaker, one, everybody) for speaker, one in wordings.items()]
    return sorted(found, key=lambda one: -one.words)[:MOST_PARTICIPANTS]


def _participant(speaker: str, one: Wording, everybody: Counter[str]) -> Wordings:
    return Wordings(
        speaker=speaker,
        words=one.words,
        sentences=one.sentences,
        words_per_sentence=round(one.words_per_sentence, 2),
        vocabulary=len(one.counts),
        diversity=None if one.diversity is None else round(one.diversity, 1),
        long_word_share=round(one.long_share, 4),
        reading_ease=round(one.reading_ease, 1),
        grade=round(one.grade, 1),
        characteristic=characteristic(one.counts, everybody, MOST_CHARACTERISTIC),
        complexity=weighed(WEIGHTS, _signs(one)),
        formality=one.formality,
        style=_style(one),
    )


def _signs(one: Wording) -> dict[str, float]:
    """The figures as shares of what counts as fully complex, 0…1."""
    figures = {"school grade": one.grade, "long words": one.long_share, "vocabulary": one.diversity or 0.0}
    return {name: round(min(1.0, figure / FULL[name]), 6) for name, figure in figures.items()}


def _style(one: Wording) -> str:
    """The figures as a sentence."""
    length = one.words_per_sentence
    sentences = "short" if length < 10 else "long" if length >= 20 else "middling"
    words = "many long words" if one.long_share >= 0.25 else "few long words" if one.long_share < 0.15 else ""
    told = f"{sentences} sentences of {length:.0f} words" + (f", {words}" if words else "")
    return f"{told[0].upper()}{told[1:]}; {one.formality} in tone."


def _complexity_of(participants: Sequence[Wordings]) -> float:
    return mean_of([(one.complexity, one.words) for one in participants])


def _examples(content: Transcript, participants: Sequence[Wordings]) -> list[Example]:
    """Of each of the most talkative, the sentence whose length is nearest to the mean of theirs."""
    found = []
    for one in participants[:MOST_EXAMPLES]:
        candidates = [
            (abs(count - one.words_per_sentence), turn.number, span.text)
            for turn in content.turns
            if turn.speaker == one.speaker
            for span in sentences(turn.text)
            if len(span.text) <= EXAMPLE_CHARS and (count := len(lowers(span.text))) >= LEAST_EXAMPLE_WORDS
        ]
        if candidates:
            _, number, quote = min(candidates)
            shows = "a sentence of this speaker's usual length"
            found.append(Example(speaker=one.speaker, turn=number, quote=quote, shows=shows))
    return sorted(found, key=lambda one: one.turn)


def _confidence(content: Transcript) -> float:
    """0.3 to 0.7 by the number of words; half that where syllables are not counted as in English."""
    words = size_of(content)["words"]
    trust = 1.0 if language_of(content.turns) == ENGLISH else 0.5
    return round((0.3 + 0.4 * min(1.0, words / ENOUGH_WORDS)) * trust, 2)
