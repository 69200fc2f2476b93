"""What holds a story up and what is missing, in a few sentences with the story's own words as evidence."""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass

from analyses.lexicons import words as listed
from analyses.local.hype import MULTIPLIER
from analyses.local.markdown import plain
from analyses.local.words import lowers, sentences

MOST_SENTENCES = 400
QUOTE_CHARS = 300
BACKED = 4  # points of support, each kind giving at most two
LEAST_SUPPORT = 2  # of a sentence worth quoting
LOUD, PUSHY = 6.0, 4.0  # hype scores
_NUMBER = re.compile(r"(?<![\w.,])\d{1,12}(?:[.,]\d{1,12}){0,4}(?![\w,])")
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Support:
    """Counts of what a reader would look for before believing a story."""

    figures: int
    records: int
    voices: int
    critical: int

    @property
    def points(self) -> int:
        return sum(min(2, count) for count in astuple(self))


def support_of(prose: str) -> Support:
    """The support in `prose`: numbers that are no years, studies and records, speakers, critics."""
    words = lowers(prose)
    return Support(
        figures=sum(not _YEAR.fullmatch(number) for number in _NUMBER.findall(prose)),
        records=_met(words, "records"),
        voices=_met(words, "voices"),
        critical=_met(words, "critical"),
    )


def reality_check(title: str, text: str, hype: float) -> str:
    """Two to four sentences: a verdict, what can be checked, what to ask for, a warning where due."""
    prose = " ".join(span.text for span in sentences(plain(text))[:MOST_SENTENCES])
    support = support_of(prose)
    words = lowers(f"{title} {prose}")
    parts = [
        _verdict(hype, support),
        _held_up_by(support),
        _missing(support, hype),
        _warning(words, prose, support),
    ]
    return " ".join(part for part in parts if part)


def best_supported(text: str) -> str | None:
    """The verbatim sentence with most support in it; None where none has any."""
    spans = [span.text for span in sentences(text)[:MOST_SENTENCES] if 20 <= len(span.text) <= QUOTE_CHARS]
    best = max(((support_of(span).points, -at, span) for at, span in enumerate(spans)), default=None)
    return best[2] if best and best[0] >= LEAST_SUPPORT else None


def _met(words: list[str], section: str) -> int:
    """How many words are of the section and not denied just before ("no study")."""
    named, deniers = listed("reality", section), listed("ethics", "deniers")
    places = [at for at, word in enumerate(words) if word in named]
    return sum(not deniers.intersection(words[max(0, at - 2) : at]) for at in places)


def _verdict(hype: float, support: Support) -> str:
    backed = support.points >= BACKED
    if hype >= LOUD:
        shown = backed and (support.records or support.critical)
        return "Loud, but not without substance." if shown else "Promises much and shows little."
    if hype >= PUSHY:
        return "Some salesmanship, and some support." if backed else "Some salesmanship, with thin support."
    return "Sober in tone and backed up." if backed else "Sober in tone, though little is backed up."


def _held_up_by(support: Support) -> str:
    found = [
        _counted(support.figures, "figure"),
        "a study, measurement or record" if support.records else "",
        "somebody who is quoted" if support.voices else "",
        "a critical or independent voice" if support.critical else "",
    ]
    named = [part for part in found if part]
    return (
        f"It offers {_listed(named)}."
        if named
        else "Nothing in it can be checked: no figure, record or voice."
    )


def _missing(support: Support, hype: float) -> str:
    missing = [
        "" if support.figures else "how much, and measured how",
        "" if support.critical else "what somebody without a stake says",
        "" if support.records or hype < PUSHY else "a test that others could repeat",
    ]
    named = [part for part in missing if part]
    return f"Ask for {_listed(named)}." if named else ""


def _warning(words: list[str], prose: str, support: Support) -> str:
    bold = sum(word in listed("hype", "puffery") | listed("hype", "absolutes") for word in words)
    hedges = sum(word in listed("hype", "hedges") for word in words)
    if _met(words, "relations") and _met(words, "causes"):
        return "It speaks of cause where it also speaks of mere association: check which was found."
    if MULTIPLIER.search(prose) and not support.records:
        return "A multiple such as “10x” says little without what it is compared with."
    if bold >= 3 and bold > hedges:
        return f"Superlatives and absolutes ({bold}) outnumber hedges ({hedges})."
    return ""


def _counted(count: int, noun: str) -> str:
    return "" if not count else f"one {noun}" if count == 1 else f"{count} {noun}s"


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
