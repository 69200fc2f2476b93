"""What holds a story up and what is missing, in a few sentences with the story's own words as evidence."""

from __future__ import annotations

from dataclasses import dataclass

from analyses.local import hype_words as lists
from analyses.local.hype import FIGURE, MULTIPLIER, boldest_sentence
from analyses.local.markdown import plain
from analyses.local.words import lowers, sentences, word_set

STUDIES = word_set(
    "study studies trial trials survey peer-reviewed journal experiment experiments placebo randomised randomized replicated audit audited "
    "benchmark benchmarks measured measurements paper"
)
VOICES = word_set(
    "said says told according spokesman spokeswoman spokesperson wrote explained argued warned cautioned noted"
)
CRITICAL = word_set(
    "critics critic independent sceptical skeptical cautioned cautions warned warns disputed regulator auditor however although limitations limitation caveat unproven uninvolved"
)
RELATIONS = word_set("associated association linked link correlated correlation correlational")
CAUSES = word_set(
    "causes cause caused prevents prevent prevented cures cure proves prove triggers eliminates boosts"
)
MOST_SENTENCES = 400


@dataclass(frozen=True, slots=True)
class Support:
    """Counts of what a reader would look for before believing a story."""

    figures: int
    studies: int
    voices: int
    critical: int
    hedges: int
    absolutes: int
    multipliers: int
    causes: int
    relations: int


def support_of(title: str, text: str) -> Support:
    """Counts over the first 400 sentences."""
    prose = f"{title}\n" + "\n".join(span.text for span in sentences(plain(text))[:MOST_SENTENCES])
    words = lowers(prose)

    def met(named: frozenset[str]) -> int:
        return sum(word in named for word in words)

    return Support(
        figures=len(FIGURE.findall(prose)),
        studies=met(STUDIES),
        voices=met(VOICES),
        critical=met(CRITICAL),
        hedges=met(lists.HEDGES),
        absolutes=met(lists.ABSOLUTES | lists.PUFFERY),
        multipliers=len(MULTIPLIER.findall(prose)),
        causes=met(CAUSES),
        relations=met(RELATIONS),
    )


def reality_check(title: str, text: str, hype: float) -> tuple[str, str | None]:
    """Two to four sentences, and the boldest sentence verbatim where there is one."""
    support = support_of(title, text)
    bold = boldest_sentence(title, text)
    parts = [_verdict(hype, support), _held_up_by(support), _missing(support, hype), _claims(support)]
    return " ".join(part for part in parts if part), bold


def _verdict(hype: float, support: Support) -> str:
    backed = (
        min(2, support.figures) + min(2, support.studies) + min(2, support.voices) + min(2, support.critical)
    )
    if hype >= 6:
        return "Promises much and shows little." if backed < 3 else "Loud, but not without substance."
    if hype >= 4:
        return (
            "Some salesmanship, and some support." if backed >= 3 else "Some salesmanship, with thin support."
        )
    return "Sober in tone and backed up." if backed >= 3 else "Sober in tone, though little is backed up."


def _held_up_by(support: Support) -> str:
    found = [
        _counted(support.figures, "figure"),
        "a study, test or paper" if support.studies else "",
        "named or quoted voices" if support.voices else "",
        "a critical or independent voice" if support.critical else "",
    ]
    named = [part for part in found if part]
    return (
        f"Held up by {_listed(named)}."
        if named
        else "Nothing in it can be checked: no figure, study or voice."
    )


def _missing(support: Support, hype: float) -> str:
    missing = []
    if not support.figures:
        missing.append("how much, measured how")
    if not support.critical:
        missing.append("what somebody without a stake says")
    if not support.studies and hype >= 4:
        missing.append("a test others could repeat")
    return f"Ask for {_listed(missing)}." if missing else ""


def _claims(support: Support) -> str:
    if support.relations and support.causes:
        return "It speaks of cause where it also speaks of mere association: check which was found."
    if support.multipliers and not support.studies:
        return "A multiple (“10x”) says little without what it is compared with."
    if support.absolutes >= 3 and support.absolutes > support.hedges:
        return f"Superlatives and absolutes ({support.absolutes}) outnumber hedges ({support.hedges})."
    return ""


def _counted(count: int, noun: str) -> str:
    return "" if not count else f"one {noun}" if count == 1 else f"{count} {noun}s"


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
