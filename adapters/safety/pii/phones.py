"""Phone numbers: what libphonenumber takes for valid, and what a text itself calls one.

A number without its country's prefix may be anything. It counts where a word before it says so, or
where it is grouped as its country groups numbers and is valid there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from adapters.safety.pii.spans import Span, is_announced

_SHAPE = re.compile(r"(?<![\w.,:/=$€£+-])(?:\+|\(\+?)?\d(?:[ .()/-]{0,2}\d){6,14}(?![\w-]|[.,:]\d|\s?[%€£$])")
_CUE = re.compile(
    r"\b(?:phone|telephone|tel|call|calls|called|mobile|cell|fax|dial|ring|text|reach|whatsapp|sms|"
    r"answering|hotline|téléphone|telefon|teléfono|handy)\b[^\d\n]{0,20}$",
    re.I,
)
_DATE = re.compile(r"(?:19|20)\d\d[-./ ]?[01]?\d[-./ ]?[0-3]?\d|[0-3]?\d[-./ ][01]?\d[-./ ](?:19|20)?\d\d")
_NATIONAL = re.compile(
    r"\(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}|\(?0\d{1,5}\)?[ /-]\d{2,4}(?:[ -]?\d{2,4}){1,4}"
)
_HOMES = ("US", "GB", "DE", "FR", "IT", "ES", "NL", "AU", "IN")  # where such a grouping is looked up
MOST_LOOKED_UP = 5_000  # of one text; beyond, the shape alone decides, so that a text full of digits ends


def phones(text: str) -> Iterator[Span]:
    """Numbers of 7 to 15 digits that are phone numbers by their prefix, their cue or their grouping."""
    looked_up = 0
    for match in _SHAPE.finditer(text):
        written = match[0]
        if _DATE.fullmatch(written):
            continue
        is_one = is_announced(text, match.start(), _CUE)
        if not is_one and (written.lstrip("(")[0] == "+" or _NATIONAL.fullmatch(written)):
            looked_up += 1
            is_one = looked_up > MOST_LOOKED_UP or _is_valid(written)
        if is_one:
            yield Span(match.start(), match.end(), "PHONE")


@lru_cache(maxsize=4_096)
def _is_valid(written: str) -> bool:
    import phonenumbers

    for home in (None,) if "+" in written else _HOMES:
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(written, home)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False
