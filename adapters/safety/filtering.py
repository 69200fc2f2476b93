"""The content filter: categories of inappropriate content in a text, by a list of words and phrases.

Whole words count, never parts of words: Scunthorpe, cockpit and Essex pass. Before they are looked up, digits
and signs that stand for letters are read as such (sh1t, a$$hole), repeated letters are folded (fuuuck), and
masks (f**k) and blanks between letters (f u c k) are seen through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

SEVERITIES = ("mild", "strong", "severe")
LIST = "inappropriate.txt"
_HEADING = re.compile(r"\[([a-z-]+) (mild|strong|severe)\]")
_ENDINGS = ("", "s", "es", "ed", "er", "ers", "ing", "in", "y", "ier")
_TOKEN = re.compile(r"[a-z0-9@$!*|ß-öø-ÿ]{2,40}")
_PLAIN = re.compile(r"[a-z]+")
_SPELLED_OUT = re.compile(r"(?<!\w)[a-z](?:[ ._-][a-z]){2,20}(?!\w)")
_LETTERS = str.maketrans("013457@$!|", "oieastasii")
_REPEATED = re.compile(r"(.)\1{2,}")
_LONGEST_MASKED = 15


@dataclass(frozen=True, slots=True, order=True)
class Flag:
    """A category that a text falls into, and the worst of what speaks for it; never its words."""

    category: str
    severity: str

    def __str__(self) -> str:
        return f"{self.category} ({self.severity})"


@dataclass(slots=True)
class _List:
    words: dict[str, Flag] = field(default_factory=dict)
    phrases: dict[str, Flag] = field(default_factory=dict)
    by_length: dict[int, list[str]] = field(default_factory=dict)
    phrase: re.Pattern[str] = field(default_factory=lambda: re.compile(r"(?!)"))


def flags_of(text: str) -> list[Flag]:
    """The categories of `text`, each once with its worst severity, in order; empty for almost every text."""
    worst: dict[str, Flag] = {}
    for flag in _found(text.lower().replace("’", "'")):
        known = worst.get(flag.category)
        if known is None or SEVERITIES.index(flag.severity) > SEVERITIES.index(known.severity):
            worst[flag.category] = flag
    return sorted(worst.values())


def _found(text: str) -> Iterator[Flag]:
    listed = _list()
    for token in set(_TOKEN.findall(text)):
        yield from _looked_up(token, listed)
    for letters in _SPELLED_OUT.findall(text):
        yield from _looked_up(letters[::2], listed)
    for match in listed.phrase.finditer(" ".join(text.split())):
        yield listed.phrases[match[0]]


def _looked_up(token: str, listed: _List) -> Iterator[Flag]:
    if "*" in token.strip("*!"):
        yield from _unmasked(token, listed)
        return
    token = token.strip("*!|")
    if token in listed.words:
        yield listed.words[token]
    elif any(char.isalpha() for char in token) and (not _PLAIN.fullmatch(token) or _REPEATED.search(token)):
        plain = token.translate(_LETTERS)
        for folded in {plain, _REPEATED.sub(r"\1", plain), _REPEATED.sub(r"\1\1", plain)}:
            if folded in listed.words:
                yield listed.words[folded]
                return


def _unmasked(token: str, listed: _List) -> Iterator[Flag]:
    """A word with some of its letters starred out, if only listed words fit: the first and the last stand."""
    token = token.strip("!")
    if not (3 <= len(token) <= _LONGEST_MASKED and token[0].isalpha()):
        return
    shape = re.compile("".join("[a-z]" if char == "*" else re.escape(char) for char in token))
    for word in listed.by_length.get(len(token), ()):
        if shape.fullmatch(word):
            yield listed.words[word]
            return


@cache
def _list() -> _List:
    listed = _List()
    flag = Flag("", "mild")
    for line in files(__package__).joinpath(LIST).read_text("utf-8").split("\n"):
        if heading := _HEADING.fullmatch(line):
            flag = Flag(heading[1], heading[2])
        elif line.startswith('"'):
            listed.phrases[line.strip('"')] = flag
        elif not line.startswith("#"):
            for word in line.split():
                stem = word.removesuffix("+")
                listed.words.update((stem + ending, flag) for ending in (_ENDINGS if word != stem else ("",)))
    for word in sorted(listed.words):
        listed.by_length.setdefault(len(word), []).append(word)
    listed.phrase = re.compile(rf"(?<![\w'])(?:{'|'.join(map(re.escape, listed.phrases))})(?![\w'])")
    return listed
