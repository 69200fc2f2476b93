"""Sentiment by rules: VADER's word list and ours, with negation, contrast, wishes, emphasis and idioms.

The scale, the damping of negated words and the normalisation follow Hutto & Gilbert, "VADER: A
parsimonious rule-based model for sentiment analysis of social media text" (ICWSM 2014); the scope
rules, phrases and weak cues are ours. Linear in the text, unlike VADER's own code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

from analyses.lexicons import phrases, words
from analyses.local.feelings import Lexicon, lexicon
from analyses.local.signs import Hit, signs_in
from analyses.local.words import Span, Token, sentences, tokens

ALPHA = 15.0  # VADER's: a sum of 4 becomes 0.72
NEGATED = -0.74  # VADER's measured mean effect of a negation
NEGATION_REACH = 4  # words, those of degree not counted
WISH_REACH = 4
AFTER_CONTRAST, BEFORE_CONTRAST = 1.5, 0.5  # VADER's weights around "but"
WISHED = -0.3  # "would have been great" tells of a lack
CAPITALS = 0.733  # VADER's
EXCLAMATION = 0.292  # VADER's
MOST_EXCLAMATIONS = 4
LAST_SENTENCE_WEIGHT = 1.5  # people end with their verdict
TITLE_WEIGHT = 1.5
MOST_LEANING = 50  # sentences looked at for small signs
LEANING_BOUND = 0.19  # normalised: 0.049, so that the label stays neutral


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence with its hits, its sum on VADER's open scale, and its weight in the text's mean."""

    span: Span
    hits: tuple[Hit, ...]
    total: float
    weight: float

    @property
    def score(self) -> float:
        return normalised(self.total)


def normalised(total: float) -> float:
    """An open sum as -1…1: x / sqrt(x² + 15), as in VADER."""
    return total / sqrt(total * total + ALPHA)


def score_text(text: str, title: str | None, language: str) -> list[Scored]:
    """Each sentence of title and text that carries feeling, scored and weighted.

    Where none does, small signs of complaint or praise give a leaning within neutral; empty without these.
    """
    spans = [(span, 1.0) for span in sentences(text)]
    if len(spans) > 1:
        spans[-1] = (spans[-1][0], LAST_SENTENCE_WEIGHT)
    if title:
        spans.insert(0, (Span(title, 0), TITLE_WEIGHT))
    scored = [_scored(span, language, weight) for span, weight in spans]
    felt = [sentence for sentence in scored if sentence.total]
    return felt or [
        leaning
        for span, weight in spans[:MOST_LEANING]
        if (leaning := _leaning(span, language, weight)).total
    ]


def overall(scored: list[Scored]) -> float:
    """The weighted mean of the sentences' scores, -1…1; 0 where nothing carries feeling."""
    weight = sum(sentence.weight for sentence in scored)
    return sum(s.score * s.weight for s in scored) / weight if weight else 0.0


def _scored(span: Span, language: str, weight: float) -> Scored:
    hits = tuple(hit for hit in score_hits(span.text, language) if hit.valence)
    total = sum(hit.valence for hit in hits)
    marks = min(span.text.count("!"), MOST_EXCLAMATIONS) * EXCLAMATION
    if total and marks:
        hits = (*hits, Hit("!", len(span.text) - 1, marks if total > 0 else -marks))
        total = sum(hit.valence for hit in hits)
    return Scored(span, hits, total, weight)


def _leaning(span: Span, language: str, weight: float) -> Scored:
    """A sentence without feeling by its small signs; the sum is held within neutral."""
    known = lexicon(language).leanings
    hits = tuple(Hit(t.lower, t.start, known[t.lower]) for t in tokens(span.text) if t.lower in known)
    total = sum(hit.valence for hit in hits)
    bound = min(1.0, LEANING_BOUND / abs(total)) if total else 0.0
    return Scored(span, tuple(Hit(h.word, h.start, h.valence * bound) for h in hits), total * bound, weight)


def score_hits(text: str, language: str) -> list[Hit]:
    """Every hit in one sentence, after the rules, in order of place."""
    sentence = tokens(text)
    lowers = [token.lower for token in sentence]
    known = lexicon(language)
    shouting = any(t.text.isupper() and len(t.text) > 1 for t in sentence) and not text.isupper()
    contrast = _contrasts(sentence)
    hits = []
    for at, length, valence in _found(lowers, known):
        if length == 1:
            valence = _emphasised(sentence, at, valence, known, shouting)
        if length == 1 or not known.negators.intersection(lowers[at : at + length]):
            valence = _turned(sentence, at, valence, known)
        word = " ".join(lowers[at : at + length])
        hits.append(Hit(word, sentence[at].start, valence * contrast[at]))
    return sorted([*hits, *signs_in(text)], key=lambda hit: hit.start)


def _found(lowers: list[str], known: Lexicon) -> Iterator[tuple[int, int, float]]:
    """Place, length in words and bare valence of each phrase or word; phrases first, no overlap."""
    at = 0
    while at < len(lowers):
        phrase = known.finder.at(lowers, at)
        valence = known.phrases[phrase] if phrase else _bare(lowers, at, known)
        length = len(phrase) if phrase else 1
        if valence:
            yield at, length, valence
        at += length


def _bare(lowers: list[str], at: int, known: Lexicon) -> float:
    """The word's own valence; none for a "great" or "pretty" that only hardens the complaint after it."""
    hardens = lowers[at] in known.hardeners and at + 1 < len(lowers)
    return 0.0 if hardens and known.words.get(lowers[at + 1], 0.0) < 0 else known.words.get(lowers[at], 0.0)


def _emphasised(sentence: list[Token], at: int, valence: float, known: Lexicon, shouting: bool) -> float:
    """`valence` moved by the two words before it that say how much, and by capitals among small letters."""
    gain = CAPITALS if shouting and sentence[at].text.isupper() else 0.0
    for back, share in ((1, 1.0), (2, 0.9)):
        if at >= back:
            gain += share * known.boosters.get(sentence[at - back].lower, 0.0)
    return valence + (gain if valence > 0 else -gain)


def _turned(sentence: list[Token], at: int, valence: float, known: Lexicon) -> float:
    if _negated(sentence, at, known):
        return valence * NEGATED
    before = {token.lower for token in sentence[max(0, at - WISH_REACH) : at]}
    if valence > 0 and before & words("turning_words", "wishes"):
        return valence * WISHED
    return valence


def _negated(sentence: list[Token], at: int, known: Lexicon) -> bool:
    """True where a negator stands before, in the same clause and within reach."""
    reach = NEGATION_REACH
    for place in range(at - 1, -1, -1):
        word, following = sentence[place].lower, sentence[place + 1]
        if following.paused or word in words("turning_words", "contrasts") or not reach:
            return False
        if word in known.negators and (word, following.lower) not in phrases("turning_words", "not negating"):
            return True
        reach -= word not in known.boosters
    return False


def _contrasts(sentence: list[Token]) -> list[float]:
    """Each word's weight: more after the last "but", less before it, and less in an "although" clause."""
    lowers = [token.lower for token in sentence]
    turns = [at for at, word in enumerate(lowers) if word in words("turning_words", "contrasts")]
    if turns and turns[-1] > 0:
        last = turns[-1]
        return [BEFORE_CONTRAST if at < last else AFTER_CONTRAST for at in range(len(lowers))]
    if lowers and lowers[0] in words("turning_words", "concessions"):
        end = next((at for at in range(1, len(lowers)) if sentence[at].paused), len(lowers))
        return [BEFORE_CONTRAST if at < end else 1.0 for at in range(len(lowers))]
    return [1.0] * len(lowers)
