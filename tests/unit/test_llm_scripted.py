"""The scripted provider does what its script says, and nothing unless it is asked for by name."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from adapters.llm import Request, check, get_provider, provider_names
from adapters.llm.scripted import ScriptedProvider
from errors import (
    AuthenticationError,
    Cancelled,
    ContentFilter,
    InvalidAnswer,
    InvalidInput,
    RateLimited,
    ServiceError,
    Timeout,
)
from settings import Settings


class Mood(BaseModel):
    label: Literal["negative", "neutral", "positive"]
    score: float = Field(ge=-1, le=1)
    confidence: float = Field(ge=0, le=1)


def ask(user: str = "a text", *, schema_name: str = "mood", timeout_s: float = 5) -> Request:
    return Request(
        "some-model", "Judge the mood.", user, schema_name, Mood.model_json_schema(), 500, timeout_s
    )


@pytest.fixture
def scripted(tmp_path: Path) -> Callable[..., ScriptedProvider]:
    def build(*rules: dict[str, Any], **more: Any) -> ScriptedProvider:
        script = tmp_path / "script.json"
        script.write_text(json.dumps({"rules": rules, **more}))
        get_provider.cache_clear()
        provider = get_provider(Settings(_env_file=None, llm_provider="scripted", llm_script=str(script)))
        assert isinstance(provider, ScriptedProvider)
        return provider

    return build


def test_without_a_script_the_answer_fits_the_schema_and_is_the_same_each_time() -> None:
    provider = get_provider(Settings(_env_file=None, llm_provider="scripted"))
    assert provider is not None
    first, second = provider.complete(ask()), provider.complete(ask())
    Mood.model_validate_json(first.text)
    assert first.text == second.text
    assert (first.provider, first.finish, first.model) == ("scripted", "stop", "some-model")
    assert not provider.paid
    check(first)


def test_it_is_never_chosen_unless_named() -> None:
    assert get_provider(Settings(_env_file=None, openai_api_key="", llm_script="/nowhere.json")) is None
    with_key = get_provider(Settings(_env_file=None, openai_api_key="sk-x", llm_script="/nowhere.json"))
    assert with_key is not None
    assert with_key.name == "openai"
    assert provider_names() == ["anthropic", "openai", "scripted"]


def test_rules_are_tried_in_order_and_the_first_that_matches_answers(scripted: Any) -> None:
    provider = scripted(
        {"user_contains": "rain", "reply": {"label": "negative", "score": -1, "confidence": 1}},
        {"user_matches": "(?i)RA.N|sun", "merge": {"label": "positive"}},
        {"schema_name": "other", "text": "plain words"},
    )
    assert json.loads(provider.complete(ask("rain")).text)["score"] == -1
    assert json.loads(provider.complete(ask("Sun")).text) == {
        "label": "positive",
        "score": 0,
        "confidence": 0.5,
    }
    assert provider.complete(ask("fog", schema_name="other")).text == "plain words"
    assert json.loads(provider.complete(ask("fog")).text)["label"] == "negative"


def test_refusals_and_cut_answers_come_back_as_replies_and_only_check_raises(scripted: Any) -> None:
    provider = scripted(
        {"user_contains": "no", "refusal": "I will not."},
        {"user_contains": "cut", "text": '{"label":', "finish": "length", "usage": {"output_tokens": 500}},
        {"user_contains": "empty", "text": " "},
        {"user_contains": "filter", "text": "", "finish": "content_filter"},
    )
    refused, cut, empty, filtered = (
        provider.complete(ask(user)) for user in ("no", "cut", "empty", "filter")
    )
    assert refused.raw["text"] == "I will not."
    assert cut.usage.output_tokens == 500
    for reply, kind in [
        (refused, ContentFilter),
        (cut, InvalidAnswer),
        (empty, InvalidAnswer),
        (filtered, ContentFilter),
    ]:
        with pytest.raises(kind):
            check(reply)


def test_errors_have_their_class_and_when_to_try_again(scripted: Any) -> None:
    provider = scripted(
        {"user_contains": "slow", "error": "rate_limit", "retry_after_s": 7.5},
        {"user_contains": "down", "error": "service_error"},
        {"user_contains": "key", "error": "authentication"},
    )
    with pytest.raises(RateLimited) as limited:
        provider.complete(ask("slow"))
    assert limited.value.retry_after_s == 7.5
    with pytest.raises(ServiceError):
        provider.complete(ask("down"))
    with pytest.raises(AuthenticationError):
        provider.complete(ask("key"))


def test_a_rule_for_the_first_calls_lets_later_ones_through(scripted: Any) -> None:
    provider = scripted({"first": 2, "error": "service_error"})
    for _ in range(2):
        with pytest.raises(ServiceError):
            provider.complete(ask())
    assert provider.complete(ask()).finish == "stop"


def test_a_share_picks_the_same_texts_in_every_provider(scripted: Any) -> None:
    rule = {"share": 0.25, "text": "picked"}
    texts = [f"text {number}" for number in range(400)]
    one, two = ([scripted(rule).complete(ask(text)).text == "picked" for text in texts] for _ in range(2))
    assert one == two
    assert 70 < sum(one) < 130


def test_a_delay_beyond_the_time_limit_is_a_time_out_and_a_cancel_ends_it_at_once(scripted: Any) -> None:
    provider = scripted({"delay_ms": 60_000})
    with pytest.raises(Timeout):
        provider.complete(ask(timeout_s=0.05))
    cancelled = threading.Event()
    threading.Timer(0.1, cancelled.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        provider.complete(ask(timeout_s=30), cancelled)
    assert time.monotonic() - began < 1


def test_the_journal_counts_every_call_without_keeping_the_text(scripted: Any, tmp_path: Path) -> None:
    journal = tmp_path / "calls.jsonl"
    provider = scripted({"user_contains": "down", "error": "service_error"}, journal=str(journal))
    threads = [threading.Thread(target=provider.complete, args=(ask("secret"),)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert len(lines) == 20
    assert len({line["user_sha256"] for line in lines}) == 1
    assert "secret" not in journal.read_text()


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ({"eror": "timeout"}, "eror"),
        ({"error": "meltdown"}, "error must be one of"),
        ({"user_matches": "("}, "regular expression"),
        ({"text": "a", "reply": {}}, "at most one"),
        ({"finish": "sometimes"}, "finish must be one of"),
        ({"reply": [1], "merge": {"a": 1}}, "an object"),
    ],
)
def test_a_faulty_script_is_named_with_its_fault(scripted: Any, rule: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        scripted(rule)


def test_a_missing_script_is_a_clear_error(tmp_path: Path) -> None:
    gone = tmp_path / "gone.json"
    with pytest.raises(InvalidInput, match=r"gone\.json cannot be read"):
        get_provider(Settings(_env_file=None, llm_provider="scripted", llm_script=str(gone)))
