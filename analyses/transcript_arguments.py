"""`transcript.arguments`: what is claimed and why, what is held against it, where reasoning fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, Field

from analyses.base import Factor
from analyses.cleaning import shortened
from analyses.contents import Transcript
from analyses.fencing import DATA_RULE
from analyses.local.arguing import ClaimKind, FallacyKind, Sentence, explanation, fallacies, read
from analyses.local.argument_map import (
    map_claims,
    map_premises,
    map_rebuttals,
    share_of,
    supported_share,
)
from analyses.local.language import ENGLISH
from analyses.local.moments import spread
from analyses.local.moods import language_of
from analyses.local.talk import Spoken, changes, counts_of, floors
from analyses.transcripts import (
    MOST_PARTICIPANTS,
    Count,
    Name,
    Participant,
    Said,
    TranscriptAnalysis,
    TranscriptAnswer,
    attributed,
    averaged,
    counted,
    factors_of,
    fairly,
    merged_participants,
    size_of,
    told_of,
    weighed,
    with_judgements,
)
from analyses.trimming import at_most

MOST_CLAIMS, MOST_OTHERS, FLOW_CHARS = 40, 40, 800
FLOW = {"claims with a premise": 0.5, "claims of fact": 0.2, "answers that take up what was said": 0.3}
RIGOUR = {"claims with a premise": 0.5, "claims of fact": 0.3, "free of fallacies": 0.2}
ENOUGH_SENTENCES = 60


class Claim(Said):
    """Something a speaker wants to be believed or done."""

    number: int = Field(description="Its own number, from 1, by which premises and rebuttals name it.")
    claim: Annotated[str, BeforeValidator(at_most(240))] = Field(
        description="The claim in plain words, in one sentence, so that it can be understood by itself."
    )
    kind: ClaimKind = Field(description="fact: could be checked; policy: what to do; value: what is good.")
    check_worthiness: float = Field(ge=0, le=1, description="How much it matters whether it is true.")


class Premise(Said):
    """A reason or evidence for a claim."""

    claim: int | None = Field(description="The number of the claim it stands for; null where it has none.")


class Rebuttal(Said):
    """Something held against a claim, or against what another speaker said."""

    against: Name = Field(description="Whose words it is held against.")
    claim: int | None = Field(description="The number of the claim it is held against; null for others.")


class Fallacy(Said):
    """A step of reasoning that does not carry."""

    kind: FallacyKind
    explanation: Annotated[str, BeforeValidator(at_most(300))] = Field(
        description="What goes wrong in this very sentence, in one sentence."
    )


class Arguer(Participant):
    """How one speaker argues."""

    claims: Count = 0
    premises: Count = 0
    rebuttals: Count = 0
    fallacies: Count = 0
    rigour: float = Field(ge=0, le=1, description="1 reasons and evidence for all, no fallacies; 0 none.")


class Arguments(TranscriptAnswer):
    """The answer of `transcript.arguments`."""

    claims: Annotated[list[Claim], BeforeValidator(at_most(MOST_CLAIMS))] = Field(
        description="The claims the conversation turns on, in order; at most 40."
    )
    premises: Annotated[list[Premise], BeforeValidator(at_most(MOST_OTHERS))] = Field(
        description="The reasons and evidence given for them; at most 40."
    )
    rebuttals: Annotated[list[Rebuttal], BeforeValidator(at_most(MOST_OTHERS))] = Field(
        description="What is held against claims of others; at most 40."
    )
    fallacies: Annotated[list[Fallacy], BeforeValidator(at_most(MOST_OTHERS))] = Field(
        description="Plain cases only; none rather than a doubtful one."
    )
    participants: Annotated[list[Arguer], BeforeValidator(at_most(MOST_PARTICIPANTS))] = Field(
        description="Everybody who argues."
    )
    flow: Annotated[str, BeforeValidator(at_most(FLOW_CHARS))] = Field(
        description="How the argument goes: what it turns on, who answers what, what is left open."
    )
    logical_flow: float = Field(
        ge=0, le=1, description="1 claims are supported and answered in turn; 0 assertions side by side."
    )


_FIRST = (
    "You map arguments, as a teacher of rhetoric would, without taking sides. Read one transcript; each turn "
    "has its number, speaker and words. List the claims the conversation turns on, numbered from 1; for each "
    "its kind and how much it matters whether it is true. List premises (reasons, figures, examples, "
    "sources) with the number of the claim they stand for, and rebuttals with whose words and which claim "
    "they are held against. List fallacies only where the sentence itself shows one, and say what goes "
    "wrong in it; an attack on a policy is no attack on the person, and a warning with its steps shown is "
    "no slippery slope. Every item has the speaker, the number of the turn and a quote copied letter by "
    "letter from that turn; questions that claim nothing are no claims. rigour is how well a speaker "
    "supports what they claim. In flow say how the argument goes and what is left open; logical_flow is how "
    "far claims are supported and answered. You judge reasoning, not truth. confidence says how sure you "
    "are, 0 to 1. Write in English, and leave quotes as they are. Answer with JSON of the given schema only. "
    + DATA_RULE.format(kind="transcript")
)


class TranscriptArguments(TranscriptAnalysis[Arguments]):
    """Claims, premises, rebuttals, fallacies, logical flow."""

    name = "transcript.arguments"
    title = "Claims with their premises, rebuttals and fallacies, each quoted; how logically it flows."
    answer = Arguments
    instructions = {1: _FIRST}
    max_output_tokens = 12_000
    expected_output_tokens = 3_000

    def local(self, content: Transcript) -> Arguments:
        sentences, held = read(content.turns), list(floors(content.turns))
        claims = map_claims(sentences, MOST_CLAIMS)
        premises = map_premises(sentences, claims, MOST_OTHERS)
        rebuttals = map_rebuttals(held, sentences, claims, MOST_OTHERS)
        found = Arguments(
            claims=[Claim.model_validate(asdict(one)) for one in claims],
            premises=[Premise.model_validate(asdict(one)) for one in premises],
            rebuttals=[Rebuttal.model_validate(asdict(one)) for one in rebuttals],
            fallacies=spread([_fallacy(*one) for one in fallacies(content.turns)], MOST_OTHERS),
            participants=[],
            flow="",
            logical_flow=weighed(FLOW, _flow_signs(content, sentences)),
            confidence=_confidence(content, len(sentences)),
            **size_of(content),
        )
        participants = _participants(content, found)
        return found.model_copy(update={"participants": participants, "flow": _flow(found)})

    def explain(self, content: Transcript) -> list[Factor]:
        return factors_of("logical_flow", FLOW, _flow_signs(content, read(content.turns)))

    def summary(self, answer: Arguments) -> dict[str, str]:
        claims, premises, rebuttals = len(answer.claims), len(answer.premises), len(answer.rebuttals)
        kinds = Counter(one.kind for one in answer.fallacies)
        worth = max(answer.claims, key=lambda one: one.check_worthiness, default=None)
        return {
            "arguments": f"{claims} claims, {premises} premises, {rebuttals} rebuttals",
            "fallacies": shortened(", ".join(f"{kind} {n}" for kind, n in kinds.most_common(3)), 80)
            or "none",
            "worth checking": shortened(f"{worth.speaker}: {worth.quote}", 100) if worth else "–",
            "logical flow": f"{answer.logical_flow:.2f}",
        }

    def checked(self, answer: Arguments, content: Transcript) -> Arguments:
        claims = attributed(answer.claims, content)
        known = {one.number for one in claims}
        kept = answer.model_copy(
            update={
                **size_of(content),
                "claims": claims,
                "premises": _linked(attributed(answer.premises, content), known),
                "rebuttals": _linked(attributed(answer.rebuttals, content), known),
                "fallacies": attributed(answer.fallacies, content),
            }
        )
        participants = with_judgements(_participants(content, kept), answer.participants)
        return kept.model_copy(update={"participants": participants})

    def merge(self, content: Transcript, answers: Sequence[Arguments]) -> Arguments:
        numbered = _renumbered(answers)
        merged = Arguments(
            claims=fairly([one.claims for one in numbered], MOST_CLAIMS),
            premises=fairly([one.premises for one in numbered], MOST_OTHERS),
            rebuttals=fairly([one.rebuttals for one in numbered], MOST_OTHERS),
            fallacies=fairly([one.fallacies for one in numbered], MOST_OTHERS),
            participants=[],
            flow=told_of(answers, "flow", FLOW_CHARS),
            logical_flow=averaged(answers, "logical_flow"),
            confidence=averaged(answers, "confidence"),
        )
        checked = self.checked(merged, content)
        told = [one.participants for one in answers]
        return checked.model_copy(update={"participants": merged_participants(checked.participants, told)})


L = TypeVar("L", Premise, Rebuttal)


def _linked(some: Sequence[L], known: set[int]) -> list[L]:
    """Premises or rebuttals, those of claims that are not there now of none."""
    return [one if one.claim in known else one.model_copy(update={"claim": None}) for one in some]


def _renumbered(answers: Sequence[Arguments]) -> list[Arguments]:
    """The answers about parts with claims numbered through, so that no two have the same number."""
    numbered, before = [], 0
    for answer in answers:
        new = {one.number: place for place, one in enumerate(answer.claims, before + 1)}
        changed: Mapping[str, list[Said]] = {
            "claims": [one.model_copy(update={"number": new[one.number]}) for one in answer.claims],
            "premises": [
                one.model_copy(update={"claim": new.get(one.claim or 0)}) for one in answer.premises
            ],
            "rebuttals": [
                one.model_copy(update={"claim": new.get(one.claim or 0)}) for one in answer.rebuttals
            ],
        }
        numbered.append(answer.model_copy(update=changed))
        before += len(answer.claims)
    return numbered


def _fallacy(turn: Spoken, quote: str, kind: FallacyKind) -> Fallacy:
    return Fallacy(
        speaker=turn.speaker, turn=turn.number, quote=quote, kind=kind, explanation=explanation(kind)
    )


def _participants(content: Transcript, found: Arguments) -> list[Arguer]:
    """Everybody, the most talkative first, with what is listed of them."""
    supported = {one.claim for one in found.premises}
    arguers = []
    for speaker, counts in counts_of(content.turns).items():
        claims = [one for one in found.claims if one.speaker == speaker]
        wrong = sum(one.speaker == speaker for one in found.fallacies)
        signs = {
            "claims with a premise": share_of(one.number in supported for one in claims),
            "claims of fact": share_of(one.kind == "fact" for one in claims),
            "free of fallacies": max(0.0, 1 - wrong / len(claims)) if claims else 0.0,
        }
        arguers.append(
            Arguer(
                speaker=speaker,
                words=counts.words,
                claims=len(claims),
                premises=sum(one.speaker == speaker for one in found.premises),
                rebuttals=sum(one.speaker == speaker for one in found.rebuttals),
                fallacies=wrong,
                rigour=weighed(RIGOUR, signs),
            )
        )
    return sorted(arguers, key=lambda one: -one.words)[:MOST_PARTICIPANTS]


def _flow_signs(content: Transcript, sentences: Sequence[Sentence]) -> dict[str, float]:
    """Of all claims and changes of the floor, not of the listed ones alone."""
    turned = list(changes(list(floors(content.turns))))
    return {
        "claims with a premise": supported_share(sentences),
        "claims of fact": share_of(one.kind == "fact" for one in sentences if one.is_claim),
        "answers that take up what was said": share_of(change.takes_up for change in turned),
    }


def _flow(found: Arguments) -> str:
    """The counts that say most, as sentences."""
    supported = {one.claim for one in found.premises}
    answered = {one.claim for one in found.rebuttals} - {None}
    told = f"{counted(len(found.claims), 'claim')}, {len(supported)} of them with a reason beside it"
    told += f" and {len(answered)} answered by an objection."
    kinds = Counter(one.kind for one in found.fallacies).most_common(1)
    return f"{told} The commonest doubtful step: {kinds[0][0]}." if kinds else told


def _confidence(content: Transcript, sentences: int) -> float:
    """Markers tell less than half of all arguments: 0.2 to 0.45 by length; half that if not English."""
    trust = 1.0 if language_of(content.turns) == ENGLISH else 0.5
    return round((0.2 + 0.25 * min(1.0, sentences / ENOUGH_SENTENCES)) * trust, 2)
