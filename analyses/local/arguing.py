"""What each sentence of a conversation does in its arguments: claim, give a reason, reason badly.

Claims and premises are told by their discourse markers (Stab & Gurevych, "Parsing argumentation structures in
persuasive essays", Computational Linguistics 43, 2017) and facts by how much they are worth checking.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from analyses.lexicons import pairs, phrases
from analyses.local.checking import check_worthiness, cues
from analyses.local.talk import Spoken
from analyses.local.words import PhraseFinder, lowers, sentences

ClaimKind = Literal["fact", "policy", "value"]
FallacyKind = Literal[
    "attack on the person",
    "false dilemma",
    "slippery slope",
    "appeal to popularity",
    "appeal to authority",
    "appeal to tradition",
    "straw man",
    "whataboutism",
    "hasty generalisation",
    "appeal to emotion",
]
FACT_FROM = 0.5  # of check-worthiness; the model's own threshold
MARKED, POLICY, VALUE = 0.5, 0.3, 0.25  # what each mark of a claim that is no fact adds to its strength
COURTESY = 0.4  # what is taken from it for thanks and calls to order
LEAST_CLAIM = 0.5
LEAST_WORDS, MOST_CHARS = 5, 400
LIST = "fallacies"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence with its turn, its place among all, and what it does."""

    turn: Spoken
    text: str
    place: int
    checkable: float
    kind: ClaimKind
    strength: float  # as a claim
    is_premise: bool

    @property
    def is_claim(self) -> bool:
        return self.strength >= LEAST_CLAIM


def read(turns: Sequence[Spoken]) -> list[Sentence]:
    """Every sentence that is neither a question nor a mere exclamation."""
    found: list[Sentence] = []
    for turn in turns:
        for span in sentences(turn.text):
            words = lowers(span.text)
            if len(words) >= LEAST_WORDS and len(span.text) <= MOST_CHARS and not span.text.endswith("?"):
                found.append(_read(turn, span.text, words, len(found)))
    return found


def _read(turn: Spoken, text: str, words: list[str], place: int) -> Sentence:
    checkable = check_worthiness(text)
    marked = bool(cues("claim", words))
    policy, value = cues("policy", words), cues("value", words)
    kind: ClaimKind = (
        "fact" if checkable >= FACT_FROM else "policy" if policy >= value and policy else "value"
    )
    opinion = MARKED * marked + POLICY * min(1, policy) + VALUE * min(1, value)
    strength = checkable if kind == "fact" else opinion - COURTESY * bool(cues("address", words))
    strength = round(max(0.0, min(1.0, strength)), 4)
    return Sentence(turn, text, place, checkable, kind, strength, bool(cues("premise", words)))


def fallacies(turns: Sequence[Spoken]) -> Iterator[tuple[Spoken, str, FallacyKind]]:
    """Each sentence with a turn of phrase that goes with a fallacy; of several kinds the first."""
    for turn in turns:
        for span in sentences(turn.text):
            words = lowers(span.text)
            kind = next((kind for kind in get_args(FallacyKind) if any(_finder(kind).find(words))), None)
            if kind and len(span.text) <= MOST_CHARS:
                yield turn, span.text, kind


def explanation(kind: FallacyKind) -> str:
    """What a fallacy of this kind does."""
    return pairs(LIST, "(explanations)")[kind]


@cache
def _finder(kind: str) -> PhraseFinder:
    return PhraseFinder(phrases(LIST, kind))
