"""Personal data of the net: mail addresses, addresses of machines, links that carry a secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlsplit

from adapters.safety.pii.spans import Span, is_announced

_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%'-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])")
_LINK = re.compile(r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}://[^\s\0<>\"'`]{1,2000}", re.I)
_V4 = re.compile(r"(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?![\w-]|\.\d)")
_V6 = re.compile(r"(?<![\w:.])(?=[a-f:]{0,30}\d)(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:.])", re.I)
_NOT_AN_ADDRESS = re.compile(
    r"(?:section|sec\.|clause|article|art\.|version|release|chapter|§|\bv)\s?$", re.I
)
_SECRET_KEYS = re.compile(
    r"(?:.*[_.-])?(?:token|secret|password|passwd|pwd|api_?key|key|sig|signature|auth|code|session|sid)", re.I
)


def emails(text: str) -> Iterator[Span]:
    """Addresses of mail, by the shape that servers use."""
    if "@" in text:
        for match in _EMAIL.finditer(text):
            lead = len(match[0]) - len(match[0].lstrip("'.-"))
            yield Span(match.start() + lead, match.end(), "EMAIL")


def secret_links(text: str) -> Iterator[Span]:
    """Links with a password before the host, or with a value in the query that opens something."""
    if "://" in text:
        for match in _LINK.finditer(text):
            link = match[0].rstrip(".,;:!?)]}")
            if _carries_secret(link):
                yield Span(match.start(), match.start() + len(link), "URL")


def machine_addresses(text: str) -> Iterator[Span]:
    """IPv4 and IPv6 addresses, without those that name no machine (0.0.0.0) or one's own (127.0.0.1, ::1)."""
    for pattern in (_V4, _V6):
        for match in pattern.finditer(text):
            if _names_a_machine(match[0]) and not is_announced(text, match.start(), _NOT_AN_ADDRESS):
                yield Span(match.start(), match.end(), "IP")


def _carries_secret(link: str) -> bool:
    try:
        parts = urlsplit(link)
        if parts.password:
            return True
        told = parse_qsl(parts.query, max_num_fields=100) + parse_qsl(parts.fragment, max_num_fields=100)
    except ValueError:
        return "@" in link  # not to be read as a link; an @ in it may part a password from a host
    return any(_SECRET_KEYS.fullmatch(key) and len(value) >= 4 for key, value in told)


def _names_a_machine(written: str) -> bool:
    try:
        address = ip_address(written)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)
