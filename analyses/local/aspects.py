"""What a text feels about what: named parts of a thing or service, and the feeling in their clause."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from analyses.cleaning import shortened
from analyses.lexicons import sections
from analyses.lexicons import words as listed
from analyses.local.sentiment import Scored, normalised
from analyses.local.signs import Hit
from analyses.local.words import Token, tokens

MOST_ASPECTS = 8
QUOTE_CHARS = 160
NAME_CHARS = 40
LIST = "aspects"
_EDGES = " ,;:()—–-"
_CLAUSE = re.compile(
    r"[,;:()—–]|\s-\s|\b(?:but|although|though|while|however|yet|aber|mais|pero|ma|mas|maar)\b", re.I
)


@dataclass(frozen=True, slots=True)
class Found:
    """One aspect: the mean feeling of the clauses that name it, and the strongest of these verbatim."""

    name: str
    score: float
    quote: str


def find_aspects(scored: list[Scored]) -> list[Found]:
    """At most eight aspects, the most strongly felt first. Clauses without feeling give none."""
    felt: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for sentence in scored:
        for clause, start in clauses(sentence.span.text):
            names = _names(tokens(clause))
            feeling = feeling_between(sentence.hits, start, start + len(clause)) if names else 0.0
            for name in names if feeling else ():
                felt[name].append((feeling, clause.strip()))
    found = [_joined(name, parts) for name, parts in felt.items()]
    return sorted(found, key=lambda one: (-abs(one.score), one.name))[:MOST_ASPECTS]


def parts_named(words: list[str], least: int = 1) -> list[str]:
    """The known parts that `words` (lower case) name at least so many times, the most often named first."""
    counts = Counter(_known()[word] for word in words if word in _known())
    named = (name for name in counts if counts[name] >= least)
    return sorted(named, key=lambda name: (-counts[name], name))


def clauses(text: str) -> Iterator[tuple[str, int]]:
    """The clauses of a sentence without the marks before them, each with its place."""
    cuts = [0, *(match.start() for match in _CLAUSE.finditer(text)), len(text)]
    for start, end in pairwise(cuts):
        clause = text[start:end].lstrip(_EDGES)
        yield clause, end - len(clause)


def feeling_between(hits: tuple[Hit, ...], start: int, end: int) -> float:
    """What the hits between two places of a sentence come to, -1…1."""
    return normalised(sum(hit.valence for hit in hits if start <= hit.start < end))


def _names(words: list[Token]) -> set[str]:
    """Known parts, and what stands between "the" and "is"."""
    known = _known()
    names = {known[word.lower] for word in words if word.lower in known}
    for before, word, after in zip(words, words[1:], words[2:], strict=False):
        if _list("determiners", before) and _list("being", after) and not _list("not things", word):
            names.add(known.get(word.lower, word.lower[:NAME_CHARS]))
    return names


def _list(section: str, word: Token) -> bool:
    return word.lower in listed(LIST, f"({section})")


@cache
def _known() -> dict[str, str]:
    """Each word for a part of a thing, and the part's name."""
    named = [title for title in sections(LIST) if not title.startswith("(")]
    return {word: title for title in named for word in listed(LIST, title)}


def _joined(name: str, parts: list[tuple[float, str]]) -> Found:
    score = sum(feeling for feeling, _ in parts) / len(parts)
    strongest = max(parts, key=lambda one: abs(one[0]))[1]
    # A shortened quote must stay verbatim, so it gets no ellipsis.
    return Found(name, score, shortened(strongest, QUOTE_CHARS).removesuffix("…").rstrip())
