"""The openai provider against the LiteLLM proxy, which lives in an environment of its own.

It pins another `openai` than ours and weighs 700 MB, so this runs only with GRISTMILL_LIVE=1. The
environment is kept in GRISTMILL_PEERS (by default under the user's cache folder) and made once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from asking import Mood, ask, settings_for
from conftest import HERE, cannot, free_port, wait_for_port

from adapters.llm import Provider, check, get_provider
from errors import (
    AuthenticationError,
    ContextLength,
    GristmillError,
    NotFound,
    RateLimited,
    ServiceError,
    Timeout,
)

VERSION = "1.106.2"
KEY = "sk-peer"
INSTALL_S = 900
START_S = 120

pytestmark = [
    pytest.mark.peer,
    pytest.mark.live,
    pytest.mark.timeout(INSTALL_S + START_S),
    pytest.mark.skipif(
        os.environ.get("GRISTMILL_LIVE") != "1", reason="set GRISTMILL_LIVE=1: it installs the LiteLLM proxy"
    ),
]
both_apis = pytest.mark.parametrize("api", ["responses", "chat"])


def _environment() -> Path:
    cache = Path(os.environ.get("GRISTMILL_PEERS") or Path.home() / ".cache" / "gristmill-peers")
    home = cache / f"litellm-{VERSION}"
    command = home / "bin" / "litellm"
    if not command.exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True, timeout=120)
        package = f"litellm[proxy]=={VERSION}"
        install = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", package]
        if subprocess.run(install, timeout=INSTALL_S, check=False).returncode != 0:
            cannot("pip could not install the LiteLLM proxy (no network?)")
    return command


# A list and not our own environment: the proxy reads DATABASE_URL and REDIS_* as well, takes our session's
# empty ones for broken ones, and must not be handed what is ours.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE")
SETTINGS = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "DISABLE_ADMIN_UI": "True"}  # fetches no price list


@pytest.fixture(scope="module")
def litellm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a running proxy whose models answer by themselves."""
    port = free_port()
    command = [_environment(), "--config", HERE / "litellm.yaml", "--host", "127.0.0.1", "--port", port]
    said = tmp_path_factory.mktemp("litellm") / "output.log"
    with said.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            env={name: os.environ[name] for name in PASSED_ON if name in os.environ} | SETTINGS,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for_port(port, process, START_S, said)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def provider_at(litellm: str, api: str, key: str = KEY) -> Provider:
    provider = get_provider(settings_for(litellm, api, openai_api_key=key))
    assert provider is not None
    return provider


@both_apis
def test_a_good_answer_comes_back_with_usage(litellm: str, api: str) -> None:
    reply = provider_at(litellm, api).complete(ask(model="good", timeout_s=30))
    check(reply)
    assert Mood.model_validate_json(reply.text).label == "positive"
    assert reply.usage.input_tokens > 0
    assert reply.usage.output_tokens > 0


@both_apis
def test_an_answer_that_is_not_json_is_still_a_reply(litellm: str, api: str) -> None:
    reply = provider_at(litellm, api).complete(ask(model="broken", timeout_s=30))
    with pytest.raises(ValueError, match="Invalid JSON"):
        Mood.model_validate_json(reply.text)


@pytest.mark.parametrize(
    ("model", "kind"), [("limited", RateLimited), ("boom", ServiceError), ("too-long", ContextLength)]
)
def test_its_errors_have_our_classes(litellm: str, model: str, kind: type[GristmillError]) -> None:
    # Over the Responses API its mock answers with the error's name as text, so only chat can show them.
    with pytest.raises(kind):
        provider_at(litellm, "chat").complete(ask(model=model, timeout_s=30))


@both_apis
def test_an_unknown_model_and_a_wrong_key_say_so(litellm: str, api: str) -> None:
    with pytest.raises(NotFound, match="OPENAI_MODEL"):
        provider_at(litellm, api).complete(ask(model="no-such-model"))
    with pytest.raises(AuthenticationError):
        provider_at(litellm, api, key="sk-wrong").complete(ask(model="good"))


def test_a_slow_answer_is_a_time_out(litellm: str) -> None:
    with pytest.raises(Timeout):
        provider_at(litellm, "chat").complete(ask(model="slow", timeout_s=1))


@both_apis
def test_64_threads_are_all_answered(litellm: str, api: str) -> None:
    provider = provider_at(litellm, api)
    with ThreadPoolExecutor(64) as pool:
        replies = list(pool.map(lambda _: provider.complete(ask(model="good", timeout_s=60)), range(64)))
    assert all(reply.finish == "stop" for reply in replies)
