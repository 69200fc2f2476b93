"""`transcript.interaction`: who has the floor, who asks and answers, who cuts in, who leads the talk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from analyses.base import Factor
from analyses.cleaning import shortened
from analyses.contents import Transcript
from analyses.fencing import DATA_RULE
from analyses.local.moments import MomentKind, moments
from analyses.local.talk import TENTHS, Counts, counts_of, evenness, exchanges, floors
from analyses.transcripts import (
    MOST_PARTICIPANTS,
    Count,
    Name,
    Participant,
    Said,
    Share,
    TranscriptAnalysis,
    TranscriptAnswer,
    attributed,
    averaged,
    counted,
    factors_of,
    fairly,
    mean_of,
    merged_participants,
    size_of,
    told_of,
    weighed,
    with_judgements,
)
from analyses.trimming import at_most

Role = Literal["moderator", "speaker", "bystander"]
MOST_EXCHANGES, MOST_MOMENTS, MOMENTS_OF_A_KIND = 20, 12, 3
BYSTANDER_SHARE = 0.03  # of the words
MODERATOR_ASKS, LEAST_FLOORS = 0.3, 3  # the share of a moderator's holds of the floor that end in a question
ENOUGH_TURNS = 30
OBSERVATION_CHARS = 600
DOMINANCE = {"word share": 0.6, "turn share": 0.2, "share of interruptions": 0.2}
ENGAGEMENT = {"answers": 0.25, "takes up what was said": 0.35, "asks": 0.15, "is present throughout": 0.25}


class Participation(Participant):
    """One speaker's part in the talk."""

    turns: Count = 0
    turn_share: Share = 0.0
    word_share: Share = 0.0
    questions: Count = 0
    responses: Count = 0
    interruptions: Count = 0
    interrupted: Count = 0
    role: Role = Field(description="moderator: leads others through it; bystander: hardly takes part.")
    engagement: float = Field(ge=0, le=1, description="Listens, answers, asks, builds on others: 1 always.")
    dominance: float = Field(ge=0, le=1, description="Power over floor and topics: 1 has it all, 0 none.")


