"""The Responses API: the request it takes and the meaning of its reply."""

from __future__ import annotations

from typing import Any

from adapters.llm.protocol import Request, Usage
from adapters.llm.wire.answer import Answer, count_of, mapping, objects, text_of
from adapters.llm.wire.schema import strict_schema, wire_name

API = "responses"
PATH = "responses"
SHORTEST_OUTPUT_TOKENS = 16  # the API's own lower bound for max_output_tokens
FINISH_OF_REASON = {"max_output_tokens": "length", "content_filter": "content_filter"}


def body(request: Request) -> dict[str, Any]:
    """The body of a request to `responses`. No temperature (reasoning models refuse it); `store` is off."""
    schema, strict = strict_schema(request.schema)
    answer_format = {
        "type": "json_schema",
        "name": wire_name(request.schema_name),
        "schema": schema,
        "strict": strict,
    }
    return {
        "model": request.model,
        "instructions": request.system,
        "input": [{"role": "user", "content": request.user}],
        "text": {"format": answer_format},
        "max_output_tokens": max(request.max_output_tokens, SHORTEST_OUTPUT_TOKENS),
        "store": False,
        **({"service_tier": "flex"} if request.lane == "flex" else {}),
    }


def failure(raw: dict[str, Any]) -> dict[str, Any] | None:
    """The error object of a reply that says in its body that nothing was answered, else None."""
    if error := mapping(raw.get("error")):
        return error
    if raw.get("status") in ("failed", "cancelled", "queued", "in_progress"):
        return {"code": "server_error"}
    return None


def read(raw: dict[str, Any]) -> Answer:
    """Text, finish and usage; a reply without a message gives the empty text, which `check` reports."""
    parts = [
        part
        for item in objects(raw.get("output"))
        if item.get("type", "message") == "message"
        for part in objects(item.get("content"))
    ]
    text = "".join(text_of(part.get("text")) for part in parts if part.get("type") == "output_text")
    finish = "stop"
    if raw.get("status") == "incomplete":
        reason = text_of(mapping(raw.get("incomplete_details")).get("reason"))
        finish = FINISH_OF_REASON.get(reason, "length")
    if any(part.get("type") == "refusal" for part in parts):
        finish = "refusal"
    return Answer(text, finish, _usage(mapping(raw.get("usage"))), text_of(raw.get("model")))


def _usage(usage: dict[str, Any]) -> Usage:
    return Usage(
        input_tokens=count_of(usage.get("input_tokens")),
        output_tokens=count_of(usage.get("output_tokens")),
        cached_input_tokens=count_of(mapping(usage.get("input_tokens_details")).get("cached_tokens")),
        reasoning_tokens=count_of(mapping(usage.get("output_tokens_details")).get("reasoning_tokens")),
    )
