"""Names of persons: after a title, after words that introduce one, or by a first name of the list.

A list knows no surname and no rare first name, so this finds most names in English text and never all.
A surname that was once seen behind a first name is found wherever it stands alone in the same content.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files

from adapters.safety.pii.spans import Finder, Span

_WORD = r"[A-ZÀ-ÖØ-ÞĀ-Ž][^\W\d_]*(?:['’-][A-ZÀ-ÖØ-ÞĀ-Ž]?[^\W\d_]+){0,2}"
_LINK = r"[ \t]{1,2}(?:(?:[A-Z]\.|van|von|de|der|den|di|da|del|la|le|bin|al)[ \t]){0,2}"
_RUN = re.compile(rf"(?<![\w'’.-]){_WORD}(?:{_LINK}{_WORD}){{0,4}}")
_WORDS = re.compile(_WORD)
_TITLE = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Dame|Herr|Frau|Mme|Mlle|Monsieur|Madame|Señora?)\.?[ \t]"
    rf"(?={_WORD})"
)
_INTRODUCTION = re.compile(
    r"\b(?:[Mm]y (?:first |last |full |sur)?name is|[Yy]our last name\?|[Nn]amed (?:him|her|them)"
    rf"|[Cc]alls? me|[Dd]ear|[Ss]igned[,:]|[Ss]incerely,|[Rr]egards,|[Bb]illing address:)\s(?={_WORD})"
)
_LOWER = re.compile(r"(?<![\w@./-])[a-zß-öø-ÿ]{3,}(?![\w@/-]|\.\w)")  # a word, and no part of an address
_PERSON = re.compile(rf"{_WORD}(?:[ \t](?:[A-Z]\.|[^\W\d_]{{2,3}}|{_WORD})){{0,4}}")
MOST_SPELLED = 200
_LEAST_SURNAME_CHARS = 3
_MOST_WORDS = 4


def _listed_in(file: str) -> frozenset[str]:
    lines = files(__package__).joinpath(file).read_text("utf-8").split("\n")
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@cache
def _first_names() -> tuple[frozenset[str], frozenset[str]]:
    """The names that count by themselves, and those that need a surname."""
    listed = _listed_in("first_names.txt")
    weak = frozenset(name for name in listed if name.endswith("*"))
    return listed - weak, frozenset(name.removesuffix("*") for name in weak)


@cache
def _not_names() -> frozenset[str]:
    return _listed_in("not_names.txt")


def _common(text: str) -> frozenset[str]:
    """What is no name in `text`: words that never are, and those that it also writes small."""
    return _not_names().union(_LOWER.findall(text))


def names(text: str) -> Iterator[Span]:
    """Persons' names, without their titles. A word that the text also writes small is taken for no name."""
    common = _common(text)
    known = [*_announced(text, common), *_listed(text, common)]
    yield from known
    surnames = {word for span in known for word in _surnames(text[span.start : span.end])}
    if surnames:
        for match in _WORDS.finditer(text):
            bare = _without_genitive(match[0])
            if bare in surnames:
                yield Span(match.start(), match.start() + len(bare), "NAME")


def spelled(told: Iterable[str]) -> Finder:
    """A finder of these names, each as it is written; none that reads as a word or a role."""
    likely = {name for name in told if _PERSON.fullmatch(name)}

    def found(text: str) -> Iterator[Span]:
        common = _common(text) if likely else frozenset()
        meant = sorted(name for name in likely if common.isdisjoint(name.lower().split()))[:MOST_SPELLED]
        if meant:
            whole = rf"(?<![\w@.'’-])(?:{'|'.join(map(re.escape, reversed(meant)))})(?![\w@-])"
            yield from (Span(*match.span(), "NAME") for match in re.finditer(whole, text))

    return found


def _announced(text: str, common: frozenset[str]) -> Iterator[Span]:
    for cue in (_TITLE, _INTRODUCTION):
        for match in cue.finditer(text):
            run = _RUN.match(text, match.end())
            words = list(_WORDS.finditer(text, match.end(), run.end())) if run else []
            if name := _until_no_name(words, common):
                yield _span(name)


def _listed(text: str, common: frozenset[str]) -> Iterator[Span]:
    """Runs of capitalised words from a known first name on."""
    strong, weak = _first_names()
    for run in _RUN.finditer(text):
        words = list(_WORDS.finditer(text, run.start(), run.end()))
        while words:
            taken = 1
            first = _without_genitive(words[0][0]).lower()
            if first in strong or first in weak:
                name = _until_no_name(words, common)
                if len(name) > (first in weak):
                    yield _span(name)
                    taken = len(name)
            del words[:taken]


def _until_no_name(words: Sequence[re.Match[str]], common: frozenset[str]) -> Sequence[re.Match[str]]:
    """The words up to the first that is in no name, or that ends one by its genitive."""
    for at, word in enumerate(words[:_MOST_WORDS]):
        bare = _without_genitive(word[0])
        if bare.lower() in common or (len(bare) > 1 and len(set(bare)) == 1):  # XXXX stands for a masked name
            return words[:at]
        if bare != word[0]:
            return words[: at + 1]
    return words[:_MOST_WORDS]


def _span(words: Sequence[re.Match[str]]) -> Span:
    last = words[-1]
    return Span(words[0].start(), last.start() + len(_without_genitive(last[0])), "NAME")


def _surnames(name: str) -> list[str]:
    return [word for word in _WORDS.findall(name)[1:] if len(word) >= _LEAST_SURNAME_CHARS]


def _without_genitive(word: str) -> str:
    return word[:-2] if word.endswith(("'s", "’s")) else word
