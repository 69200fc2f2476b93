"""The openai provider over real sockets, against a small server of our own: what aimock cannot do."""

from __future__ import annotations

import json
import logging
import multiprocessing
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asking import GOOD, ask, settings_for
from llm_server import Answer, LlmServer, fault, reply

from adapters.llm import Provider, Usage, check, get_provider
from adapters.llm.probe import probe
from errors import (
    AuthenticationError,
    Cancelled,
    ContentFilter,
    ContextLength,
    GristmillError,
    InvalidAnswer,
    InvalidInput,
    NotFound,
    OverBudget,
    RateLimited,
    ServiceError,
    Timeout,
)

both_apis = pytest.mark.parametrize("api", ["responses", "chat"])


def provider_at(server: LlmServer, api: str = "responses", **more: Any) -> Provider:
    provider = get_provider(settings_for(server.url, api, **more))
    assert provider is not None
    return provider


@both_apis
def test_all_four_token_counts_are_read(server: LlmServer, api: str) -> None:
    server.answer = lambda seen: reply(GOOD, api)
    got = provider_at(server, api).complete(ask())
    assert got.usage == Usage(120, 80, 100, 64)
    assert (got.text, got.model) == (GOOD, "gpt-5-mini-2025-08-07")


def test_a_responses_request_is_strict_stateless_and_has_no_temperature(server: LlmServer) -> None:
    server.answer = lambda seen: reply(GOOD)
    provider_at(server, openai_api_key="sk-of-mine").complete(ask())
    seen = server.seen[0]
    assert seen.path == "/v1/responses"
    assert seen.headers["authorization"] == "Bearer sk-of-mine"
    assert seen.body["store"] is False
    assert "temperature" not in seen.body
    stated = seen.body["text"]["format"]
    assert (stated["name"], stated["strict"]) == ("text_mood", True)
    assert stated["schema"]["required"] == ["label", "score", "why"]
    assert stated["schema"]["additionalProperties"] is False


def test_a_chat_request_carries_the_same_schema(server: LlmServer) -> None:
    server.answer = lambda seen: reply(GOOD, "chat")
    provider_at(server, "chat").complete(ask())
    seen = server.seen[0]
    assert seen.path == "/v1/chat/completions"
    assert [message["role"] for message in seen.body["messages"]] == ["system", "user"]
    assert seen.body["response_format"]["json_schema"]["strict"] is True
    assert seen.body["max_completion_tokens"] == 500
    assert "temperature" not in seen.body


