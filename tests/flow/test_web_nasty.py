"""Nasty content through the whole mill: every string and file gives a clear error or a sound answer."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.flow.conftest import Mill
from tests.harness.web import JSON, Web, problem_of

SAMPLED = 8  # of the other files: one in so many, beside all the naughty strings
OTHERS = ("emoji_sequences", "mojibake", "multilingual_rtl")


@pytest.fixture
def web(mill: Mill) -> Web:
    return Web(mill.web.port)


def rows(shared: Path, name: str) -> list[str]:
    lines = (shared / f"data/nasty/{name}.jsonl").read_text("utf-8").split("\n")
    return [json.loads(line)["text"] for line in lines if line]


def send_all(client: httpx.Client, path: str, bodies: list[dict[str, Any]]) -> list[httpx.Response]:
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda body: client.post(path, content=json.dumps(body), headers=JSON), bodies))


def check_all(mill: Mill, client: httpx.Client, answers: list[httpx.Response]) -> Counter[int]:
    """No answer is a 500, every refusal is a clear one, and every job that was taken ends well."""
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {200, 202, 400, 422}, statuses
    for answer in answers:
        if answer.status_code >= 400:
            problem_of(answer)
    mill.ground.settle(60)
    states = client.get("/v1/stats").json()["jobs"]
    assert states["completed"] == sum(states.values()), states
    return statuses


@pytest.mark.live
def test_every_nasty_string_as_a_story_is_answered_or_refused_clearly(
    mill: Mill, web: Web, shared: Path
) -> None:
    client, texts = web.as_role(), rows(shared, "naughty_strings")
    texts += [text for name in OTHERS for text in rows(shared, name)[::SAMPLED]]
    assert len(texts) > 268
    statuses = check_all(mill, client, send_all(client, "/v1/stories", [{"text": text} for text in texts]))
    assert statuses[202] + statuses[200] > len(texts) // 2
    for job in client.get("/v1/jobs?limit=20").json()["items"]:
        assert client.get(f"/v1/jobs/{job['id']}").json()["answer"]["provider"] == "local"


@pytest.mark.live
def test_naughty_strings_in_every_field_of_a_story_are_answered_or_refused_clearly(
    mill: Mill, web: Web, shared: Path
) -> None:
    client = web.as_role()
    bodies = [
        {"title": text, "text": f"Some text. {text}", "sector_tag": text, "impact_tags": [text], "id": text}
        for text in rows(shared, "naughty_strings")[::2]
    ]
    check_all(mill, client, send_all(client, "/v1/stories", bodies))


@pytest.mark.live
def test_naughty_strings_anywhere_in_a_job_are_answered_or_refused_clearly(
    mill: Mill, web: Web, shared: Path
) -> None:
    client, texts = web.as_role(), rows(shared, "naughty_strings")
    good = {"analysis": "text.sentiment", "content": {"text": "Fine."}}
    bodies = [good | {"content": {"text": text}} for text in texts[1::2]]
    for field in ("analysis", "content", "priority", "dedup_key"):
        bodies += [good | {field: text} for text in texts[::SAMPLED]]
    bodies += [good | {"notify": [text]} for text in texts[::SAMPLED]]
    check_all(mill, client, send_all(client, "/v1/jobs", bodies))


@pytest.mark.live
def test_every_nasty_file_as_text_and_as_a_body_is_answered_or_refused_clearly(
    mill: Mill, web: Web, shared: Path
) -> None:
    client = web.as_role()
    files = [file for file in sorted((shared / "data/nasty/files").rglob("*")) if file.is_file()]
    assert len(files) > 50
    texts = [file.read_bytes().decode("latin-1")[:1_000_000] for file in files]
    texts += [file.read_bytes().decode("utf-8", "surrogateescape")[:1_000_000] for file in files]
    check_all(mill, client, send_all(client, "/v1/stories", [{"text": text} for text in texts]))
    for file in files:
        answer = client.post("/v1/jobs", content=file.read_bytes()[:4_000_000], headers=JSON)
        assert problem_of(answer)["status"] in (400, 422), file.name
