"""What a text feels about what: named parts of a thing or service, and the feeling in their clause."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from analyses.cleaning import shortened
from analyses.local.sentiment import Hit, Scored, normalised
from analyses.local.words import Token, tokens, word_set

MOST_ASPECTS = 8
QUOTE_CHARS = 160
NAME_CHARS = 40
_CLAUSE = re.compile(
    r"[,;:()—–]|\s-\s|\b(?:but|although|though|while|however|yet|aber|mais|pero|ma|mas|maar)\b", re.I
)

_NAMED: dict[str, str] = {
    word: aspect
    for aspect, line in {
        "battery": "battery batteries charger charging",
        "screen": "screen display",
        "sound": "sound audio volume speaker speakers mic microphone bass",
        "camera": "camera photos pictures lens",
        "price": "price prices priced cost costs value pricing fee fees",
        "service": "service staff waiter waitress server servers support helpdesk crew agent agents bedienung personnel personal servicio servizio",
        "food": "food meal dish dishes pizza burger steak sushi dessert menu lunch dinner breakfast soup essen comida cibo nourriture",
        "drinks": "coffee tea wine beer cocktail cocktails drinks",
        "place": "place restaurant ambience ambiance atmosphere room rooms hotel decor location view",
        "waiting time": "wait queue delay delays waiting",
        "delivery": "delivery shipping shipment courier parcel package packaging lieferung livraison entrega",
        "quality": "quality build material materials fabric",
        "size": "size sizing fit length",
        "design": "design look style colour color colours colors interface layout",
        "plot": "plot story script writing storyline ending dialogue",
        "acting": "acting actors actor actress cast performance performances",
        "music": "music song songs soundtrack album",
        "software": "app software update updates website site firmware",
        "performance": "speed performance latency battery-life",
        "documentation": "documentation docs manual instructions tutorial",
        "management": "management manager boss leadership meeting meetings",
        "safety": "safety security privacy",
    }.items()
    for word in line.split()
}
_DETERMINERS = word_set("the my its their our his her this that these those")
_BEING = word_set(
    "is was are were isn't wasn't aren't weren't feels felt looks looked seems works tastes tasted sounds"
)
_NOT_THINGS = word_set(
    "thing things one ones way time times day days lot bit rest other others same first last only best worst most "
    "reason point fact problem it that this i we they he she you there what which who all everything nothing "
    "people person man woman guy girl most next year years week whole end more less"
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
        for clause, start in _clauses(sentence.span.text):
            feeling = _feeling(sentence.hits, start, start + len(clause))
            if feeling:
                for name in _names(tokens(clause)):
                    felt[name].append((feeling, clause.strip()))
    found = [_joined(name, clauses) for name, clauses in felt.items()]
    return sorted(found, key=lambda one: (-abs(one.score), one.name))[:MOST_ASPECTS]


def _clauses(text: str) -> list[tuple[str, int]]:
    cuts = [0, *(match.start() for match in _CLAUSE.finditer(text)), len(text)]
    return [
        (
            text[start:end].lstrip(" ,;:()—–-"),
            start + len(text[start:end]) - len(text[start:end].lstrip(" ,;:()—–-")),
        )
        for start, end in zip(cuts, cuts[1:], strict=False)
    ]


def _feeling(hits: tuple[Hit, ...], start: int, end: int) -> float:
    return normalised(sum(hit.valence for hit in hits if start <= hit.start < end and hit.word not in _NAMED))


def _names(words: list[Token]) -> set[str]:
    names = {_NAMED[word.lower] for word in words if word.lower in _NAMED}
    for before, word, after in zip(words, words[1:], words[2:], strict=False):
        bare = word.lower
        if (
            before.lower in _DETERMINERS
            and after.lower in _BEING
            and bare not in _NOT_THINGS
            and bare not in _NAMED
        ):
            names.add(bare[:NAME_CHARS])
    return names


def _joined(name: str, clauses: list[tuple[float, str]]) -> Found:
    score = sum(feeling for feeling, _ in clauses) / len(clauses)
    strongest = max(clauses, key=lambda one: abs(one[0]))[1]
    return Found(name, score, _verbatim_head(strongest))


def _verbatim_head(clause: str) -> str:
    """The clause, or its first words without the ellipsis that would make it no longer verbatim."""
    return shortened(clause, QUOTE_CHARS).removesuffix("…").rstrip()
