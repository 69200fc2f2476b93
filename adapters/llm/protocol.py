"""What an LLM provider is: one request in, one reply out; every provider and every caller keeps to it.

A reply that cost money must be stored before anything may go wrong with it. So `complete` returns
refusals and truncated answers as replies, and the caller runs `check(reply)` after it has stored them;
`complete` raises only where there is no reply to store (an HTTP error, a time-out, a cancel).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Protocol

from errors import ContentFilter, InvalidAnswer

FORMS = ("schema", "object", "text")  # a reply in the schema, any JSON object, or whatever is written
FINISHES = ("stop", "length", "content_filter", "refusal")  # whole, cut off, filtered, declined


@dataclass(frozen=True, slots=True)
class Request:
    """One question. `user` holds the content, fenced as data by the caller; `schema` is JSON Schema.

    `max_output_tokens` counts hidden reasoning too; `timeout_s` bounds the whole call.
    `form` is how the answer is asked for: all but the first say the schema in the instructions. `lane` is
    `realtime`, or `flex`: cheaper, later, and only where the provider has room.
    """

    model: str
    system: str
    user: str
    schema_name: str
    schema: dict[str, Any]
    max_output_tokens: int
    timeout_s: float
    form: str = FORMS[0]
    lane: str = "realtime"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the vendor counted them: cached ones are part of input, reasoning ones of output.

    `cache_written_tokens` are the part of input that went into a cache, where that has a price of its own.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    reasoning_tokens: int = 0
    cache_written_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, fit to be stored: `raw` is the vendor's whole reply, without NUL or lone surrogates.

    `text` is the model's answer, which should be JSON but is not yet validated; `finish` is one of
    `FINISHES`; `model` is what the vendor says has answered.
    """

    text: str
    provider: str
    model: str
    usage: Usage
    raw: dict[str, Any]
    latency_ms: int
    finish: str
    lane: str = "realtime"  # in which it was answered, which decides about its price


class Provider(Protocol):
    """Something that answers; safe to call from many threads at once. `paid`: a call may cost money."""

    @property
    def name(self) -> str: ...

    @property
    def paid(self) -> bool: ...

    def complete(self, request: Request, cancelled: threading.Event | None = None) -> Reply:
        """Ask and wait. Setting `cancelled` ends the call within a second and raises `Cancelled`.

        Raises any `GristmillError` but `InvalidAnswer`'s and refusals' cases that `check` reports.
        """
        ...


class Stored(Protocol):
    """What `check` needs of a reply, be it fresh or read back from where it was stored."""

    @property
    def provider(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def finish(self) -> str: ...


def check(reply: Stored) -> None:
    """Raise what a stored reply says went wrong: `ContentFilter`, or `InvalidAnswer` if cut or empty."""
    who = f"{reply.provider} ({reply.model})"
    if reply.finish == "refusal":
        raise ContentFilter(f"The model of {who} declined to answer.")
    if reply.finish == "content_filter":
        raise ContentFilter(f"The content filter of {who} withheld the answer.")
    if reply.finish == "length":
        raise InvalidAnswer(f"The answer of {who} was cut off at its limit of output tokens.")
    if not reply.text.strip():
        raise InvalidAnswer(f"The answer of {who} is empty.")
