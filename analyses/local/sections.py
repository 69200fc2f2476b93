"""The headings of a document, and under which of them a place lies."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from analyses.cleaning import one_line, shortened

LABEL_CHARS = 80
FEWEST_WORDS = 4  # of what is left of a sentence below its heading
# Markdown's marks; "ARTICLE IV", "Section 2.04" (whose title may stand on the next line); "12.3 Term";
# "A. AUTHORITY"; or a line in capitals that is longer than
# an abbreviation. What goes on in small letters on the next line, or has a verb, is a sentence and no title.
HEADING = re.compile(
    r"""
    ^[ \t]{0,40}+(?:
        \#{1,6}[ \t](?P<marked>[^\n]{1,200})
      | (?P<named>(?:article|section|clause|schedule|exhibit|annex|appendix|part|chapter)[ \xa0]
        (?-i:[\dIVXLC]{1,6}|[A-Z])(?:\.\d{1,3}){0,3}\b)(?:\n?[ \t\xa0]{0,4}[.:–—-]?[ \t\xa0]{0,4}\n?
        (?-i:(?P<name>[A-Z][^\n.:;]{1,80})(?=[.:]|$(?!\n\s{0,40}[a-z]))))?
      | (?-i:(?P<number>\d{1,3}(?:\.\d{1,3}){1,3}\.?|\d{1,3}[.)]|[A-Z]\.|[IVX]{1,5}\.)[ \t\xa0]{1,20}
        (?![^\n.:;]*\b(?:is|are|was|were|has|have|shall|may|will|must|can)\b)(?P<title>[A-Z“"][^\n.:;]{1,80})(?=[.:]|$(?!\n\s{0,40}[a-z])))
      | (?-i:(?P<capitals>(?=[^\n]{9}|[A-Z]+\ )[A-Z][A-Z\ ,&'’/-]{3,80}))[ \t]*$
    )
    """,
    re.MULTILINE | re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Outline:
    """The headings of a text: where each starts, in order, and what it says."""

    starts: list[int]
    labels: list[str]

    def at(self, place: int) -> str:
        """The nearest heading at or before `place`, or nothing."""
        above = bisect_right(self.starts, place)
        return self.labels[above - 1] if above else ""

    def past(self, text: str, start: int, end: int) -> int:
        """`start`, or where the words begin below the last heading on a line of its own in [start, end)."""
        first = max(0, bisect_right(self.starts, start) - 1)  # a sentence may begin within a heading's line
        for place in reversed(self.starts[first : bisect_left(self.starts, end)]):
            line_end = text.find("\n", place, end)
            rest = len(text[line_end:end].split())
            if start <= line_end <= start + 2 * LABEL_CHARS and rest >= FEWEST_WORDS:
                return end - len(text[line_end:end].lstrip())
        return start


def outline(text: str) -> Outline:
    """The headings of `text`, each shortened to 80 characters; linear in its length."""
    found = [(match.start(), _label(match)) for match in HEADING.finditer(text)]
    return Outline([start for start, _ in found], [label for _, label in found])


def _label(match: re.Match[str]) -> str:
    parts = (match["marked"], match["named"], match["name"], match["number"], match["title"])
    told = " ".join(part for part in parts if part) or match["capitals"]
    return shortened(one_line(told), LABEL_CHARS)
