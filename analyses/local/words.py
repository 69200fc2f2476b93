"""Text as sentences and tokens with their places, in one linear pass each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SENTENCE_CHARS = (
    1_200  # longer "sentences" (tables, minified code) are cut, so that all later work is bounded
)

_TOKEN = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_BREAK = re.compile(r"[,;:()\[\]—–…\"“”]|--|\s-\s")
_END = re.compile(
    r"[.!?…]+[\"'”’)\]*_]{0,3}(?=\s|$)|[。！？]+|\n{2,}|\n(?=\s{0,8}(?:[-*#>|•]|\d{1,3}[.)]\s))"
)
_SHORT_FORMS = frozenset(
    "mr mrs ms dr prof sr jr st vs etc inc ltd co corp no vol fig eq al e.g i.e u.s u.k a.m p.m gen sen rep gov "
    "jan feb mar apr jun jul aug sep sept oct nov dec approx dept est".split()
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word as written, its lower case (with a straight apostrophe), and whether a pause stands before it."""

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
    for match in _END.finditer(text):
        if _is_short_form(text, match):
            continue
        spans.extend(_pieces(text, start, match.end()))
        start = match.end()
    spans.extend(_pieces(text, start, len(text)))
    return spans


def _is_short_form(text: str, match: re.Match[str]) -> bool:
    """A single full stop after an abbreviation or an initial ends nothing."""
    if match.group() != ".":
        return False
    head = text[max(0, match.start() - 12) : match.start()]
    word = head.split()[-1].lower().lstrip("(\"'") if head.split() else ""
    return word in _SHORT_FORMS or (len(word) == 1 and word.isalpha() and word != "i")


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
    return [match.group().lower().replace("’", "'") for match in _TOKEN.finditer(text)]


def word_set(*lines: str) -> frozenset[str]:
    """A set of words from lines of words, the way our lexicons are written."""
    return frozenset(word for line in lines for word in line.split())


def phrase_map(entries: dict[float, str]) -> dict[tuple[str, ...], float]:
    """`{weight: "two words; three more words"}` as tuples of words with their weight."""
    return {
        tuple(phrase.split()): weight
        for weight, line in entries.items()
        for phrase in line.split(";")
        if phrase.strip()
    }


def phrases_at(words: list[str], known: Iterable[tuple[str, ...]]) -> list[tuple[int, tuple[str, ...]]]:
    """Where phrases of `known` start in `words`; of two at one place the longer, and they do not overlap."""
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for phrase in known:
        by_first.setdefault(phrase[0], []).append(phrase)
    found: list[tuple[int, tuple[str, ...]]] = []
    at = 0
    while at < len(words):
        fitting = [p for p in by_first.get(words[at], ()) if tuple(words[at : at + len(p)]) == p]
        if fitting:
            longest = max(fitting, key=len)
            found.append((at, longest))
            at += len(longest)
        else:
            at += 1
    return found
