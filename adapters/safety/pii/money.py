"""Numbers that money moves by: cards (a maker's prefix, then Luhn) and accounts (IBAN, ISO 13616)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from adapters.safety.pii.spans import Span

_CARD = re.compile(r"(?<![\w.+/-])\d(?:[ -]?\d){11,18}(?![\w-]|[.,]\d)")
_CARD_MAKERS = re.compile(  # ISO/IEC 7812 prefixes in use, with the lengths that their makers give out
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]|2[2-7])\d{14}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-5]|[689]\d)\d{11,16}"  # Diners
    r"|(?:2131|1800)\d{11}|35\d{14,17}"  # JCB
    r"|6(?:011|5\d\d|4[4-9]\d|2\d\d)\d{12,15}"  # Discover, UnionPay
    r"|(?:50|5[6-8]|6\d)\d{10,17}"  # Maestro
)
_SHORTEST_IBAN = 15
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?(?!\w)", re.I)
_LAST_GROUP = re.compile(r"[ -]?[^ -]+$")


def cards(text: str) -> Iterator[Span]:
    """Card numbers of 12 to 19 digits whose check digit is right."""
    from stdnum import luhn

    for match in _CARD.finditer(text):
        digits = re.sub(r"[ -]", "", match[0])
        if _CARD_MAKERS.fullmatch(digits) and luhn.is_valid(digits):
            yield Span(match.start(), match.end(), "CARD")


def accounts(text: str) -> Iterator[Span]:
    """IBANs whose length and check digits are right; groups that only follow one are left alone."""
    from stdnum import iban

    for match in _IBAN.finditer(text):
        written = match[0]
        while len(written) >= _SHORTEST_IBAN and not iban.is_valid(written, check_country=False):
            written = _LAST_GROUP.sub("", written)
        if len(written) >= _SHORTEST_IBAN:
            yield Span(match.start(), match.start() + len(written), "IBAN")
