"""Money with real workers: one call for many equal questions, also when the asker dies, and metered work."""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from models.budgets import Period, set_budget, standings
from models.charges import SUMS
from models.credits import get_balance, grant
from models.database import clock, reading, writing
from models.limits import Change, change_limit
from models.schema import jobs, ledger_entries, questions, spend
from models.tenants import DEFAULT_TENANT, ensure_tenant
from pipelines import Batch, analyze_many
from tests.harness.environment import environment
from tests.harness.ground import Ground
from tests.harness.proof import held_by

pytestmark = pytest.mark.live

PRICES = '{"scripted/gpt-5-mini": {"input": 0, "output": 10}}'
GOOD = {"label": "positive", "score": 0.8, "confidence": 0.9, "aspects": [], "language": "en"}
PRICE = 5_000  # of a call with 500 tokens of output; 6,000 is what the analysis declares to be usual


@pytest.fixture
def journal(home: Path) -> Iterator[Path]:
    """The scripted model's journal, a line for each call; a call takes 300 ms, and about `slowly` 1.5 s."""
    script, calls = home / "script.json", home / "calls.jsonl"
    usual = {"reply": GOOD, "delay_ms": 300, "usage": {"output_tokens": 500}}
    slow = usual | {"user_contains": "slowly", "delay_ms": 1_500}
    script.write_text(json.dumps({"journal": str(calls), "rules": [slow, usual]}))
    with environment(LLM_PROVIDER="scripted", LLM_SCRIPT=str(script), MODEL_PRICES=PRICES):
        yield calls


def calls(journal: Path) -> int:
    return len(journal.read_text().splitlines()) if journal.exists() else 0


def submit(texts: list[str], **options: Any) -> Batch:
    return analyze_many("text.sentiment", texts, **options).submit()


def prepare(*, credits_: int | None = None, budget_micro: int | None = None, at_once: int = 0) -> None:
    with writing() as connection:
        ensure_tenant(connection)
        change_limit(connection, "queue", "ai_analysis", Change(concurrency=at_once, rate=0))
        if credits_ is not None:
            grant(connection, DEFAULT_TENANT, credits_)
        if budget_micro is not None:
            set_budget(connection, DEFAULT_TENANT, Period.DAY, budget_micro)


def spent() -> Counter[str]:
    with reading() as connection:
        rows = connection.execute(select(*(spend.c[name] for name in SUMS))).mappings().all()
    return sum((Counter({**row}) for row in rows), Counter())


def test_fifty_equal_jobs_on_two_processes_make_one_call(journal: Path, ground: Ground) -> None:
    prepare()
    batch = submit(["The tea was lovely."] * 50)
    ground.workers()
    batch.wait(60)
    assert batch.counts.completed == 50
    assert calls(journal) == 1
    told = spent()
    assert (told["calls"], told["reused"]) == (1, 49)
    assert (told["cost_micro"], told["saved_micro"]) == (PRICE, 49 * PRICE)
    with reading() as connection:
        assert connection.execute(select(jobs.c.id).where(jobs.c.failure_count > 0)).all() == []
        assert connection.execute(select(questions.c.key)).all() == []


def test_when_the_asker_dies_another_asks_and_the_rest_reads_that_reply(
    journal: Path, ground: Ground
) -> None:
    prepare()
    batch = submit(["The tea was lovely."] * 20)
    workers = ground.workers()
    asker = ground.wait_until(asking)
    victim = next(pid for pid in workers.children() if any(held.job_id == asker for held in held_by(pid)))
    workers.signal(victim, signal.SIGKILL)
    batch.wait(60)
    assert batch.counts.completed == 20
    assert calls(journal) == 2  # the one that died with its worker, and one more
    assert spent()["calls"] == 1


def asking() -> str | None:
    with reading() as connection:
        job_id: str | None = connection.execute(select(questions.c.job_id)).scalar()
        return job_id


def test_workers_start_what_the_credits_pay_for_and_go_on_after_a_grant(
    journal: Path, ground: Ground
) -> None:
    prepare(credits_=7)
    batch = submit([f"text {n}" for n in range(12)])
    ground.workers()
    ground.wait_until(lambda: batch.counts.completed == 7)
    with reading() as connection:
        assert get_balance(connection, DEFAULT_TENANT) == 0
    assert calls(journal) == 7
    prepare(credits_=6)
    batch.wait(30)
    with reading() as connection:
        assert get_balance(connection, DEFAULT_TENANT) == 1
        kinds = Counter(connection.execute(select(ledger_entries.c.kind)).scalars())
    assert kinds == {"grant": 2, "reserve": 12, "settle": 12}


def test_workers_stop_before_the_budget_is_spent_and_what_waits_has_not_failed(
    journal: Path, ground: Ground
) -> None:
    prepare(budget_micro=40_000, at_once=4)
    batch = submit([f"text {n}" for n in range(20)])
    ground.workers()
    ground.wait_until(lambda: batch.counts.completed == 7)  # 7 × 5,000, and 6,000 more might be too many
    ground.wait_until(lambda: calls(journal) == 7)
    with reading() as connection:
        (standing,) = standings(connection, [DEFAULT_TENANT], clock(connection))
        waiting = connection.execute(select(jobs.c.failure_count).where(jobs.c.state == "waiting")).all()
    assert (standing.spent_micro, standing.in_flight_micro, standing.left_micro) == (35_000, 0, 5_000)
    assert [row.failure_count for row in waiting] == [0] * 13
    prepare(budget_micro=1_000_000)
    batch.wait(30)
    assert batch.outcome == "completed"
