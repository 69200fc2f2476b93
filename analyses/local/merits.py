"""What makes a conversation a good one, as seven signs of 0…1 that can be read off its words.

After the quality of argument of Wachsmuth et al., "Computational argumentation quality assessment in natural
language" (EACL 2017): cogency (substance, evidence), rhetoric (civility, clarity) and dialectic (balance,
coherence, engagement). The scales were set by hand: full marks are what a good panel discussion reaches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from analyses.local.arguing import Sentence, read
from analyses.local.argument_map import share_of, supported_share
from analyses.local.moments import cues
from analyses.local.subjects import subjects_of
from analyses.local.talk import Change, Spoken, changes, counts_of, evenness, floors
from analyses.local.wording import wording_of
from analyses.local.words import lowers, sentences

SUBSTANTIAL, SUPPORTED, TAKEN_UP, COHERENT = 0.6, 0.5, 0.6, 0.7  # shares that get full marks
RUDE = 0.3  # rude phrases in a hundred words that leave no civility
CLEAR_EASE = 70.0  # Flesch's "plain English" begins at 60; speech is easier than print
QUOTE_CHARS = 240


@dataclass(frozen=True)
class Merits:
    """The signs of some turns; those of one speaker's turns say how that speaker does."""

    turns: Sequence[Spoken]
    sentences: Sequence[Sentence]

    @classmethod
    def of(cls, turns: Sequence[Spoken]) -> Merits:
        """Those of a whole conversation."""
        return cls(turns, read(turns))

    def by_speaker(self) -> dict[str, Merits]:
        """Those of each speaker, in the order of their first words."""
        turns: dict[str, list[Spoken]] = {}
        told: dict[str, list[Sentence]] = {}
        for turn in self.turns:
            turns.setdefault(turn.speaker, []).append(turn)
        for one in self.sentences:
            told.setdefault(one.turn.speaker, []).append(one)
        return {speaker: Merits(own, told.get(speaker, [])) for speaker, own in turns.items()}

    @cached_property
    def turned(self) -> list[Change]:
        return list(changes(list(floors(self.turns))))

    @property
    def substance(self) -> float:
        """Sentences that claim or give a reason, among all that tell something."""
        share = share_of(one.is_claim or one.is_premise for one in self.sentences)
        return round(min(1.0, share / SUBSTANTIAL), 4)

    @property
    def evidence(self) -> float:
        """Claims with a reason beside them."""
        return round(min(1.0, supported_share(self.sentences) / SUPPORTED), 4)

    @property
    def civility(self) -> float:
        """Absence of rude phrases, per hundred words, and of interruptions, per change of the floor."""
        words = [lowers(turn.text) for turn in self.turns]
        rude = 100 * sum(cues("incivility", some) for some in words) / (sum(map(len, words)) or 1)
        return round(max(0.0, 1 - rude / RUDE - share_of(one.is_interruption for one in self.turned)), 4)

    @property
    def clarity(self) -> float:
        """Flesch's reading ease of what is said."""
        wording = wording_of([turn.text for turn in self.turns])
        return round(max(0.0, min(1.0, wording.reading_ease / CLEAR_EASE)), 4)

    @property
    def balance(self) -> float:
        """How evenly the words are shared."""
        words = [one.words for one in counts_of(self.turns).values()]
        return round(evenness([count / (sum(words) or 1) for count in words]), 4)

    @property
    def coherence(self) -> float:
        """How well the turns keep to the topic of their segment."""
        subjects = subjects_of(self.turns)
        sizes = [sum(len(turn.text) for turn in one.turns) for one in subjects]
        mean = sum(one.coherence * size for one, size in zip(subjects, sizes, strict=True)) / (
            sum(sizes) or 1
        )
        return round(min(1.0, mean / COHERENT), 4)

    @property
    def engagement(self) -> float:
        """Changes of the floor in which the words before are taken up or a question is answered."""
        share = share_of(change.takes_up or change.is_response for change in self.turned)
        return round(min(1.0, share / TAKEN_UP), 4)

    def best_supported(self) -> Sentence | None:
        """The claim most worth checking that gives its reason itself."""
        both = [one for one in self.sentences if one.is_claim and one.is_premise]
        return max(both, key=lambda one: one.checkable, default=None)

    def rudest(self) -> tuple[Spoken, str] | None:
        """The first sentence with most rude phrases, with its turn."""
        counted = [
            (cues("incivility", lowers(span.text)), turn, span.text[:QUOTE_CHARS])
            for turn in self.turns
            for span in sentences(turn.text)
        ]
        most = max(counted, key=lambda one: one[0], default=None)
        return (most[1], most[2]) if most and most[0] else None
