"""What a description says of a tool: its strengths, its limits, what it is for, and what it leaves open."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analyses.cleaning import one_line, shortened
from analyses.lexicons import sections
from analyses.local.markdown import plain
from analyses.local.reasons import finder, signs
from analyses.local.summary import central_sentences
from analyses.local.words import lowers, sentences

LIST = "tools"
ASKED = "(asked) "
MOST_SENTENCES = 300
LEAST_WORDS = 3
POINT_CHARS, QUOTE_CHARS, USE_CHARS, SUMMARY_CHARS = 200, 400, 120, 500
_REST = r"(?P<use>[^.;:!?\n]{4,160})"
_WHOM = r"(?:you |your |users? |teams? |people |developers? |us |them |anyone )?(?:to )?"
_USES = (
    # "lets you build agents", "enables direct networking", "helps teams to find bugs"
    re.compile(rf"(?<!not )\b(?:helps?|lets?|allows?|enables?|enabling) {_WHOM}{_REST}", re.I),
    # "designed for developers who …", "makes it easy to deploy"
    re.compile(
        rf"(?<!not )\b(?:makes? it easy|used|designed|built|ideal|useful|intended) (?:to|for) {_REST}", re.I
    ),
    re.compile(rf"\buse (?:it|this|them) (?:to|for) {_REST}", re.I),
    # "a tool for mocking APIs"
    re.compile(r"\bfor (?P<use>(?:the )?[a-z]{3,20}ing\b[^.;:!?\n]{0,160})"),
    # "simplifies inference"
    re.compile(
        r"\b(?P<use>(?:simplif|automat|manag|monitor|generat|analy[sz]|summari[sz])[a-z]{1,6} "
        r"[^.;:!?\n]{4,160})"
    ),
)
_CONTRAST = re.compile(r",? (?:but|however|although|though) ", re.I)
_CUT = re.compile(r",? (?:which|that|while|because|so that|as well as|whose|where)\b|, (?=and |or |but )")


@dataclass(frozen=True, slots=True)
class Point:
    """One thing a description says of a tool, in short, and the sentence that says it, verbatim."""

    text: str
    quote: str


def strengths(description: str, most: int) -> list[Point]:
    return _points(description, "(strengths)", most)


def limits(description: str, most: int) -> list[Point]:
    """What the description admits, then, without a quote, what it leaves open."""
    found = _points(description, "(limits)", most)
    missing = left_open(description)
    open_point = Point(f"Not said: {', '.join(missing)}.", "")
    return [*found[: most - 1], open_point] if missing else found


def left_open(description: str) -> list[str]:
    """What a buyer would ask and the description does not speak of."""
    words = lowers(plain(description))
    asked = [title for title in sections(LIST) if title.startswith(ASKED)]
    return [
        title.removeprefix(ASKED) for title in asked if not any(True for _ in finder(LIST, title).find(words))
    ]


def uses(description: str, most: int) -> list[Point]:
    """What it is for, as far as it says so in the ways people do."""
    found: dict[str, Point] = {}
    for sentence in _told(description):
        bare = one_line(plain(sentence))
        for pattern in _USES:
            match = pattern.search(bare)
            if match:
                use = shortened(_CUT.split(match["use"])[0].strip(" ,"), USE_CHARS)
                found.setdefault(use.lower(), Point(use, sentence[:QUOTE_CHARS].rstrip()))
                break
    return list(found.values())[:most]


def summary(name: str, description: str) -> str:
    """The two most central sentences of the description; its beginning where it has no whole sentence."""
    prose = plain(description)
    chosen = central_sentences(name, prose, 2)
    return shortened(" ".join(chosen) or one_line(prose) or name, SUMMARY_CHARS)


def _points(description: str, section: str, most: int) -> list[Point]:
    """The sentences, or their sides of a "but", with most signs of the section; each sign is told once."""
    found = [
        (met, at, side, sentence)
        for at, sentence in enumerate(_told(description))
        for side in _CONTRAST.split(one_line(plain(sentence)))
        if (met := set(signs(LIST, section, lowers(side))))
    ]
    kept: list[Point] = []
    told: set[str] = set()
    for met, _, side, sentence in sorted(found, key=lambda one: (-len(one[0]), one[1])):
        if len(kept) < most and met - told:
            told |= met
            kept.append(Point(shortened(side.strip(" ,"), POINT_CHARS), sentence[:QUOTE_CHARS].rstrip()))
    return kept


def _told(description: str) -> list[str]:
    """Verbatim sentences that say something in words."""
    spans = [span.text for span in sentences(description)[:MOST_SENTENCES]]
    return [span for span in spans if len(lowers(plain(span))) >= LEAST_WORDS]
