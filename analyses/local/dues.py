"""By when and by whom: the due date and the owner that a sentence names, in its own words."""

from __future__ import annotations

import re
from functools import cache

from analyses.cleaning import one_line
from analyses.lexicons import phrases, words

LIST = "dues"
SENTENCE_CHARS = 1_200
# Every run below is bounded, so that no sentence makes these slow.
_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?"
_NTH = r"\d{1,2}(?:st|nd|rd|th)"
_DATE = (
    rf"{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?"
    rf"|(?:the )?(?:{_NTH}|\d{{1,2}}) (?:of )?{_MONTH}(?: \d{{4}})?"
    rf"|\d{{4}}-\d\d-\d\d|\d{{1,2}}[./]\d{{1,2}}(?:[./]\d{{2,4}})?|the {_NTH}"
)
_HOUR = r"\d{1,2}(?::\d\d)? ?(?:am|pm|a\.m\.|p\.m\.)"
_WHEN = (
    rf"(?:(?:this |next |on )?{_DAY}(?: (?:morning|afternoon|evening|night))?"
    rf"|{_DATE}|{_HOUR}(?: (?:on )?{_DAY})?"
    r"|today|tonight|tomorrow(?: (?:morning|afternoon|evening))?|noon|midnight|close of business|cob|eod|eow"
    r"|(?:the )?end of (?:the |this |next )?(?:day|week|month|quarter|year|business)"
    r"|next (?:week|month|quarter|year)|this (?:week|month|quarter|afternoon|evening|morning))"
)
_SPAN = (
    r"within (?:the next )?(?:\d{1,3}|an?|one|two|three|four|five|six|seven|ten)"
    r" (?:business |working )?(?:hour|day|week|month)s?"
)
_BY = r"by|before|until|(?:no|not) later than|due(?: on| by)?|latest by|deadline(?: is)?(?: on)?"
_DUE = re.compile(rf"(?<![\w-])(?:(?:{_BY}) {_WHEN}|{_SPAN}|{_WHEN})(?![\w-])", re.I)
_NAME = r"[A-Z][\w&.'’-]{1,30}(?: (?:and |& )?[A-Z][\w&.'’-]{1,30}){0,3}"


def due_in(sentence: str) -> str | None:
    """The first time by which something is due, as the sentence says it ("by Friday"); None for none."""
    found = _DUE.search(one_line(sentence[:SENTENCE_CHARS]))
    return found.group() if found else None


def owner_in(sentence: str, sender: str | None, recipients: list[str]) -> str | None:
    """Whose move it is, as far as the sentence says: who is waited for, else who the sentence is about.

    "I" and "we" are the sender, "you" is the recipient where there is but one.
    """
    head = one_line(sentence[:SENTENCE_CHARS])
    for pattern in (_awaited(), _subject()):
        for match in pattern.finditer(head):
            who = _person(match["who"], sender, recipients)
            if who is not None:
                return who
    return None


def name_of(person: str) -> str:
    """A mail address's person: "Ada Halm" of "Ada Halm <ada@halm.example>"."""
    return person.partition("<")[0].strip(" \"'") or person.strip(" <>")


def _person(who: str, sender: str | None, recipients: list[str]) -> str | None:
    lower = who.lower()
    if lower in {"i", "we"}:
        return name_of(sender) if sender else None
    if lower == "you":
        return name_of(recipients[0]) if len(recipients) == 1 else None
    if re.fullmatch(_party(), who, re.I):
        return who[0].lower() + who[1:]
    return who.rstrip(".'’") if lower.split()[0] not in words(LIST, "not names") else None


@cache
def _awaited() -> re.Pattern[str]:
    """ "waiting for the signature of Ada Halm", "depends on the bank"."""
    lead, thing = _any("awaited"), _any("what is awaited")
    return re.compile(
        rf"\b(?i:{lead}) (?:(?i:(?:the |an? )?{thing} (?:from|by|of) ))?(?P<who>{_NAME}|{_party()}|you\b)"
    )


@cache
def _subject() -> re.Pattern[str]:
    """ "Ada still has to", "the bank refuses", "we will": at the beginning of a sentence or clause."""
    lead = r"(?:^|[,;:] )(?:(?i:but|and|so|still|also|unfortunately),? )?"
    who = rf"(?P<who>{_NAME}|(?i:{_party()}|you|we|I))"
    return re.compile(
        rf"{lead}{who}(?:['’](?:ll|ve|re))?(?: (?:still|also|just|now|then))? (?i:{_any('verbs')})\b"
    )


@cache
def _party() -> str:
    side = rf"(?:the|our|your|their|his|her) (?:[a-z][\w-]{{1,20}} ){{0,2}}{_any('parties')}\b"
    return rf"{side}|{_any('departments')}\b"


def _any(section: str) -> str:
    return "(?:" + "|".join(re.escape(" ".join(phrase)) for phrase in phrases(LIST, section)) + ")"
