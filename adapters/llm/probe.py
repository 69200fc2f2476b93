"""One small real call that says whether the configured LLM works, and what to do if not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from adapters.llm import LOCAL, get_provider
from adapters.llm.protocol import Provider, Reply, Request, check
from errors import GristmillError, InvalidAnswer
from settings import Settings

LONGEST_S = 20.0  # somebody waits for the result at a screen
MOST_OUTPUT_TOKENS = 2_000  # a reasoning model may think some hundred tokens before five words
WORD = "ready"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"status": {"type": "string", "enum": [WORD]}},
    "required": ["status"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What the call found. `api` is `responses`, `chat` or empty; the last two are empty where `ok`."""

    ok: bool
    provider: str
    model: str
    api: str
    latency_ms: int
    message: str
    suggestion: str = ""
    error_class: str = ""


def probe(settings: Settings) -> ProbeResult:
    """Ask the provider for one word in a schema. Never raises an LLM's error; costs a few tokens."""
    name = settings.provider_name
    if name == LOCAL:
        return ProbeResult(True, name, LOCAL, "", 0, "No LLM is configured; the local analysers answer.")
    api = settings.llm_api if name == "openai" else ""
    try:
        provider = get_provider(settings)
        assert provider is not None
        reply = _ask(provider, settings)
    except GristmillError as error:
        suggestion, kind = error.suggestion, error.error_class
        return ProbeResult(False, name, settings.model_name, api, 0, error.message, suggestion, kind)
    message = f"{name} answered as {reply.model} in {reply.latency_ms} ms."
    return ProbeResult(True, name, reply.model, api, reply.latency_ms, message)


def _ask(provider: Provider, settings: Settings) -> Reply:
    timeout_s = min(settings.llm_timeout_ms / 1000, LONGEST_S)
    system = "You are tested for being reachable. Answer with the JSON object the schema asks for."
    reply = provider.complete(
        Request(settings.model_name, system, WORD, "probe", SCHEMA, MOST_OUTPUT_TOKENS, timeout_s)
    )
    check(reply)
    try:
        answer = json.loads(reply.text)
    except ValueError:
        answer = None
    if answer != {"status": WORD}:
        raise InvalidAnswer(f"{reply.model} answered, but not as the JSON schema demands.")
    return reply
