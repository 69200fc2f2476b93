"""Sentiment by rules: VADER's word list and ours, with negation, contrast, wishes, emphasis and idioms.

The scale, the damping of negated words and the normalisation follow Hutto & Gilbert, "VADER: A
parsimonious rule-based model for sentiment analysis of social media text" (ICWSM 2014); the scope
rules, phrases and weak cues are ours. Linear in the text, unlike VADER's own code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import sqrt

from analyses.local import sentiment_words as lists
from analyses.local.sentiment_languages import foreign_negators, foreign_words
from analyses.local.words import Span, Token, sentences, tokens

ALPHA = 15.0  # VADER's: a sum of 4 becomes 0.72
NEGATED = -0.74  # VADER's measured mean effect of a negation
NEGATION_REACH = 4  # content words
AFTER_CONTRAST, BEFORE_CONTRAST = 1.5, 0.5  # VADER's weights around "but"
IRREALIS_POSITIVE = -0.3  # "would have been great" tells of a lack
CAPITALS = 0.733
EXCLAMATION = 0.292
MOST_EXCLAMATIONS = 4
LAST_SENTENCE_WEIGHT = 1.5  # people end with their verdict
TITLE_WEIGHT = 1.5
_EMOTICON = re.compile(r"(?<!\w)(?:[:;=]['-]?[)D(\]\[/|P]|</?3|[xX]D|D:)(?!\w)")


@dataclass(frozen=True, slots=True)
class Hit:
    """A word or phrase that carries feeling: where it stands, and how much it counts after the rules."""

    word: str
    start: int
    valence: float


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence with its hits, its sum on VADER's open scale, and its part of the text's mean."""

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


@cache
def _english() -> dict[str, float]:
    """VADER's list with ours over it, loaded once (12 ms) and only when first needed."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    vader: dict[str, float] = SentimentIntensityAnalyzer().lexicon
    return {**vader, **lists.WORDS}


@cache
def _phrases() -> dict[str, list[tuple[str, ...]]]:
    """Our phrases by their first word, the longest first."""
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for phrase in sorted(lists.PHRASES, key=len, reverse=True):
        by_first.setdefault(phrase[0], []).append(phrase)
    return by_first


@cache
def _words(language: str) -> dict[str, float]:
    return {**_english(), **foreign_words(language)} if foreign_words(language) else _english()


def score_text(text: str, title: str | None, language: str) -> list[Scored]:
    """Each sentence of title and text that says anything, scored and weighted; empty where none does."""
    scored = [_scored(Span(title, 0), language, TITLE_WEIGHT)] if title else []
    spans = sentences(text)
    for at, span in enumerate(spans):
        last = at == len(spans) - 1 and len(spans) > 1
        scored.append(_scored(span, language, LAST_SENTENCE_WEIGHT if last else 1.0))
    return [sentence for sentence in scored if sentence.hits]


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


def score_hits(text: str, language: str) -> list[Hit]:
    """Every hit in one sentence, after the rules, in order of place."""
    words = tokens(text)
    shouting = any(w.text.isupper() and len(w.text) > 1 for w in words) and not text.isupper()
    negators = lists.NEGATORS | foreign_negators(language)
    hits = []
    for at, length, valence in _found(words, _words(language)):
        if length == 1:
            valence = _modified(words, at, valence, negators, shouting)
        valence *= _contrast(words, at)
        hits.append(Hit(" ".join(w.lower for w in words[at : at + length]), words[at].start, valence))
    return sorted([*hits, *_signs(text)], key=lambda hit: hit.start)


def _found(words: list[Token], known: dict[str, float]) -> Iterator[tuple[int, int, float]]:
    """Place, length in words and bare valence of each phrase or word; phrases first, no overlap."""
    phrases = _phrases()
    at = 0
    while at < len(words):
        length, valence = 1, known.get(words[at].lower, 0.0)
        for phrase in phrases.get(words[at].lower, ()):
            if tuple(w.lower for w in words[at : at + len(phrase)]) == phrase:
                length, valence = len(phrase), lists.PHRASES[phrase]
                break
        if valence:
            yield at, length, valence
        at += length


def _modified(words: list[Token], at: int, valence: float, negators: frozenset[str], shouting: bool) -> float:
    sign = 1.0 if valence > 0 else -1.0
    for back in range(1, 3):
        if at - back >= 0:
            boost = lists.BOOSTERS.get(words[at - back].lower, 0.0)
            valence += sign * boost * (1.0 if back == 1 else 0.9)
    if shouting and words[at].text.isupper():
        valence += sign * CAPITALS
    if _negated(words, at, negators):
        return valence * NEGATED
    if valence > 0 and _wished(words, at):
        return valence * IRREALIS_POSITIVE
    return valence


def _negated(words: list[Token], at: int, negators: frozenset[str]) -> bool:
    """True where a negator stands before within the clause, adverbs of degree not counted."""
    reach = NEGATION_REACH
    for place in range(at - 1, -1, -1):
        if words[place + 1].paused or words[place].lower in lists.CONTRASTS:
            return False
        word = words[place].lower
        if word in negators and (word, words[place + 1].lower) not in lists.NOT_NEGATING:
            return True
        if word not in lists.BOOSTERS:
            reach -= 1
        if reach == 0:
            return False
    return False


def _wished(words: list[Token], at: int) -> bool:
    return any(words[place].lower in lists.IRREALIS for place in range(max(0, at - 4), at))


def _contrast(words: list[Token], at: int) -> float:
    """What stands after "but" counts more, what stands before it or after "although" less."""
    places = [i for i, word in enumerate(words) if word.lower in lists.CONTRASTS]
    if places:
        return AFTER_CONTRAST if at > places[-1] else BEFORE_CONTRAST
    if words[0].lower in lists.CONCESSIONS:
        turn = next((i for i in range(1, len(words)) if words[i].paused), len(words))
        return BEFORE_CONTRAST if at < turn else 1.0
    return 1.0


def _signs(text: str) -> Iterator[Hit]:
    for match in _EMOTICON.finditer(text):
        yield Hit(match.group(), match.start(), lists.EMOTICONS.get(match.group(), 0.0))
    for at, char in enumerate(text):
        if char in lists.EMOJI:
            yield Hit(char, at, lists.EMOJI[char])
