"""Parts: a content that is longer than its model takes, cut by its analysis into pieces that fit.

Lengths are judged without the model's own tokenizer, which would have to be fetched: three bytes (UTF-8)
count as a token. English has four to one and Chinese about three, so what is thought to fit does; a server
that says otherwise is asked about smaller parts still (`actors.exchange`).
"""

from __future__ import annotations

from functools import cache
from typing import Any, Protocol

import orjson

from adapters.llm.context import context_tokens
from analyses.base import Analysis
from errors import ContextLength
from settings import Settings

BYTES_PER_TOKEN = 3
LONGEST_CHARACTER = 4  # bytes of UTF-8
MOST_PARTS = 256  # each is a call that is paid for
LEAST_CHARS = 1_000  # what is cut finer has no context of its own left
MARGIN_TOKENS = 256  # what APIs put around the messages
KEPT_SHARE = 0.9  # of the room: the rest is for what the prompt says around a part


class Sized(Protocol):
    """What is sent, and how much may be answered: a prompt, or a request."""

    @property
    def system(self) -> str: ...
    @property
    def user(self) -> str: ...
    @property
    def max_output_tokens(self) -> int: ...


def parts_for(
    settings: Settings, analysis: Analysis[Any, Any], content: Any, sized: Sized, answerer: str
) -> list[Any]:
    """`content`, about which `sized` asks `provider/model`; or its parts, where that is too long.

    Raises ContextLength where there would be more of them than anybody can want to pay for.
    """
    provider, _, model = answerer.partition("/")
    window_tokens = context_tokens(settings, provider, model)
    around = _bytes(sized.system) + _schema_bytes(analysis)
    room = (window_tokens - sized.max_output_tokens - MARGIN_TOKENS) * BYTES_PER_TOKEN - around
    if len(sized.user) * LONGEST_CHARACTER <= room:  # nearly always, and nothing need be encoded to see it
        return [content]
    length = _bytes(sized.user)
    if length <= room:
        return [content]
    chars = int(room * KEPT_SHARE * len(sized.user) / length)
    parts = list(analysis.parts(content, max(chars, LEAST_CHARS)))
    if len(parts) > MOST_PARTS:
        raise ContextLength(
            f"For {answerer} the content would be cut into {len(parts):,} parts; the most is {MOST_PARTS}."
        )
    return parts


def halves_of(analysis: Analysis[Any, Any], part: Any, sized: Sized) -> list[Any]:
    """`part` cut once more, though it was thought to fit; empty where it cannot be cut."""
    most_chars = len(sized.user) // 2
    smaller = analysis.parts(part, most_chars) if most_chars >= LEAST_CHARS else []
    return smaller if len(smaller) > 1 else []


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


@cache
def _schema_bytes(analysis: Analysis[Any, Any]) -> int:
    return len(orjson.dumps(analysis.json_schema()))
