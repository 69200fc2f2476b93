"""Logs: whatever a field holds by mistake, no line tells it; and so with the messages of errors."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from io import StringIO

import orjson
import pytest
import structlog

import logs
from adapters.safety.redaction import redact_text
from cli.problems import tell
from errors import ServiceError
from settings import Settings
from web.problems import from_error

SECRETS = ("hunter2", "sk-abcdefghijklmnopqrstuv1", "ada@example.org", "4111111111111111", "s3cret-value")
LEAK = (
    "no route for postgresql://gm:hunter2@db/x with sk-abcdefghijklmnopqrstuv1, "
    "told by ada@example.org with 4111111111111111"
)
MOST_MS = 1.0  # for one event of five fields on a busy machine; usually 0.1


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """What a process whose logs are set up writes to stderr."""
    before, told = structlog.get_config(), StringIO()
    monkeypatch.setattr(sys, "stderr", told)
    monkeypatch.setattr(logs, "_in_command", False)  # whatever tests of commands came before
    logs.set_up_logs(Settings(_env_file=None), redact_text)
    yield told
    structlog.configure(**before)


def test_no_field_of_any_depth_or_type_lets_a_secret_into_a_line(lines: StringIO) -> None:
    structlog.get_logger().warning(
        LEAK, error=ValueError(LEAK), told={"deep": [LEAK, {"er": (LEAK,)}]}, api_key="s3cret-value"
    )
    line = lines.getvalue()
    assert not any(secret in line for secret in SECRETS)
    assert json.loads(line)["event"] == "no route for [URL] with [SECRET], told by [EMAIL] with [CARD]"
    assert json.loads(line)["api_key"] == "***"


def test_ids_numbers_places_and_names_of_types_stay_as_they_are(lines: StringIO) -> None:
    fields = {
        "job_id": "0192f3aa7712345678901234ab",
        "jobs": 12_345_678_901,
        "took_s": 1.5,
        "error": "OperationalError",
        "where": "KeyError at /srv/gristmill/actors/step.py:42",
        "model": "gpt-5-mini-2025-08-07",
        "tokens": 1200,
        "again": None,
    }
    structlog.get_logger().info("swept", **fields)
    line = json.loads(lines.getvalue())
    assert {name: line[name] for name in fields} == fields


def test_an_event_costs_little() -> None:
    process = logs.redacting(redact_text)
    event = {"event": "job not claimed", "job_id": "0192f3aa7712345678901234ab", "error": "OperationalError"}
    process(None, "info", dict(event))
    began = time.process_time()
    for _ in range(200):
        process(None, "info", dict(event))
    assert (time.process_time() - began) / 200 * 1000 < MOST_MS


def test_an_error_that_holds_a_secret_is_shown_without_it(capsys: pytest.CaptureFixture[str]) -> None:
    error = ServiceError(f"It failed: {LEAK}")
    tell(error)
    shown = [capsys.readouterr().err, orjson.loads(bytes(from_error(error).body))["detail"]]
    assert all("It failed: no route for [URL]" in text for text in shown)
    assert not any(secret in text for text in shown for secret in SECRETS)
