"""What can be counted in a conversation: who speaks how often and how much, who asks, answers and cuts in.

A run of turns by one speaker is one *hold of the floor* (Sacks, Schegloff & Jefferson, "A simplest
systematics for the organization of turn-taking for conversation", Language 50, 1974): exchanges,
answers and interruptions happen where the floor changes hands.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import log
from typing import Protocol

from analyses.lexicons import words as listed
from analyses.local.words import lowers

TENTHS = 10
LEAST_TAKEN_UP = 2  # telling words of the floor before that show somebody listened
_CUT = re.compile(
    r"(?:[-–—]|\.\.\.|…|[\[(](?:crosstalk|interrupt\w{0,5}|overlap\w{0,6})[\])])[\"'”’)\s]*$", re.I
)
_ASKS = re.compile(r"\?[\"'”’)\s]*$")
_QUESTION = re.compile(r"\?+")


class Spoken(Protocol):
    """A turn of a conversation; pieces of one turn have the same number."""

    @property
    def speaker(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def number(self) -> int: ...


@dataclass(slots=True)
class Counts:
    """One speaker's figures. `interruptions` are made, `interrupted` suffered; `present` of ten tenths."""

    turns: int = 0
    words: int = 0
    questions: int = 0
    asking: int = 0  # holds of the floor that end in a question
    floors: int = 0
    responses: int = 0  # holds that follow another's question
    taken_up: int = 0  # holds that use telling words of the one before
    interruptions: int = 0
    interrupted: int = 0
    present: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Floor:
    """One hold of the floor: who, from which turn to which, and the words of all of them."""

    speaker: str
    first: int
    last: int
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """The floor goes from one speaker to another; how."""

    before: Floor
    after: Floor

    @property
    def is_interruption(self) -> bool:
        """True where the earlier speaker's words break off: a dash, an ellipsis or a note of crosstalk."""
        return _CUT.search(self.before.text[-80:]) is not None

    @property
    def is_response(self) -> bool:
        """True where the earlier speaker ended in a question."""
        return _ASKS.search(self.before.text[-80:]) is not None

    @property
    def takes_up(self) -> bool:
        """True where telling words of the earlier floor's end come again in the later one's beginning."""
        return len(_telling(self.before.text[-1_500:]) & _telling(self.after.text[:1_500])) >= LEAST_TAKEN_UP


def counts_of(turns: Sequence[Spoken]) -> dict[str, Counts]:
    """The figures of each speaker, in the order of their first words."""
    counts: dict[str, Counts] = {}
    last, turns_in_all = -1, turns[-1].number - turns[0].number + 1 if turns else 1
    for turn in turns:
        one = counts.setdefault(turn.speaker, Counts())
        one.turns += turn.number != last
        one.words += len(lowers(turn.text))
        one.questions += len(_QUESTION.findall(turn.text))
        one.present.add((turn.number - turns[0].number) * TENTHS // turns_in_all)
        last = turn.number
    held = list(floors(turns))
    for floor in held:
        counts[floor.speaker].floors += 1
        counts[floor.speaker].asking += _ASKS.search(floor.text[-80:]) is not None
    for change in changes(held):
        before, after = counts[change.before.speaker], counts[change.after.speaker]
        before.interrupted += change.is_interruption
        after.interruptions += change.is_interruption
        after.responses += change.is_response
        after.taken_up += change.takes_up
    return counts


def floors(turns: Sequence[Spoken]) -> Iterator[Floor]:
    """The holds of the floor, in order."""
    start = 0
    for place in range(1, len(turns) + 1):
        if place == len(turns) or turns[place].speaker != turns[start].speaker:
            run = turns[start:place]
            yield Floor(run[0].speaker, run[0].number, run[-1].number, " ".join(turn.text for turn in run))
            start = place


def changes(held: Sequence[Floor]) -> Iterator[Change]:
    """Where the floor goes from one speaker to another."""
    yield from (Change(before, after) for before, after in pairwise(held))


def exchanges(held: Sequence[Floor]) -> Counter[tuple[str, str]]:
    """How often each speaker takes the floor after each other one."""
    return Counter((change.before.speaker, change.after.speaker) for change in changes(held))


def evenness(shares: Sequence[float]) -> float:
    """1 where all shares are equal, 0 where one has it all (Pielou 1966: entropy over its maximum)."""
    some = [share for share in shares if share > 0]
    if len(some) < 2:
        return 0.0
    return min(1.0, max(0.0, -sum(share * log(share) for share in some) / log(len(some))))


def _telling(text: str) -> set[str]:
    return {word for word in lowers(text) if len(word) > 3} - listed("small_words", "stopwords")
