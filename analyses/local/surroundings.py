"""The sentence around a place of a long document: found when asked for, so that a book costs little."""

from __future__ import annotations

import re
from bisect import bisect_right

from analyses.local.words import SENTENCE_END, is_short_form

PASSAGE_CHARS = 1_200  # as much as is read or quoted at once; a longer sentence is cut around the place
LEAD_CHARS = 600  # of it, at most so much before the place
_JOINT = re.compile(r"[;:]\s+|\n\s*(?=\()|\s(?=\([a-z]{1,4}\)\s)")  # where a list in a sentence goes on


class Surroundings:
    """A text whose sentences can be asked for by place."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends = [match.end() for match in SENTENCE_END.finditer(text)]

    def around(self, place: int) -> tuple[int, int]:
        """Where the sentence that holds `place` starts and ends, without the white space around it."""
        start, end = self._start(place), self._end(place)
        if end - start > PASSAGE_CHARS:
            start, end = self._item(max(start, place - LEAD_CHARS), place, end)
        passage = self._text[start:end]
        lead = len(passage) - len(passage.lstrip())
        return start + lead, start + max(lead, len(passage.rstrip()))

    def _item(self, low: int, place: int, high: int) -> tuple[int, int]:
        """The part of an overlong sentence around `place`, from joint to joint where there are any."""
        before = [match.end() for match in _JOINT.finditer(self._text, low, place)]
        start = before[-1] if before else low
        high = min(high, start + PASSAGE_CHARS)
        after = [match.end() for match in _JOINT.finditer(self._text, place, high)]
        return start, after[0] if after and not before else after[-1] if after else high

    def _start(self, place: int) -> int:
        at = bisect_right(self._ends, place) - 1
        while at >= 0 and place - self._ends[at] < LEAD_CHARS and self._ends_nothing(self._ends[at]):
            at -= 1
        return self._ends[at] if at >= 0 else 0

    def _end(self, place: int) -> int:
        at = bisect_right(self._ends, place)
        while (
            at < len(self._ends)
            and self._ends[at] - place < PASSAGE_CHARS
            and self._ends_nothing(self._ends[at])
        ):
            at += 1
        return self._ends[at] if at < len(self._ends) else len(self._text)

    def _ends_nothing(self, end: int) -> bool:
        """True where a sentence seems to end but an abbreviation does, or a number in front of a clause."""
        match = SENTENCE_END.match(self._text, end - 1)
        if match is None or match.end() != end:
            return False
        return is_short_form(self._text, match)
