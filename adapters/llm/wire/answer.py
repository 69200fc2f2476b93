"""What both APIs' replies come down to, and the careful reading of JSON that a server may have garbled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from adapters.llm.protocol import Request, Usage
from errors import ServiceError

LARGEST_COUNT = 2**62  # a token count beyond this is garbage, and would not fit a database integer
STAND_IN = "\ufffd"  # Unicode's replacement character, for the NUL that PostgreSQL refuses


@dataclass(frozen=True, slots=True)
class Answer:
    """The part of a reply that has a meaning for us; `finish` as in `protocol.FINISHES`."""

    text: str
    finish: str
    usage: Usage
    model: str


class Wire(Protocol):
    """What the modules of the two APIs have in common."""

    API: str
    PATH: str

    def body(self, request: Request) -> dict[str, Any]: ...

    def failure(self, raw: dict[str, Any]) -> dict[str, Any] | None: ...

    def read(self, raw: dict[str, Any]) -> Answer: ...


def parse(body: bytes) -> dict[str, Any]:
    """A reply's JSON object, made fit to be stored; raises `ServiceError` if it is anything else."""
    try:
        raw = storable(orjson.loads(body))
    except (orjson.JSONDecodeError, RecursionError):
        raise ServiceError("The LLM server's reply is not JSON; check what OPENAI_BASE_URL names.") from None
    if not isinstance(raw, dict):
        raise ServiceError("The LLM server's reply is not a JSON object; check what OPENAI_BASE_URL names.")
    return raw


def storable(value: Any) -> Any:
    """`value` with each NUL replaced; orjson has already refused lone surrogates and NaN."""
    if isinstance(value, str):
        return value.replace("\0", STAND_IN) if "\0" in value else value
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    return value


def mapping(value: Any) -> dict[str, Any]:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in `value` if it is a list, else none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text_of(value: Any) -> str:
    """`value` if it is text, else the empty text."""
    return value if isinstance(value, str) else ""


def count_of(value: Any) -> int:
    """`value` if it is a sound count of tokens, else 0."""
    sound = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < LARGEST_COUNT
    return value if sound else 0
