"""Cutting a long text into pieces that a model can take: at its own joints, with nothing lost."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from analyses.local.sections import HEADING

# Best joint first. Each match ends where the next piece may begin, but a heading begins one itself.
_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
_LINE = re.compile(r"\n")
_SENTENCE = re.compile(r"[.!?…][\"'”’)\]]{0,3}\s+|[。！？]")
_WORD = re.compile(r"\s+")
_ENDS = (_PARAGRAPH, _LINE, _SENTENCE, _WORD)
_LONGEST_CLUSTER = 16  # code points that a hard cut moves back so as not to take a letter's accent away
_JOINERS = {"\u200d", "\ufe0f", "\ufe0e"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A verbatim piece of a text, and where it starts there, in characters."""

    text: str
    start: int


def split(text: str, most_chars: int) -> list[Piece]:
    """`text` in pieces of at most `most_chars` characters which, joined, are `text` again.

    Each ends before a heading, or else after a paragraph, a line, a sentence or a word, whichever comes
    first in this order within its second half; where there is none, wherever it must. Linear in the
    length of the text. Raises ValueError unless `most_chars` is positive.
    """
    if most_chars < 1:
        raise ValueError("A piece must be allowed at least one character.")
    return list(_pieces(text, most_chars))


def _pieces(text: str, most_chars: int) -> Iterator[Piece]:
    start = 0
    while len(text) - start > most_chars:
        end = _cut(text, start + most_chars // 2, start + most_chars)
        yield Piece(text[start:end], start)
        start = end
    yield Piece(text[start:], start)


def _cut(text: str, low: int, high: int) -> int:
    """The place in (`low`, `high`] at which to cut."""
    headings = [match.start() for match in HEADING.finditer(text, low, high) if match.start() > low]
    if headings:
        return headings[-1]
    for joint in _ENDS:
        ends = [match.end() for match in joint.finditer(text, low, high) if match.end() > low]
        if ends:
            return ends[-1]
    for back in range(min(_LONGEST_CLUSTER, high - low)):
        if not _continues(text[high - back]) and text[high - back - 1] not in _JOINERS:
            return high - back
    return high


def _continues(char: str) -> bool:
    """True for what belongs to the character before it."""
    return char in _JOINERS or unicodedata.combining(char) > 0
