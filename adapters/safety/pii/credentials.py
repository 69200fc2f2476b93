"""Secrets that open something: keys of known makers, tokens, private keys, passwords that are told."""

from __future__ import annotations

import re
from collections.abc import Iterator

from adapters.safety.pii.spans import Span

_KEYS = re.compile(
    r"(?<![\w-])(?:"
    r"(?:sk|pk|rk)[-_][\w-]{16,200}"  # OpenAI, Anthropic, Stripe
    r"|gm_[\w-]{20,100}"  # our own
    r"|gh[pousr]_\w{20,255}|github_pat_\w{20,255}"
    r"|xox[abeoprs]-[\w-]{10,200}"  # Slack
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}"  # AWS
    r"|AIza[\w-]{30,50}|ya29\.[\w-]{20,300}"  # Google
    r"|eyJ[\w-]{10,2000}\.[\w-]{4,4000}\.[\w-]{0,1000}"  # a JSON web token
    r")(?![\w-])"
)
_BEARER = re.compile(r"\b(?:bearer|basic)\s+(?=[\w.~+/=-]{0,200}\d)([\w.~+/=-]{16,2000})", re.I)
_PASSWORD = re.compile(
    r"\b(?:password|passwd|passphrase|pwd)[\"']?\s?(?:is\s(?=\S{0,40}\d)|[:=])\s?[\"']?([^\s\0\"',;<>()]{4,200})",
    re.I,
)
_TOKEN = re.compile(
    r"\b(?:api[_ -]?key|secret|(?:access|auth|refresh)?[_ -]?token)[\"']?\s?[:=]\s?[\"']?"
    r"(?=[^\s\0]{0,60}\d)([\w.~+/=-]{12,2000})",
    re.I,
)
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:[\w+/=\s:,]|-(?!-)){1,20000}"
    r"-----END [A-Z ]{0,30}PRIVATE KEY-----"
)


def credentials(text: str) -> Iterator[Span]:
    """Keys and tokens by their makers' shapes; of `password: …` and its kin only what follows."""
    for pattern in (_PRIVATE_KEY, _KEYS, _BEARER, _PASSWORD, _TOKEN):
        for match in pattern.finditer(text):
            start, end = match.span(pattern.groups)
            yield Span(start, end, "SECRET")
