"""A provider that fails and recovers, with real workers: nobody calls it while away, and no job fails."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest
from sqlalchemy import select

from models.breakers import llm_breaker
from models.database import reading, writing
from models.limits import Change, change_limit
from models.schema import breakers
from pipelines import analyze_many
from tests.harness.environment import environment
from tests.harness.ground import Ground
from tests.harness.proof import proof, running_now
from tests.peers.llm_server import Answer, LlmServer, Seen, fault, reply

pytestmark = pytest.mark.live

JOBS = 40
THREADS = 16  # of the two worker processes together: so many calls may be under way when it opens
GOOD = {"label": "positive", "score": 0.8, "confidence": 0.9, "aspects": [], "language": "en"}


class Provider:
    """Fails until it is told to be well, then answers slowly enough for a second probe to be seen."""

    def __init__(self) -> None:
        self.is_well = False
        self.called_at_s: list[float] = []
        self.answered_at_s: list[float] = []
        self._lock = threading.Lock()

    def __call__(self, seen: Seen) -> Answer:
        with self._lock:
            self.called_at_s.append(time.monotonic())
            if not self.is_well:
                return fault(503)
            answer = reply(json.dumps(GOOD))
            answer.delay_s = 0.7
            self.answered_at_s.append(time.monotonic() + answer.delay_s)
            return answer


def breaker() -> Any:
    with reading() as connection:
        mine = breakers.c.name == llm_breaker("openai/any")
        return connection.execute(select(*breakers.c).where(mine)).one_or_none()


def has_opened(times: int) -> bool:
    known = breaker()
    return known is not None and known.openings >= times


def test_nobody_calls_a_provider_that_is_away_one_probe_finds_it_back_and_no_job_fails(
    ground: Ground,
) -> None:
    provider = Provider()
    with LlmServer() as server, environment(**told(server)):
        server.answer = provider
        with writing() as connection:
            change_limit(connection, "queue", "ai_analysis", Change(concurrency=0, rate=0))
        ground.workers()
        analyze_many("text.sentiment", [f"The tea was lovely, #{n}." for n in range(JOBS)]).submit()

        ground.wait_until(lambda: has_opened(1))
        ground.wait_until(lambda: not running_now())  # what was under way when it opened has come back
        tripped = len(provider.called_at_s)
        ground.wait_until(lambda: has_opened(3))
        probes = len(provider.called_at_s) - tripped
        openings = breaker().openings
        assert tripped <= 3 + THREADS
        assert probes in (openings - 1, openings)  # the next one may be under way already

        recovered_at_s = time.monotonic()
        provider.is_well = True
        ground.settle(within_s=60)

    found = proof()
    since = [at_s for at_s in provider.called_at_s if at_s > recovered_at_s]
    during = [at_s for at_s in since if at_s < min(provider.answered_at_s)]
    print(f"{tripped} calls until it had opened, {probes} probes in {openings} openings, {found}")
    assert len(during) == 1
    assert found.states == {"completed": JOBS}
    assert len(provider.answered_at_s) == JOBS
    assert breaker().state == "closed"


def told(server: LlmServer) -> dict[str, str]:
    return {
        "LLM_PROVIDER": "openai",
        "OPENAI_BASE_URL": server.url,
        "BREAKER_FAILURES": "3",
        "BREAKER_WAIT_MS": "500",
        "WORKER_BACKOFF_DELAY": "300",
    }