@pytest.mark.parametrize(
    ("api", "more"),
    [
        ("responses", {"output": [{"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}]}),
        ("chat", {"choices": [{"message": {"content": None, "refusal": "No."}, "finish_reason": "stop"}]}),
    ],
)
def test_a_refusal_is_a_reply_with_its_usage_and_check_raises(
    server: LlmServer, api: str, more: dict[str, Any]
) -> None:
    server.answer = lambda seen: reply("", api, **more)
    got = provider_at(server, api).complete(ask())
    assert (got.finish, got.usage.output_tokens) == ("refusal", 80)
    assert "No." in json.dumps(got.raw)
    with pytest.raises(ContentFilter):
        check(got)


@pytest.mark.parametrize(
    ("reason", "finish", "kind"),
    [("max_output_tokens", "length", InvalidAnswer), ("content_filter", "content_filter", ContentFilter)],
)
def test_an_incomplete_response_is_a_reply_and_says_why(
    server: LlmServer, reason: str, finish: str, kind: type[GristmillError]
) -> None:
    server.answer = lambda seen: reply("{", status="incomplete", incomplete_details={"reason": reason})
    got = provider_at(server).complete(ask())
    assert got.finish == finish
    with pytest.raises(kind):
        check(got)


@pytest.mark.parametrize(
    "body", [b'{"hello": 1}', b'{"output": "x", "choices": [], "usage": {"input_tokens": "a"}}']
)
@both_apis
def test_a_reply_without_an_answer_is_kept_and_then_invalid(server: LlmServer, api: str, body: bytes) -> None:
    server.answer = lambda seen: Answer(body=body)
    got = provider_at(server, api).complete(ask())
    assert got.usage == Usage()
    with pytest.raises(InvalidAnswer, match="empty"):
        check(got)


@pytest.mark.parametrize(
    "body", [b"<html>hello</html>", b"[1]", b"", b'{"a": NaN}', b'{"a": "\\ud800"}', b"[" * 9_000]
)
def test_a_body_that_is_not_a_json_object_is_a_service_error(server: LlmServer, body: bytes) -> None:
    server.answer = lambda seen: Answer(body=body)
    with pytest.raises(ServiceError, match="not"):
        provider_at(server).complete(ask())


def test_a_nul_in_the_answer_is_replaced_so_that_it_can_be_stored(server: LlmServer) -> None:
    server.answer = lambda seen: reply("a\0b")
    got = provider_at(server).complete(ask())
    assert got.text == "a\ufffdb"
    assert "\\u0000" not in json.dumps(got.raw)


@both_apis
@pytest.mark.parametrize(
    ("answer", "kind", "wait_s"),
    [
        (fault(429, "rate_limit_exceeded", retry_after="7"), RateLimited, 7),
        (fault(429, retry_after_ms="250", retry_after="7"), RateLimited, 0.25),
        (
            fault(429, retry_after="Wed, 25 Nov 2026 10:00:30 GMT", date="Wed, 25 Nov 2026 10:00:00 GMT"),
            RateLimited,
            30,
        ),
        (fault(429, retry_after="soon"), RateLimited, None),
        (fault(429, "insufficient_quota"), OverBudget, None),
        (fault(429, message="Request too large for gpt on tokens per min"), ContextLength, None),
        (fault(402), OverBudget, None),
        (fault(500), ServiceError, None),
        (fault(503, retry_after="2"), ServiceError, 2),
        (Answer(status=502, body=b"<html>bad gateway SECRET</html>"), ServiceError, None),
        (fault(408), Timeout, None),
        (fault(401, "invalid_api_key"), AuthenticationError, None),
        (fault(403), AuthenticationError, None),
        (fault(400, "context_length_exceeded"), ContextLength, None),
        (fault(400, message="This model's maximum context length is 4096 tokens"), ContextLength, None),
        (fault(400, "content_filter"), ContentFilter, None),
        (fault(400, "invalid_prompt"), ContentFilter, None),
        (fault(400, "invalid_json_schema"), InvalidInput, None),
        (fault(422), InvalidInput, None),
        (fault(404, "model_not_found"), NotFound, None),
        (fault(404, message="model 'x' not found"), NotFound, None),
        (fault(400, message="Invalid model name passed in model=x"), NotFound, None),
        (fault(400, "no_db_connection"), AuthenticationError, None),
        (fault(500, message="context length SECRET"), ServiceError, None),
        (Answer(status=404, body=b"404 page not found"), NotFound, None),
        (Answer(status=307, headers={"location": "https://example.com/v1"}), NotFound, None),
        (Answer(status=200, body=b'{"error": {"code": 429, "message": "SECRET"}}'), RateLimited, None),
    ],
)
def test_every_error_has_its_class_and_tells_no_secret(
    server: LlmServer, api: str, answer: Answer, kind: type[GristmillError], wait_s: float | None
) -> None:
    server.answer = lambda seen: answer
    with pytest.raises(kind) as caught:
        provider_at(server, api, openai_api_key="sk-very-secret").complete(ask("a purple walrus"))
    error = caught.value
    assert type(error).error_class == kind.error_class
    assert error.retry_after_s == wait_s
    for hidden in ("SECRET", "sk-very-secret", "walrus"):
        assert hidden not in f"{error.message} {error.suggestion} {error.__cause__}"
    assert len(server.seen) == 1  # no retries of the client's own


def test_an_unknown_model_and_a_missing_api_say_what_to_set(server: LlmServer) -> None:
    server.answer = lambda seen: fault(404, "model_not_found")
    with pytest.raises(NotFound, match=r"'gpt-5-mini' \(OPENAI_MODEL\)"):
        provider_at(server).complete(ask())
    server.answer = lambda seen: Answer(status=404, body=b"nothing here")
    with pytest.raises(NotFound) as caught:
        provider_at(server).complete(ask())
    assert "LLM_API=chat" in caught.value.suggestion


def test_a_failed_response_is_classified_by_its_code(server: LlmServer) -> None:
    for code, kind in [
        ("rate_limit_exceeded", RateLimited),
        ("server_error", ServiceError),
        ("invalid_prompt", ContentFilter),
    ]:
        server.answer = lambda seen, code=code: reply(
            "", status="failed", error={"code": code, "message": "SECRET"}
        )
        with pytest.raises(kind):
            provider_at(server).complete(ask())


def test_nothing_listening_and_a_broken_connection_are_service_errors(server: LlmServer) -> None:
    server.answer = lambda seen: Answer(body=b"x" * 100, break_off=True)
    with pytest.raises(ServiceError):
        provider_at(server).complete(ask())
    nobody = get_provider(settings_for("http://127.0.0.1:9/v1"))
    assert nobody is not None
    with pytest.raises(ServiceError, match="reached"):
        nobody.complete(ask())


def test_a_slow_drip_ends_at_the_time_limit_of_the_whole_call(server: LlmServer) -> None:
    server.answer = lambda seen: Answer(body=b" " * 2_000, drip_s=0.05)
    began = time.monotonic()
    with pytest.raises(Timeout):
        provider_at(server).complete(ask(timeout_s=1))
    assert time.monotonic() - began < 2.5


def test_a_huge_or_compressed_body_is_refused(server: LlmServer) -> None:
    server.answer = lambda seen: Answer(body=b" " * 9_000_000)
    with pytest.raises(ServiceError, match="too large"):
        provider_at(server).complete(ask())
    server.answer = lambda seen: Answer(status=400, body=b" " * 9_000_000)
    with pytest.raises(ServiceError, match="too large"):
        provider_at(server).complete(ask())
    server.answer = lambda seen: Answer(body=b"\x1f\x8b", headers={"content-encoding": "gzip"})
    with pytest.raises(ServiceError, match="compressed"):
        provider_at(server).complete(ask())


@both_apis
def test_a_cancel_ends_the_http_call_within_a_second(server: LlmServer, api: str) -> None:
    server.answer = lambda seen: Answer(delay_s=20)
    provider = provider_at(server, api)
    cancelled, raised = threading.Event(), threading.Event()

    def work() -> None:
        with pytest.raises(Cancelled):
            provider.complete(ask(timeout_s=30), cancelled)
        raised.set()

    worker = threading.Thread(target=work)
    worker.start()
    while not server.seen:
        time.sleep(0.01)
    asked_at = time.monotonic()
    cancelled.set()
    took_s = server.wait_for_hang_up(5) - asked_at
    worker.join(5)
    assert raised.is_set()
    print(f"the server saw the hang-up {took_s * 1000:.0f} ms after the cancel, {api}")
    assert took_s < 1


def test_a_call_cancelled_before_it_began_opens_no_connection(server: LlmServer) -> None:
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(Cancelled):
        provider_at(server).complete(ask(), cancelled)
    assert server.connections == 0


def test_an_exception_thrown_into_the_waiting_thread_ends_the_http_call(server: LlmServer) -> None:
    import ctypes

    class TimeIsUp(BaseException):
        """What a worker's time limit throws."""

    server.answer = lambda seen: Answer(delay_s=20)
    provider = provider_at(server)
    caught = threading.Event()

    def work() -> None:
        with pytest.raises(TimeIsUp):
            provider.complete(ask(timeout_s=30))
        caught.set()

    worker = threading.Thread(target=work)
    worker.start()
    while not server.seen:
        time.sleep(0.01)
    thrown_at = time.monotonic()
    assert worker.ident is not None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker.ident), ctypes.py_object(TimeIsUp))
    assert server.wait_for_hang_up(5) - thrown_at < 1
    worker.join(5)
    assert caught.is_set()


def test_256_threads_share_one_client_and_wait_together(server: LlmServer) -> None:
    server.answer = lambda seen: Answer(body=reply(GOOD).body, delay_s=1)
    provider = provider_at(server)
    with ThreadPoolExecutor(256) as pool:
        began = time.monotonic()
        got = list(
            pool.map(lambda number: provider.complete(ask(f"text {number}", timeout_s=30)), range(256))
        )
        took_s = time.monotonic() - began
    assert all(each.text == GOOD for each in got)
    print(f"256 calls of 1 s: {took_s:.2f} s over {server.connections} connections")
    assert took_s < 12


def _in_child(settings: Any, results: Any) -> None:
    provider = get_provider(settings)
    assert provider is not None
    results.put(provider.complete(ask()).text)


def test_a_forked_child_makes_its_own_calls(server: LlmServer) -> None:
    server.answer = lambda seen: reply(GOOD)
    settings = settings_for(server.url)
    provider = get_provider(settings)
    assert provider is not None
    provider.complete(ask())  # the parent's loop and client exist before the fork
    fork = multiprocessing.get_context("fork")
    results = fork.Queue()
    children = [fork.Process(target=_in_child, args=(settings, results)) for _ in range(2)]
    for child in children:
        child.start()
    assert [results.get(timeout=20) for _ in children] == [GOOD, GOOD]
    for child in children:
        child.join(10)
    assert provider.complete(ask()).text == GOOD


@pytest.mark.parametrize(
    "url",
    [
        "https://api.openai.com/v1",
        "",
        "http://10.0.0.1/v1",
        "http://127.0.0.1@example.com/v1",
        "http://localhost.example.com/v1",
    ],
)
def test_paid_calls_are_impossible_while_they_are_forbidden(url: str) -> None:
    provider = get_provider(settings_for(url, openai_api_key="sk-real"))
    assert provider is not None
    with pytest.raises(AuthenticationError, match="forbidden"):
        provider.complete(ask())


@pytest.mark.parametrize(
    "url",
    ["ftp://127.0.0.1/v1", "127.0.0.1:80", "http://127.0.0.1\\@example.com/", "http://[::1", "http://a:b/"],
)
def test_an_address_that_is_none_is_said_so(url: str) -> None:
    provider = get_provider(settings_for(url))
    assert provider is not None
    with pytest.raises(InvalidInput, match="OPENAI_BASE_URL"):
        provider.complete(ask())


def test_a_missing_or_garbled_key_is_said_before_any_connection() -> None:
    for key, complaint in [("", "not set"), ("sk-a b", "copy it again"), ("sk-\u00e9", "copy it again")]:
        # The address is documentation's (RFC 5737) and is never connected to.
        settings = settings_for("https://192.0.2.1/v1", openai_api_key=key, forbid_paid_calls=False)
        provider = get_provider(settings)
        assert provider is not None
        with pytest.raises(AuthenticationError, match=complaint):
            provider.complete(ask())


def test_a_proxy_of_the_environment_is_not_used_for_this_machine(
    server: LlmServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.answer = lambda seen: reply(GOOD)
    assert provider_at(server).complete(ask()).text == GOOD


def test_lone_surrogates_are_the_contents_fault(server: LlmServer) -> None:
    with pytest.raises(InvalidInput, match=r"surrogates|Unicode"):
        provider_at(server).complete(ask("a \ud800 b"))


def test_no_content_is_logged_even_at_debug(server: LlmServer, caplog: pytest.LogCaptureFixture) -> None:
    server.answer = lambda seen: reply(GOOD)
    with caplog.at_level(logging.DEBUG):
        provider_at(server).complete(ask("the secret content"))
    assert "secret" not in caplog.text


def test_the_probe_is_green_and_shows_who_answered(server: LlmServer) -> None:
    server.answer = lambda seen: reply('{"status": "ready"}')
    found = probe(settings_for(server.url))
    assert (found.ok, found.provider, found.api) == (True, "openai", "responses")
    assert found.model == "gpt-5-mini-2025-08-07"
    assert found.message.startswith("openai answered as")


def test_the_probe_says_what_to_do(server: LlmServer) -> None:
    server.answer = lambda seen: fault(401)
    assert "OPENAI_API_KEY" in probe(settings_for(server.url)).suggestion
    server.answer = lambda seen: reply("hello there")
    assert probe(settings_for(server.url)).error_class == "invalid_answer"
    assert probe(settings_for("", llm_provider="local")).ok
    assert probe(settings_for("", llm_provider="scripted")).provider == "scripted"
