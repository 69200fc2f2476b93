"""How the sentences of a conversation hang together: reasons with their claims, objections with theirs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from analyses.local.arguing import ClaimKind, Sentence
from analyses.local.checking import cues
from analyses.local.moments import spread
from analyses.local.summary import simplify
from analyses.local.talk import Change, Floor
from analyses.local.words import lowers

REACH = 2  # sentences between a claim and a premise of the same speaker
RECENT = 40  # sentences back to the claim that an objection is held against
OPENING_SENTENCES = 3  # of a hold of the floor, in which one answers the speaker before


@dataclass(frozen=True, slots=True)
class MappedClaim:
    """A claim with its number from 1, in plainer words, and how much it is worth checking."""

    speaker: str
    turn: int
    quote: str
    number: int
    claim: str
    kind: ClaimKind
    check_worthiness: float
    place: int


@dataclass(frozen=True, slots=True)
class Linked:
    """A premise, or a rebuttal `against` somebody, with the number of the claim it belongs to."""

    speaker: str
    turn: int
    quote: str
    against: str
    claim: int | None


def map_claims(sentences: Sequence[Sentence], most: int) -> list[MappedClaim]:
    """The strongest claims, in order."""
    strongest = sorted((one for one in sentences if one.is_claim), key=lambda one: (-one.strength, one.place))
    chosen = sorted(strongest[:most], key=lambda one: one.place)
    return [
        MappedClaim(
            speaker=one.turn.speaker,
            turn=one.turn.number,
            quote=one.text,
            number=number,
            claim=simplify(one.text),
            kind=one.kind,
            check_worthiness=one.checkable,
            place=one.place,
        )
        for number, one in enumerate(chosen, 1)
    ]


def map_premises(sentences: Sequence[Sentence], claims: Sequence[MappedClaim], most: int) -> list[Linked]:
    """Reasons for listed claims: each for its own sentence's, or for the speaker's nearest within reach."""
    found = []
    for one in sentences:
        near = [
            claim
            for claim in claims
            if claim.speaker == one.turn.speaker and abs(claim.place - one.place) <= REACH
        ]
        if one.is_premise and near:
            nearest = min(near, key=lambda claim: abs(claim.place - one.place))
            found.append(Linked(one.turn.speaker, one.turn.number, one.text, "", nearest.number))
    return spread(found, most)


def map_rebuttals(
    held: Sequence[Floor], sentences: Sequence[Sentence], claims: Sequence[MappedClaim], most: int
) -> list[Linked]:
    """Sentences early in a hold of the floor that object, with the last listed claim of the one before."""
    by_turn: dict[int, list[Sentence]] = {}
    for one in sentences:
        by_turn.setdefault(one.turn.number, []).append(one)
    found = []
    for before, floor in pairwise(held):
        objects = next(filter(_objects, by_turn.get(floor.first, [])[:OPENING_SENTENCES]), None)
        if objects and not Change(before, floor).is_response:  # who answers a question objects to nobody
            claim = _last_claim(before.speaker, objects.place, claims)
            found.append(Linked(floor.speaker, floor.first, objects.text, before.speaker, claim))
    return spread(found, most)


def supported_share(sentences: Sequence[Sentence]) -> float:
    """The share of all claims that have a reason of the same speaker within reach; 0 without claims."""
    reasons = {(one.turn.speaker, one.place) for one in sentences if one.is_premise}
    steps = range(-REACH, REACH + 1)
    return share_of(
        any((one.turn.speaker, one.place + step) in reasons for step in steps)
        for one in sentences
        if one.is_claim
    )


def share_of(truths: Iterable[bool]) -> float:
    """The share of what is true among them, 0…1; 0 where there are none."""
    told = list(truths)
    return round(sum(told) / len(told), 4) if told else 0.0


def _objects(sentence: Sentence) -> bool:
    words = lowers(sentence.text)
    return cues("rebuttal", words) > 0 and not cues("address", words)


def _last_claim(speaker: str, place: int, claims: Sequence[MappedClaim]) -> int | None:
    before = [one for one in claims if one.speaker == speaker and place - RECENT <= one.place < place]
    return before[-1].number if before else None
