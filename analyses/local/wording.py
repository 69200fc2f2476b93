"""How somebody puts things: length and difficulty of sentences, breadth and weight of words, register."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import Literal

from analyses.lexicons import words as listed
from analyses.local.readability import syllables
from analyses.local.words import lowers, sentences

Formality = Literal["formal", "neutral", "informal"]
LONG_LETTERS = 7  # as in LIX (Björnsson 1968): more than six letters
TYPE_TOKEN_FACTOR = 0.72  # of McCarthy & Jarvis
LEAST_WORDS = 50  # for a diversity: below, McCarthy & Jarvis found it unreliable
EASY = 0.5  # added to each count in log-odds, so that a word somebody never says has one
INFORMAL_FROM, FORMAL_BELOW = 0.035, 0.008  # share of contractions and fillers among the words


@dataclass(frozen=True, slots=True)
class Wording:
    """One speaker's words in figures; `diversity` is None for fewer than fifty words."""

    counts: Counter[str]
    sentences: int
    syllables: int
    diversity: float | None

    @property
    def words(self) -> int:
        return self.counts.total()

    @property
    def words_per_sentence(self) -> float:
        return self.words / self.sentences if self.sentences else 0.0

    @property
    def long_share(self) -> float:
        """The share of words of seven letters and more."""
        return self._share(word for word in self.counts if len(word) >= LONG_LETTERS)

    @property
    def reading_ease(self) -> float:
        """Flesch 1948, as in analyses/local/readability.py; 0 for no words."""
        if not self.words:
            return 0.0
        ease = 206.835 - 1.015 * self.words_per_sentence - 84.6 * self.syllables / self.words
        return max(-100.0, min(121.0, ease))

    @property
    def grade(self) -> float:
        """The US school grade that follows with ease (Kincaid et al. 1975), 0…30."""
        if not self.words:
            return 0.0
        grade = 0.39 * self.words_per_sentence + 11.8 * self.syllables / self.words - 15.59
        return max(0.0, min(30.0, grade))

    @property
    def formality(self) -> Formality:
        """By contractions ("don't") and fillers ("you know", "well")."""
        casual = self._share(word for word in self.counts if "'" in word[1:] or word in _fillers())
        return "informal" if casual >= INFORMAL_FROM else "formal" if casual < FORMAL_BELOW else "neutral"

    def _share(self, some: Iterable[str]) -> float:
        return sum(self.counts[word] for word in some) / self.words if self.words else 0.0


def wording_of(texts: Sequence[str]) -> Wording:
    """The figures of what one speaker says in several turns; a sentence does not go over their ends."""
    runs = [run for text in texts for span in sentences(text) if (run := lowers(span.text))]
    words = [word for run in runs for word in run]
    counts = Counter(words)
    return Wording(
        counts=counts,
        sentences=len(runs),
        syllables=sum(syllables(word) * count for word, count in counts.items()),
        diversity=diversity(words) if len(words) >= LEAST_WORDS else None,
    )


def diversity(words: Sequence[str]) -> float:
    """MTLD: the mean number of words in a row before fewer than 72 % of them are new; ordinary speech 40…100.

    McCarthy & Jarvis, "MTLD, vocd-D, and HD-D", Behavior Research Methods 42 (2010): once forwards and once
    backwards. Unlike the share of different words it does not fall as texts get longer.
    """
    return (_run_length(words) + _run_length(words[::-1])) / 2


def _run_length(words: Sequence[str]) -> float:
    factors, seen, count = 0.0, set[str](), 0
    for word in words:
        seen.add(word)
        count += 1
        if len(seen) / count < TYPE_TOKEN_FACTOR:
            factors, seen, count = factors + 1, set(), 0
    if count:
        factors += (1 - len(seen) / count) / (1 - TYPE_TOKEN_FACTOR)
    return len(words) / factors if factors else float(len(words))


def characteristic(own: Mapping[str, int], all_words: Mapping[str, int], most: int) -> list[str]:
    """The words one speaker uses more than all others do, most telling first; small words left out.

    By the z-score of the log-odds (Monroe, Colaresi & Quinn, "Fightin' words", Political Analysis 16,
    2008), with a flat prior; only what is said at least twice and stands out by one deviation.
    """
    mine, others = sum(own.values()), sum(all_words.values()) - sum(own.values())
    small = listed("small_words", "stopwords")
    scores = {
        word: _log_odds(count, mine, all_words[word] - count, others)
        for word, count in own.items()
        if count > 1 and len(word) > 2 and word not in small and not word.isdigit()
    }
    ranked = sorted(scores, key=lambda word: (-scores[word], word))
    return [word for word in ranked if scores[word] > 1][:most]


def _log_odds(mine: int, all_mine: int, theirs: int, all_theirs: int) -> float:
    """The z-score of the difference of two log-odds."""
    ours, rest = mine + EASY, theirs + EASY
    odds = log(ours / (all_mine - mine + EASY)) - log(rest / (all_theirs - theirs + EASY))
    return odds / sqrt(1 / ours + 1 / rest)


def _fillers() -> frozenset[str]:
    return listed("talk_words", "fillers")
