"""The anthropic provider: against aimock, which is not ours, and our own server for the rest."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asking import GOOD, ask, settings_for
from llm_server import Answer, LlmServer, Seen

from adapters.llm import Provider, check, get_provider
from adapters.llm.prices import cost_of
from adapters.llm.probe import probe
from errors import (
    AuthenticationError,
    ContentFilter,
    ContextLength,
    GristmillError,
    InvalidAnswer,
    NotFound,
    OverBudget,
    RateLimited,
    ServiceError,
)
from settings import Settings

pytestmark = pytest.mark.peer

USAGE = {
    "input_tokens": 20,
    "cache_creation_input_tokens": 30,
    "cache_read_input_tokens": 50,
    "output_tokens": 9,
}


def settings_at(url: str, **more: Any) -> Settings:
    told = {"llm_provider": "anthropic", "anthropic_base_url": url, "anthropic_api_key": "sk-ant-test"}
    return settings_for("http://127.0.0.1:1/v1", **(told | more))


def provider_at(url: str) -> Provider:
    provider = get_provider(settings_at(url))
    assert provider is not None
    return provider


def message(**more: Any) -> Answer:
    block = {"type": "tool_use", "id": "t", "name": "text_mood", "input": json.loads(GOOD)}
    raw = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-4-5-20251001",
        "content": [block],
        "stop_reason": "tool_use",
        "usage": USAGE,
    }
    return Answer(body=json.dumps(raw | more).encode())


def fault(status: int, kind: str, told: str = "SECRET detail", **headers: str) -> Answer:
    body = {"type": "error", "error": {"type": kind, "message": told}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, body=json.dumps(body).encode(), headers=named)


def test_aimock_answers_with_text_and_its_usage(aimock: str) -> None:
    reply = provider_at(f"{aimock}/v1").complete(ask("good", model="claude-haiku-4-5"))
    check(reply)
    assert json.loads(reply.text) == {"label": "positive", "score": 0.5, "why": "praise"}
    assert (reply.provider, reply.finish) == ("anthropic", "stop")
    assert reply.usage.output_tokens > 0


def test_aimock_calls_the_tool_and_its_input_is_the_answer(aimock: str) -> None:
    reply = provider_at(f"{aimock}/v1").complete(ask("tooled", model="claude-haiku-4-5"))
    assert json.loads(reply.text) == {"label": "negative", "score": -0.5}


@pytest.mark.parametrize(("user", "kind"), [("limited", RateLimited), ("boom", ServiceError)])
def test_aimocks_errors_become_ours(aimock: str, user: str, kind: type[GristmillError]) -> None:
    with pytest.raises(kind) as caught:
        provider_at(f"{aimock}/v1").complete(ask(user, model="claude-haiku-4-5"))
    if kind is RateLimited:
        assert caught.value.retry_after_s == 7


def test_the_request_is_one_tool_that_must_be_called(server: LlmServer) -> None:
    server.answer = lambda seen: message()
    reply = provider_at(server.url).complete(ask("data", model="claude-haiku-4-5"))
    (seen,) = server.seen
    assert seen.path == "/v1/messages"
    assert (seen.headers["x-api-key"], seen.headers["anthropic-version"]) == ("sk-ant-test", "2023-06-01")
    assert "authorization" not in seen.headers
    assert seen.body["tool_choice"] == {"type": "tool", "name": "text_mood"}
    (tool,) = seen.body["tools"]
    assert tool["input_schema"]["additionalProperties"] is False
    assert (seen.body["system"], seen.body["max_tokens"]) == ("Judge the mood.", 500)
    assert json.loads(reply.text)["label"] == "positive"
    assert reply.model == "claude-haiku-4-5-20251001"


def test_what_was_read_from_a_cache_or_written_to_it_is_part_of_the_input_and_priced_apart(
    server: LlmServer,
) -> None:
    server.answer = lambda seen: message()
    usage = provider_at(server.url).complete(ask(model="claude-haiku-4-5")).usage
    assert (usage.input_tokens, usage.cached_input_tokens, usage.output_tokens) == (100, 50, 9)
    cost = cost_of(settings_at(server.url), "anthropic", ("claude-haiku-4-5",), usage)
    fresh, read, written, out = 20 * 1.0, 50 * 0.1, 30 * 1.25, 9 * 5.0  # dollars per million: micro per token
    assert cost.micro == round(fresh + read + written + out)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"stop_reason": "refusal", "content": []}, ContentFilter),
        ({"stop_reason": "max_tokens"}, InvalidAnswer),
        ({"content": []}, InvalidAnswer),
    ],
)
def test_what_is_no_whole_answer_is_a_reply_that_says_so(
    server: LlmServer, changes: dict[str, Any], kind: type[GristmillError]
) -> None:
    server.answer = lambda seen: message(**changes)
    reply = provider_at(server.url).complete(ask())
    with pytest.raises(kind):
        check(reply)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (fault(401, "authentication_error"), AuthenticationError),
        (fault(403, "permission_error"), AuthenticationError),
        (fault(404, "not_found_error", "model: claude-x"), NotFound),
        (fault(400, "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"), ContextLength),
        (fault(413, "request_too_large"), ContextLength),
        (fault(400, "invalid_request_error", "Your credit balance is too low"), OverBudget),
        (fault(429, "rate_limit_error", retry_after="3"), RateLimited),
        (fault(529, "overloaded_error"), ServiceError),
    ],
)
def test_its_errors_become_ours_and_name_its_own_settings(
    server: LlmServer, answer: Answer, kind: type[GristmillError]
) -> None:
    server.answer = lambda seen: answer
    with pytest.raises(kind) as caught:
        provider_at(server.url).complete(ask(model="claude-x"))
    assert "OPENAI" not in caught.value.message
    assert "SECRET" not in caught.value.message
    if kind is RateLimited:
        assert caught.value.retry_after_s == 3


def test_without_a_key_no_socket_is_opened() -> None:
    settings = settings_at("https://api.anthropic.com/v1", anthropic_api_key="", forbid_paid_calls=False)
    provider = get_provider(settings)
    assert provider is not None
    with pytest.raises(AuthenticationError, match="ANTHROPIC_API_KEY is not set"):
        provider.complete(ask())


def test_paid_calls_can_be_forbidden() -> None:
    with pytest.raises(AuthenticationError, match="forbidden"):
        provider_at("https://api.anthropic.com/v1").complete(ask())


def test_a_key_of_anthropic_alone_makes_it_the_provider_and_the_probe_asks_it(server: LlmServer) -> None:
    def answer(seen: Seen) -> Answer:
        ready = {"type": "tool_use", "id": "t", "name": "probe", "input": {"status": "ready"}}
        return message(content=[ready])

    server.answer = answer
    settings = settings_at(server.url, llm_provider="")
    assert settings.answerer == "anthropic/claude-haiku-4-5"
    found = probe(settings)
    assert (found.ok, found.provider) == (True, "anthropic")
