"""The chat.completions API, which most compatible servers speak: its request and its reply's meaning."""

from __future__ import annotations

from typing import Any

import orjson

from adapters.llm.protocol import Request, Usage
from adapters.llm.wire.answer import Answer, count_of, mapping, objects, text_of
from adapters.llm.wire.schema import strict_schema, wire_name

API = "chat"
PATH = "chat/completions"
IN_WORDS = "\n\nAnswer with one JSON object that fits this JSON schema, and nothing beside it:\n{}"


def body(request: Request) -> dict[str, Any]:
    """The body of a request to `chat.completions`. No temperature: reasoning models refuse it.

    `max_completion_tokens` is the one limit that OpenAI's reasoning models take; a server that does not
    know it answers without a limit, and the time limit and the bound on the body stand.
    """
    in_words = "" if request.form == "schema" else IN_WORDS.format(orjson.dumps(request.schema).decode())
    system = request.system + in_words
    return {
        "model": request.model,
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": request.user}],
        **_form(request),
        "max_completion_tokens": request.max_output_tokens,
        **({"service_tier": "flex"} if request.lane == "flex" else {}),
    }


def _form(request: Request) -> dict[str, Any]:
    if request.form == "text":
        return {}
    if request.form == "object":
        return {"response_format": {"type": "json_object"}}
    schema, strict = strict_schema(request.schema)
    answer_format = {"name": wire_name(request.schema_name), "schema": schema, "strict": strict}
    return {"response_format": {"type": "json_schema", "json_schema": answer_format}}


def failure(raw: dict[str, Any]) -> dict[str, Any] | None:
    """The error object that some servers send with status 200, else None."""
    return mapping(raw.get("error")) or None


def read(raw: dict[str, Any]) -> Answer:
    """Text, finish and usage of the first choice; without one the empty text, which `check` reports."""
    choice = next(iter(objects(raw.get("choices"))), {})
    message = mapping(choice.get("message"))
    content = message.get("content")
    text = text_of(content) or "".join(text_of(part.get("text")) for part in objects(content))
    finish = text_of(choice.get("finish_reason"))
    if message.get("refusal"):
        finish = "refusal"
    elif finish not in ("length", "content_filter"):
        finish = "stop"
    return Answer(text, finish, _usage(mapping(raw.get("usage"))), text_of(raw.get("model")))


def _usage(usage: dict[str, Any]) -> Usage:
    return Usage(
        input_tokens=count_of(usage.get("prompt_tokens")),
        output_tokens=count_of(usage.get("completion_tokens")),
        cached_input_tokens=count_of(mapping(usage.get("prompt_tokens_details")).get("cached_tokens")),
        reasoning_tokens=count_of(mapping(usage.get("completion_tokens_details")).get("reasoning_tokens")),
    )
