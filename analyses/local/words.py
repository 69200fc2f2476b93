"""Text as sentences and tokens with their places, in one linear pass each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analyses import lexicons

# Longer "sentences" (tables, minified code) are cut, so that all later work is bounded.
SENTENCE_CHARS = 1_200

_TOKEN = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_BREAK = re.compile(r"[,;:()\[\]—–…\"“”\n]|--|\s-\s|[.!?](?=\s)")
# The look-behind and the possessive run keep a million full stops linear.
SENTENCE_END = re.compile(
    r"(?<![.!?…])[.!?…]++[\"'”’)\]*_]{0,3}(?=\s|$)"
    r"|[。！？]+"
    r"|\n{2,}"
    r"|\n(?=\s{0,8}(?:[-*#>|•]|\d{1,3}[.)]\s))"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word as written and in lower case (straight apostrophes); `paused` if a pause stands before it."""

    text: str
    lower: str
    start: int
    end: int
    paused: bool


@dataclass(frozen=True, slots=True)
class Span:
    """A verbatim piece of a text and where it starts."""

    text: str
    start: int


def sentences(text: str) -> list[Span]:
    """The sentences of `text`, stripped, each a verbatim slice of at most 1,200 characters."""
    spans: list[Span] = []
    start = 0
    for match in SENTENCE_END.finditer(text):
        if is_short_form(text, match):
            continue
        spans.extend(_pieces(text, start, match.end()))
        start = match.end()
    spans.extend(_pieces(text, start, len(text)))
    return spans


def is_short_form(text: str, match: re.Match[str]) -> bool:
    """A single full stop after an abbreviation or an initial ends nothing."""
    if match.group() != ".":
        return False
    head = text[max(0, match.start() - 12) : match.start()]
    word = head.split()[-1].lower().lstrip("(\"'") if head.split() else ""
    return word in lexicons.words("small_words", "short forms") or (
        len(word) == 1 and word.isalpha() and word != "i"
    )


def _pieces(text: str, start: int, end: int) -> Iterator[Span]:
    for at in range(start, end, SENTENCE_CHARS):
        piece = text[at : min(at + SENTENCE_CHARS, end)]
        bare = piece.strip()
        if bare:
            yield Span(bare, at + piece.index(bare[0]))


def tokens(text: str) -> list[Token]:
    """The words of `text`; a word keeps its inner apostrophes and hyphens."""
    found: list[Token] = []
    last = 0
    for match in _TOKEN.finditer(text):
        word = match.group()
        paused = bool(found) and _BREAK.search(text, last, match.start()) is not None
        found.append(Token(word, word.lower().replace("’", "'"), match.start(), match.end(), paused))
        last = match.end()
    return found


def lowers(text: str) -> list[str]:
    """The words of `text` in lower case."""
    return _TOKEN.findall(text.lower().replace("’", "'"))


class PhraseFinder:
    """Finds known phrases in a list of words; of two at one place the longer, and they do not overlap."""

    def __init__(self, phrases: Iterable[lexicons.Phrase]) -> None:
        self._by_first: dict[str, list[lexicons.Phrase]] = {}
        for phrase in sorted(phrases, key=len, reverse=True):
            self._by_first.setdefault(phrase[0], []).append(phrase)

    def at(self, words: list[str], place: int) -> lexicons.Phrase | None:
        """The longest phrase that starts at `place`."""
        for phrase in self._by_first.get(words[place], ()):
            if tuple(words[place : place + len(phrase)]) == phrase:
                return phrase
        return None

    def find(self, words: list[str]) -> Iterator[tuple[int, lexicons.Phrase]]:
        """Every phrase with its place, in order."""
        free = 0
        for place, word in enumerate(words):
            if place >= free and word in self._by_first:
                phrase = self.at(words, place)
                if phrase:
                    yield place, phrase
                    free = place + len(phrase)
