"""When something is away: submissions are taken all the same, probes and health say what is missing."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.broker import Broker
from tests.harness.environment import environment
from tests.harness.ground import Ground, standing
from tests.harness.session import BROKER_SOCKET
from tests.harness.web import Web, ended, problem_of, serving

SOON_S = 1.0  # far below any time-out towards Redis
TEXT = {"analysis": "text.sentiment", "content": {"text": "It works."}}


@pytest.fixture
def ground(database_url: str, home: Path) -> Iterator[Ground]:
    with standing(home, Broker(BROKER_SOCKET)) as made:
        yield made


@pytest.fixture
def beside(ground: Ground) -> Iterator[Web]:
    """The app beside a broker that the test can stop."""
    with serving() as made:
        yield made


def submit_soon(web: Web, times: int = 5) -> list[str]:
    """Submit some jobs; each must be taken soon."""
    client, ids = web.as_role(), []
    for _ in range(times):
        begun_s = time.monotonic()
        answer = client.post("/v1/jobs", json=TEXT)
        assert time.monotonic() - begun_s < SOON_S
        assert answer.status_code == 202
        ids.append(answer.json()["id"])
    return ids


@pytest.mark.live
def test_without_redis_jobs_are_taken_soon_and_run_when_it_is_back(ground: Ground, beside: Web) -> None:
    ground.broker.kill()
    ids = submit_soon(beside)
    assert "broker" in problem_of(beside.client().get("/readyz"))["detail"]
    health = beside.as_role("viewer").get("/v1/health").json()
    assert health["status"] == "unhealthy"
    assert {issue["component"] for issue in health["issues"]} == {"broker", "workers"}
    assert all(issue["recommendation"] for issue in health["issues"])
    ground.broker.start()
    ground.workers(processes=1)
    client = beside.as_role()
    assert [ended(client, job)["state"] for job in ids] == ["completed"] * 5
    assert client.get("/v1/health").json()["status"] == "healthy"


@pytest.mark.live
def test_with_a_stalled_redis_no_request_waits_for_it(ground: Ground, beside: Web) -> None:
    process = ground.broker._process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    try:
        ids = submit_soon(beside, 10)
        client = beside.as_role()
        begun_s = time.monotonic()
        assert client.get("/livez").status_code == 200
        assert client.get(f"/v1/jobs/{ids[0]}").status_code == 200
        assert client.delete(f"/v1/jobs/{ids[-1]}").json()["state"] == "cancelled"
        assert time.monotonic() - begun_s < SOON_S
        assert problem_of(client.get("/readyz"))["status"] == 503
    finally:
        process.send_signal(signal.SIGCONT)
    ground.workers(processes=1)
    assert [ended(client, job, 40)["state"] for job in ids[:-1]] == ["completed"] * 9


@pytest.mark.live
def test_with_all_there_it_is_ready_and_healthy_and_tells_its_figures(ground: Ground, beside: Web) -> None:
    ground.workers(processes=1)
    client = beside.as_role()
    assert client.get("/readyz").json() == {"status": "ok"}
    for job in submit_soon(beside, 3):
        ended(client, job)
    assert client.get("/v1/health").json()["issues"] == []
    stats = client.get("/v1/stats").json()
    assert (stats["jobs"]["completed"], sum(stats["jobs"].values())) == (3, 3)
    assert stats["throughput"] == {"last_minute": 3, "last_hour": 3, "last_day": 3}
    assert 0 <= stats["run"]["p50_ms"] <= stats["run"]["p95_ms"] < 60_000
    assert 0 <= stats["wait"]["p50_ms"] <= stats["wait"]["p95_ms"] < 60_000
    line = {"analysis": "text.sentiment", "completed": 3, "failed": 0, "error_rate": 0.0}
    assert stats["analyses"] == [line]
    tested = client.get("/v1/llm/test").json()
    assert (tested["ok"], tested["provider"]) == (True, "local")
    answer = client.get(f"/v1/jobs/{submit_soon(beside, 1)[0]}").json()
    answered = client.get(f"/v1/jobs/{ended(client, answer['id'])['id']}/answer").json()
    assert (answered["provider"], answered["model"], answered["analysis"]) == (
        "local",
        "local",
        "text.sentiment",
    )


def test_without_the_tables_it_is_not_ready_and_says_what_to_run(empty_database_url: str) -> None:
    with serving() as web:
        assert "gristmill init" in problem_of(web.client().get("/readyz"))["detail"]
        answer = web.client(authorization="Bearer gm_aaaaaaaaaaaaaaaaaaaaaaaa").get("/v1/jobs")
        assert problem_of(answer)["error_class"] == "service_error"
        assert answer.headers["retry-after"]
        assert web.client().get("/livez").status_code == 200


def test_with_the_database_away_every_call_is_a_503_and_the_process_lives(tmp_path: Path) -> None:
    nowhere = f"postgresql://postgres@/x?host={tmp_path}"
    with environment(DATABASE_URL=nowhere, GRISTMILL_HOME=str(tmp_path)), serving() as web:
        client = web.client(authorization="Bearer gm_aaaaaaaaaaaaaaaaaaaaaaaa")
        for path in ("/v1/jobs", "/v1/health", "/v1/stats", "/readyz"):
            assert problem_of(client.get(path))["status"] == 503
        page = web.client(accept="text/html").post("/login", data={"key": "gm_aaaaaaaaaaaaaaaaaaaaaaaa"})
        assert page.status_code == 503
        assert "The database does not answer" in page.text
        assert client.get("/livez").json() == {"status": "ok"}
