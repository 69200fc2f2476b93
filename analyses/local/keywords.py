"""What a text is about: its own telling words and phrases, and the broad topics they point to.

Scores follow the ideas of RAKE (Rose et al. 2010: phrases are what stands between small words) and
YAKE (Campos et al. 2020: early, capitalised and often), in plain counts.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from math import log

from analyses import lexicons
from analyses.lexicons import sections
from analyses.lexicons import words as listed
from analyses.local.words import Token, tokens

MOST_TOKENS = 8_000
LONGEST_PHRASE = 3
TITLE_BONUS = 1.5
PHRASE_BONUS = 1.6
ONCE = 0.5
LEAST_TOPIC_WORDS = 2


def keywords(title: str, text: str, most: int) -> list[str]:
    """At most `most` telling phrases of up to three words, in lower case, the best first."""
    head = tokens(text[: MOST_TOKENS * 8])[:MOST_TOKENS]
    title_words = tokens(title)
    counts: Counter[lexicons.Phrase] = Counter()
    first: dict[lexicons.Phrase, int] = {}
    for at, phrase in enumerate(_candidates([*title_words, *head])):
        counts[phrase] += 1
        first.setdefault(phrase, at)
    in_title = {token.lower for token in title_words}
    scores = {phrase: _score(phrase, counts[phrase], first[phrase], in_title) for phrase in counts}
    return _distinct(sorted(scores, key=lambda phrase: (-scores[phrase], phrase)), most)


def topics(words: list[str], most: int) -> list[str]:
    """The broad topics that two or more different `words` (lower case) point to, strongest first."""
    counts = Counter(words)
    counts.update(f"{one}-{two}" for one, two in pairwise(words))
    hits = {topic: _pull(counts, listed("topics", topic)) for topic in sections("topics")}
    return sorted((topic for topic in hits if hits[topic]), key=lambda topic: (-hits[topic], topic))[:most]


def _pull(counts: Counter[str], named: frozenset[str]) -> float:
    met = [counts[word] for word in named if counts[word]]
    return sum(1 + log(count) for count in met) if len(met) >= LEAST_TOPIC_WORDS else 0.0


def _candidates(words: list[Token]) -> list[lexicons.Phrase]:
    """Runs of telling words between small words and pauses, whole where short, and each word alone."""
    runs: list[list[str]] = [[]]
    for word in words:
        small = (
            word.lower in listed("small_words", "stopwords")
            or len(word.lower) < 3
            or word.lower.replace("-", "").isdigit()
        )
        if word.paused or small:
            runs.append([])
        if not small:
            runs[-1].append(word.lower.removesuffix("'s"))
    found = [tuple(run) for run in runs if 1 < len(run) <= LONGEST_PHRASE]
    return found + [(word,) for run in runs for word in run]


def _score(phrase: lexicons.Phrase, count: int, first: int, in_title: set[str]) -> float:
    """More for what comes often, early, in the title, and as a phrase; little for a word met once."""
    alone = len(phrase) == 1
    repeated = ONCE if alone and count == 1 else 1 + log(count)
    telling = not alone and (count > 1 or in_title.issuperset(phrase))
    phrased = PHRASE_BONUS if telling else 1 / len(phrase)
    title = TITLE_BONUS if any(word in in_title for word in phrase) else 1.0
    return repeated * phrased * title / log(2.72 + first / 50)


def _distinct(ranked: list[lexicons.Phrase], most: int) -> list[str]:
    chosen: list[lexicons.Phrase] = []
    for phrase in ranked:
        if len(chosen) == most:
            break
        if len(" ".join(phrase)) <= 50 and not any(_overlap(phrase, other) for other in chosen):
            chosen.append(phrase)
    return [" ".join(phrase) for phrase in chosen]


def _overlap(one: lexicons.Phrase, other: lexicons.Phrase) -> bool:
    stems = {word.rstrip("s") for word in other}
    return any(word.rstrip("s") in stems for word in one)
