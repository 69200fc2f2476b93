"""How a text feels, as several analyses need it: its score, its label, how sure that is, and what made it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Literal

from analyses.base import Factor
from analyses.local.feelings import has_list
from analyses.local.language import ENGLISH, guess_language
from analyses.local.sentiment import Scored, overall, score_text

Polarity = Literal["negative", "neutral", "positive"]
NEUTRAL_BELOW = 0.05  # |score|; VADER's threshold (Hutto & Gilbert 2014)
MOST_FACTORS = 30
ENGLISH_TRUST, LISTED_TRUST, NO_TRUST = 1.0, 0.7, 0.4  # how far our word lists go in a language


@dataclass(frozen=True, slots=True)
class Feeling:
    """The sentences that carry feeling, and their mean score in -1…1."""

    scored: list[Scored]
    score: float
    language: str

    @property
    def label(self) -> Polarity:
        return label_of(self.score)

    @property
    def confidence(self) -> float:
        """More with a clear score and sentences that agree; less in languages we know little of."""
        trust = trust_in(self.language)
        if not self.scored:
            return round(0.4 * trust, 2)
        whole = sum(s.weight for s in self.scored)
        agreeing = sum(s.weight for s in self.scored if s.score * self.score > 0) / whole
        return round(trust * min(0.95, 0.45 + 0.35 * abs(self.score) + 0.15 * agreeing), 2)

    def factors(self, name: str = "score", share: float = 1.0) -> list[Factor]:
        """What each word adds to `share` of the score: of its sentence's in proportion to its valence."""
        whole = sum(sentence.weight for sentence in self.scored)
        values: dict[str, float] = defaultdict(float)
        parts: dict[str, float] = defaultdict(float)
        for sentence in self.scored:
            each = (
                sentence.score / sentence.total * sentence.weight / whole * share if sentence.total else 0.0
            )
            for hit in sentence.hits:
                values[hit.word] += hit.valence
                parts[hit.word] += hit.valence * each
        ranked = sorted(parts, key=lambda word: (-abs(parts[word]), word))
        factors = [
            Factor(name, word, values[word], _ratio(parts[word], values[word]), parts[word])
            for word in ranked[:MOST_FACTORS]
        ]
        rest = sum(parts[word] for word in ranked[MOST_FACTORS:])
        return [*factors, Factor(name, "all other words", rest, 1.0, rest)] if rest else factors


def feeling_of(text: str, title: str | None = None, unfelt: frozenset[str] = frozenset()) -> Feeling:
    """How `text`, with its title, feels by our word lists; `unfelt` words (lower case) count nothing."""
    language = guess_language(text)
    scored = score_text(text, title, language)
    if unfelt:
        scored = [kept for one in scored if (kept := _without(one, unfelt)).total]
    return Feeling(scored, round(overall(scored), 4), language)


def _without(sentence: Scored, unfelt: frozenset[str]) -> Scored:
    hits = tuple(hit for hit in sentence.hits if hit.word not in unfelt)
    return replace(sentence, hits=hits, total=sum(hit.valence for hit in hits))


def label_of(score: float) -> Polarity:
    """The label of a score in -1…1."""
    if abs(score) < NEUTRAL_BELOW:
        return "neutral"
    return "positive" if score > 0 else "negative"


def trust_in(language: str) -> float:
    """How far our word lists go in a language, 0…1."""
    return ENGLISH_TRUST if language == ENGLISH else LISTED_TRUST if has_list(language) else NO_TRUST


def _ratio(part: float, value: float) -> float:
    return part / value if value else 0.0