class Exchange(BaseModel):
    """How often one speaker takes the floor right after another."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    before: Name
    after: Name
    times: int


class Moment(Said):
    """A moment that shows how the speakers deal with each other."""

    kind: MomentKind


class Interaction(TranscriptAnswer):
    """The answer of `transcript.interaction`."""

    participants: Annotated[list[Participation], BeforeValidator(at_most(MOST_PARTICIPANTS))] = Field(
        description="Everybody who speaks."
    )
    exchanges: Annotated[list[Exchange], Field(json_schema_extra={"counted": True})] = Field(
        default_factory=list
    )
    balance: Share = 0.0
    engagement: float = Field(ge=0, le=1, description="Of all together: 0 speeches side by side, 1 a talk.")
    moments: Annotated[list[Moment], BeforeValidator(at_most(MOST_MOMENTS))] = Field(
        description="The most telling interruptions, responses, agreements and challenges; at most 12."
    )
    observation: Annotated[str, BeforeValidator(at_most(OBSERVATION_CHARS))] = Field(
        description="What is particular to how these people talk with each other, in one or two sentences."
    )


_FIRST = (
    "You study conversations. Read one transcript; each turn has its number, speaker and words. Judge how "
    "the speakers deal with each other, not what they are right about. Give everybody a role: moderator for "
    "who leads others through the talk, bystander for who hardly takes part, else speaker. engagement (0 to "
    "1) is how much they listen, answer what was asked, ask, and build on others' words. dominance (0 to 1) "
    "is how far they decide who speaks and about what, by length, interruptions and turns of topic; a long "
    "answer that was asked for is no dominance by itself. Turns, words and interruptions are counted "
    "elsewhere: give no figures of them. Pick the moments that show most, each with its kind, the speaker, "
    "the turn's number and a quote copied letter by letter from that turn. confidence says how sure you "
    "are, 0 to 1. Write in English, and leave quotes as they are. Answer with JSON of the given schema "
    "only. " + DATA_RULE.format(kind="transcript")
)


class TranscriptInteraction(TranscriptAnalysis[Interaction]):
    """How the speakers of a transcript deal with each other."""

    name = "transcript.interaction"
    title = "Turn shares, questions, answers and interruptions; engagement and dominance of each speaker."
    answer = Interaction
    instructions = {1: _FIRST}
    max_output_tokens = 8_000
    expected_output_tokens = 1_200

    def local(self, content: Transcript) -> Interaction:
        held = list(floors(content.turns))
        participants = _participants(content)
        return Interaction(
            participants=participants,
            exchanges=_exchanges(content),
            balance=_balance(participants),
            **size_of(content),
            engagement=mean_of([(one.engagement, one.words) for one in participants]),
            moments=[
                Moment(kind=one.kind, speaker=one.floor.speaker, turn=one.floor.first, quote=one.quote)
                for one in moments(held, MOMENTS_OF_A_KIND)
            ],
            observation=_observation(participants),
            confidence=_confidence(content),
        )

    def explain(self, content: Transcript) -> list[Factor]:
        everybody = list(counts_of(content.turns).values())
        factors = []
        for place, one in enumerate(everybody, 1):
            dominance = _dominance_signs(one, everybody)
            factors += factors_of(f"dominance of speaker {place}", DOMINANCE, dominance)
            factors += factors_of(f"engagement of speaker {place}", ENGAGEMENT, _engagement_signs(one))
        return factors

    def summary(self, answer: Interaction) -> dict[str, str]:
        shares = ", ".join(f"{one.speaker} {one.word_share:.0%}" for one in answer.participants[:4])
        leader = max(answer.participants, key=lambda one: one.dominance)
        return {
            "shares of words": shortened(shares, 80),
            "leads": shortened(f"{leader.speaker} {leader.dominance:.2f}", 40),
            "interruptions": str(sum(one.interruptions for one in answer.participants)),
            "balance": f"{answer.balance:.2f}",
            "engagement": f"{answer.engagement:.2f}",
        }

    def checked(self, answer: Interaction, content: Transcript) -> Interaction:
        participants = with_judgements(_participants(content), answer.participants)
        facts = {
            **size_of(content),
            "participants": participants,
            "exchanges": _exchanges(content),
            "balance": _balance(participants),
        }
        return answer.model_copy(update={**facts, "moments": attributed(answer.moments, content)})

    def merge(self, content: Transcript, answers: Sequence[Interaction]) -> Interaction:
        participants = merged_participants(_participants(content), [one.participants for one in answers])
        merged = Interaction(
            participants=participants,
            engagement=averaged(answers, "engagement"),
            moments=fairly([one.moments for one in answers], MOST_MOMENTS),
            observation=told_of(answers, "observation", OBSERVATION_CHARS),
            confidence=averaged(answers, "confidence"),
        )
        return self.checked(merged, content)


def _participants(content: Transcript) -> list[Participation]:
    """Everybody with the figures counted and the judgements that rules allow; the most talkative first."""
    counts = counts_of(content.turns)
    everybody = list(counts.values())
    found = [_participation(name, one, everybody) for name, one in counts.items()]
    return sorted(found, key=lambda one: -one.words)[:MOST_PARTICIPANTS]


def _participation(name: str, one: Counts, everybody: list[Counts]) -> Participation:
    dominance, engagement = _dominance_signs(one, everybody), _engagement_signs(one)
    return Participation(
        speaker=name,
        words=one.words,
        turns=one.turns,
        turn_share=round(dominance["turn share"], 6),
        word_share=round(dominance["word share"], 6),
        questions=one.questions,
        responses=one.responses,
        interruptions=one.interruptions,
        interrupted=one.interrupted,
        role=_role(one, dominance["word share"]),
        engagement=weighed(ENGAGEMENT, engagement),
        dominance=weighed(DOMINANCE, dominance),
    )


def _dominance_signs(one: Counts, everybody: list[Counts]) -> dict[str, float]:
    return {
        "word share": one.words / (sum(other.words for other in everybody) or 1),
        "turn share": one.turns / (sum(other.turns for other in everybody) or 1),
        "share of interruptions": one.interruptions / (sum(o.interruptions for o in everybody) or 1),
    }


def _engagement_signs(one: Counts) -> dict[str, float]:
    """Shares of the holds of the floor, of which half is plenty; and the share of tenths with a turn."""
    return {
        "answers": min(1.0, 2 * one.responses / one.floors),
        "takes up what was said": min(1.0, 2 * one.taken_up / one.floors),
        "asks": min(1.0, 2 * one.asking / one.floors),
        "is present throughout": len(one.present) / TENTHS,
    }


def _role(one: Counts, word_share: float) -> Role:
    if one.floors >= LEAST_FLOORS and one.asking >= MODERATOR_ASKS * one.floors:
        return "moderator"
    return "bystander" if word_share < BYSTANDER_SHARE else "speaker"


def _balance(participants: list[Participation]) -> float:
    return round(evenness([one.word_share for one in participants]), 4)


def _exchanges(content: Transcript) -> list[Exchange]:
    found = exchanges(list(floors(content.turns)))
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))[:MOST_EXCHANGES]
    return [Exchange(before=before, after=after, times=times) for (before, after), times in ranked]


def _observation(participants: list[Participation]) -> str:
    """The three figures that say most, as sentences."""
    most = participants[0]
    told = f"{most.speaker} has {most.word_share:.0%} of the words."
    rude = max(participants, key=lambda one: one.interruptions)
    if rude.interruptions:
        told += f" {rude.speaker} cuts in most: {counted(rude.interruptions, 'interruption')}."
    asks = max(participants, key=lambda one: one.questions)
    if asks.questions:
        told += f" {asks.speaker} asks most: {counted(asks.questions, 'question')}."
    return told


def _confidence(content: Transcript) -> float:
    """The counts are exact, what they mean is not: 0.3 to 0.6 by the number of turns."""
    return round(0.3 + 0.3 * min(1.0, content.count / ENOUGH_TURNS), 2)
