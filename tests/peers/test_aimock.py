"""The openai provider against a real OpenAI-compatible server that is not ours: npm's @copilotkit/aimock.

What aimock cannot do (refusals, dates in Retry-After, drips, seen disconnects) is in test_llm_wire.py.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from asking import Mood, ask, settings_for

from adapters.llm import Provider, check, get_provider
from adapters.llm.probe import probe
from errors import (
    AuthenticationError,
    ContextLength,
    GristmillError,
    InvalidAnswer,
    NotFound,
    OverBudget,
    RateLimited,
    ServiceError,
    Timeout,
)

pytestmark = pytest.mark.peer
both_apis = pytest.mark.parametrize("api", ["responses", "chat"])


def provider_at(aimock: str, api: str) -> Provider:
    provider = get_provider(settings_for(f"{aimock}/v1", api))
    assert provider is not None
    return provider


def control(aimock: str, method: str, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{aimock}/__aimock/{path}", data=data, method=method)
    with urllib.request.urlopen(request, timeout=5) as response:
        return json.loads(response.read() or b"null")


@contextmanager
def chaos(aimock: str, **rates: float) -> Iterator[None]:
    control(aimock, "POST", "chaos", rates)
    try:
        yield
    finally:
        control(aimock, "DELETE", "chaos")


@both_apis
def test_a_good_answer_comes_back_whole_with_its_usage(aimock: str, api: str) -> None:
    reply = provider_at(aimock, api).complete(ask("good"))
    check(reply)
    assert Mood.model_validate_json(reply.text).label == "positive"
    assert (reply.provider, reply.model, reply.finish) == ("openai", "gpt-5-mini", "stop")
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (120, 16)
    assert reply.raw["object"] == {"responses": "response", "chat": "chat.completion"}[api]
    assert reply.latency_ms >= 0


def test_the_journal_shows_a_strict_schema_and_no_temperature(aimock: str) -> None:
    provider_at(aimock, "chat").complete(ask("good"))  # of Responses requests its journal keeps less
    sent = control(aimock, "GET", "journal?path=/v1/chat/completions")[-1]["body"]
    assert sent["model"] == "gpt-5-mini"
    assert "temperature" not in sent
    assert sent["response_format"]["json_schema"]["strict"] is True


@both_apis
def test_an_answer_that_is_not_json_is_still_a_reply_to_store(aimock: str, api: str) -> None:
    reply = provider_at(aimock, api).complete(ask("broken"))
    check(reply)
    with pytest.raises(ValueError, match="Invalid JSON"):
        Mood.model_validate_json(reply.text)


@both_apis
def test_a_cut_answer_is_a_reply_and_check_says_so(aimock: str, api: str) -> None:
    reply = provider_at(aimock, api).complete(ask("cut"))
    assert reply.finish == "length"
    with pytest.raises(InvalidAnswer):
        check(reply)


def test_a_filtered_answer_of_the_chat_api_is_a_reply_and_check_says_so(aimock: str) -> None:
    assert provider_at(aimock, "chat").complete(ask("filtered")).finish == "content_filter"


@both_apis
@pytest.mark.parametrize(
    ("user", "kind"),
    [
        ("limited", RateLimited),
        ("quota", OverBudget),
        ("boom", ServiceError),
        ("key", AuthenticationError),
        ("too long", ContextLength),
    ],
)
def test_each_http_error_has_our_class(aimock: str, api: str, user: str, kind: type[GristmillError]) -> None:
    with pytest.raises(kind) as caught:
        provider_at(aimock, api).complete(ask(user))
    assert "sk-123" not in caught.value.message
    assert caught.value.retry_after_s == (7 if kind is RateLimited else None)


@both_apis
def test_a_request_it_has_no_answer_for_is_a_clear_404(aimock: str, api: str) -> None:
    with pytest.raises(NotFound, match="404"):
        provider_at(aimock, api).complete(ask("nothing fits"))


@both_apis
def test_chaos_becomes_classified_errors(aimock: str, api: str) -> None:
    provider = provider_at(aimock, api)
    for rates, kind in [
        ({"dropRate": 1}, ServiceError),
        ({"malformedRate": 1}, ServiceError),
        ({"disconnectRate": 1}, ServiceError),
        ({"rateLimitRate": 1}, RateLimited),
    ]:
        with chaos(aimock, **rates), pytest.raises(kind):
            provider.complete(ask("good"))
    assert provider.complete(ask("good")).finish == "stop"


@both_apis
def test_a_slow_server_is_a_time_out_at_the_time_asked_for(aimock: str, api: str) -> None:
    began = time.monotonic()
    with chaos(aimock, latencyMs=3_000), pytest.raises(Timeout):
        provider_at(aimock, api).complete(ask("good", timeout_s=0.3))
    assert time.monotonic() - began < 2


@both_apis
def test_64_threads_are_answered_at_the_same_time(aimock: str, api: str) -> None:
    provider = provider_at(aimock, api)
    provider.complete(ask("good"))  # imports and connects, which is not what is measured
    with chaos(aimock, latencyMs=500), ThreadPoolExecutor(64) as pool:
        began = time.monotonic()
        replies = list(pool.map(lambda number: provider.complete(ask(f"good {number}")), range(64)))
        took_s = time.monotonic() - began
    assert all(reply.finish == "stop" for reply in replies)
    print(f"64 calls of 500 ms, {api}: {took_s:.2f} s")
    assert took_s < 8  # one after the other they would take 32 s


@both_apis
def test_the_probe_reports_a_server_that_ignores_the_schema(aimock: str, api: str) -> None:
    found = probe(settings_for(f"{aimock}/v1", api))  # aimock has no fixture for the probe's word
    assert (found.ok, found.api, found.error_class) == (False, api, "not_found")
    assert found.suggestion
