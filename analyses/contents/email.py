"""An email: what one person wrote to others, with whatever of its header is known."""

from __future__ import annotations

import re
from email.utils import formataddr, getaddresses
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field

from analyses.cleaning import clean, is_blank, one_line
from analyses.contents.fields import BodyText, Content, OptionalTitle, bounded, fault

MOST_PEOPLE = 500
LINE_CHARS = 100_000
PERSON_CHARS = 2_000  # directories of old put a whole path beside an address
_DIVIDERS = re.compile("[,;]")


def people(value: Any) -> Any:
    """A list of people, or one header line of them ("Ada <ada@halm.example>, Bo"); blanks and repeats go."""
    if value is None:
        return []
    if isinstance(value, str):
        value = _split(bounded(value, LINE_CHARS, f"name at most {MOST_PEOPLE} people"))
    if not isinstance(value, list):
        return value
    if len(value) > MOST_PEOPLE:
        raise fault(f"names {len(value):,} people; the limit is {MOST_PEOPLE}, so leave some out")
    return list(dict.fromkeys(one for one in map(person, value) if one is not None))


def person(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    named = one_line(clean(bounded(value, PERSON_CHARS, "shorten it")))
    return None if is_blank(named) else named


def _split(line: str) -> list[str]:
    pairs = getaddresses([line])
    if all(address for _, address in pairs):
        return [formataddr(pair, charset="utf-8") if pair[0].isascii() else " ".join(pair) for pair in pairs]
    return _DIVIDERS.split(line)


class Email(Content):
    """A mail's text and its header lines; the text may hold quoted mails, which others wrote."""

    text: BodyText = Field(validation_alias=AliasChoices("text", "body", "message"))
    subject: OptionalTitle = Field(None, validation_alias=AliasChoices("subject", "title"))
    sender: OptionalTitle = Field(
        None, validation_alias=AliasChoices("sender", "from", "author"), description="Who wrote it."
    )
    to: Annotated[list[str], BeforeValidator(people)] = Field(
        default_factory=list,
        validation_alias=AliasChoices("to", "recipients", "participants"),
        description="To whom; a list, or one line with commas.",
    )
    date: OptionalTitle = Field(
        None, validation_alias=AliasChoices("date", "sent"), description="When, as its header says it."
    )
