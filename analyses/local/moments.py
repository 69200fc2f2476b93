"""The moments in which one speaker takes up another's words: agrees, objects, or cuts in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeVar

from analyses.lexicons import phrases
from analyses.local.talk import Change, Floor, changes
from analyses.local.words import PhraseFinder, lowers, sentences

MomentKind = Literal["interruption", "response", "agreement", "challenge"]
QUOTE_CHARS = 240
OPENING_SENTENCES = 3  # of a floor: later ones speak to everybody
OPENING_WORDS = 6  # of a sentence: agreement and objection stand at its beginning
LEAST_WORDS = 3
LIST = "talk"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment: the later speaker's own words, and the turn at which that speaker takes the floor."""

    kind: MomentKind
    floor: Floor
    quote: str


def moments(held: Sequence[Floor], most_of_a_kind: int) -> list[Moment]:
    """At most so many of each kind, spread over the whole conversation, in order."""
    found: dict[MomentKind, list[Moment]] = {}
    for moment in _moments(held):
        found.setdefault(moment.kind, []).append(moment)
    chosen = [moment for some in found.values() for moment in spread(some, most_of_a_kind)]
    return sorted(chosen, key=lambda moment: moment.floor.first)


def spread(some: Sequence[T], most: int) -> list[T]:
    """At most so many of `some`, at even distances."""
    if len(some) <= most:
        return list(some)
    return [some[(2 * place + 1) * len(some) // (2 * most)] for place in range(most)]


def cues(kind: str, words: list[str]) -> int:
    """How many phrases of one kind ("agreement", "thanks", ...) stand among `words` (lower case)."""
    return sum(1 for _ in _finder(kind).find(words))


def _moments(held: Sequence[Floor]) -> Iterator[Moment]:
    for change in changes(held):
        opening = [span.text for span in sentences(change.after.text[:1_500])[:OPENING_SENTENCES]]
        yield from _cued(change, opening)
        first = opening[0][:QUOTE_CHARS] if opening else ""
        if len(lowers(first)) < LEAST_WORDS:
            continue
        if change.is_interruption:
            yield Moment("interruption", change.after, first)
        elif change.is_response and change.takes_up:
            yield Moment("response", change.after, first)


def _cued(change: Change, opening: Sequence[str]) -> Iterator[Moment]:
    """The first of the opening sentences that objects, abuses or agrees, as one moment."""
    for sentence in opening:
        words = lowers(sentence)
        first = words[:OPENING_WORDS]
        kind: MomentKind | None = None
        if cues("challenge", first) or cues("incivility", words):
            kind = "challenge"
        elif cues("agreement", first):
            kind = "agreement"
        if kind:
            yield Moment(kind, change.after, sentence[:QUOTE_CHARS])
            return


@cache
def _finder(kind: str) -> PhraseFinder:
    return PhraseFinder(phrases(LIST, kind))
