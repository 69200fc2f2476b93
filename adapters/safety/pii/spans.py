"""What a finder of personal data is: text in, the places of one kind out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

BREAK = "\0"  # stands between two fields of one content; no pattern of ours reaches across it
CUE_CHARS = 40  # so far before a number a word may stand that says what it is


class Span(NamedTuple):
    """`text[start:end]` is personal data of this kind (`EMAIL`, `CARD`, …)."""

    start: int
    end: int
    kind: str


Finder = Callable[[str], Iterator[Span]]


def is_announced(text: str, start: int, cue: re.Pattern[str]) -> bool:
    """True if `cue` stands shortly before `start`, in the same field."""
    before = text[max(0, start - CUE_CHARS) : start].rpartition(BREAK)[2]
    return cue.search(before) is not None
