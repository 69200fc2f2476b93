"""Anthropic's Messages API: the request it takes, as one tool that must be called, and the reply's meaning.

A tool's input schema is how this API has been told of an answer's shape since its beginning, so gateways that
speak it know it, too. Thinking is not asked for: it cannot be had together with a tool that must be called.
"""

from __future__ import annotations

from typing import Any

import orjson

from adapters.llm.protocol import Request, Usage
from adapters.llm.wire.answer import Answer, count_of, mapping, objects, text_of
from adapters.llm.wire.schema import strict_schema, wire_name

API = "messages"
PATH = "messages"
VERSION = "2023-06-01"  # of the API; it has had no other since
FINISH_OF_REASON = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}


def body(request: Request) -> dict[str, Any]:
    """The body of a request to `messages`."""
    schema, _ = strict_schema(request.schema)
    name = wire_name(request.schema_name)
    return {
        "model": request.model,
        "system": request.system,
        "messages": [{"role": "user", "content": request.user}],
        "tools": [{"name": name, "description": "Takes the answer.", "input_schema": schema}],
        "tool_choice": {"type": "tool", "name": name},
        "max_tokens": request.max_output_tokens,
    }


def failure(raw: dict[str, Any]) -> dict[str, Any] | None:
    """The error object of a reply with status 200 that is none, as gateways send them, else None."""
    return mapping(raw.get("error")) or None


def read(raw: dict[str, Any]) -> Answer:
    """The tool's input as JSON, or the text that came instead; without either empty, as `check` reports."""
    blocks = objects(raw.get("content"))
    inputs = [block["input"] for block in blocks if block.get("type") == "tool_use" and "input" in block]
    said = "".join(text_of(block.get("text")) for block in blocks if block.get("type") == "text")
    text = orjson.dumps(inputs[0]).decode() if inputs else said
    finish = FINISH_OF_REASON.get(text_of(raw.get("stop_reason")), "stop")
    return Answer(text, finish, _usage(mapping(raw.get("usage"))), text_of(raw.get("model")))


def _usage(usage: dict[str, Any]) -> Usage:
    """What was read from a cache or written into it is counted apart there, and is part of the input here."""
    read_tokens, written_tokens = (
        count_of(usage.get(f"cache_{how}_input_tokens")) for how in ("read", "creation")
    )
    return Usage(
        input_tokens=count_of(usage.get("input_tokens")) + read_tokens + written_tokens,
        output_tokens=count_of(usage.get("output_tokens")),
        cached_input_tokens=read_tokens,
        cache_written_tokens=written_tokens,
    )
