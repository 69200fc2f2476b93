"""Injections are contained: a model that obeys each of them changes nothing but its own answer's words.

What is promised is containment, not immunity. On both databases, with a real server and the real steps:
no answer leaves its schema, no notice goes where it was not meant to, no row but the job's own changes,
and a page that shows the answer shows words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from analyses import all_analyses, get_analysis
from models.budgets import set_budget
from models.credits import grant
from models.database import reading, writing
from models.limits import Change, change_limit
from models.schema import answers, jobs, metadata, replies
from models.tenants import create_key, ensure_tenant
from pipelines import Job, analyze
from tests.harness.contents import row_for, with_text
from tests.harness.environment import environment
from tests.harness.obedient import MARKUP, ORDERS, obey
from tests.harness.web import Web, serving
from tests.peers.llm_server import LlmServer
from tests.steps.driving import admit_now, drive, run

SAMPLE = 9  # in the usual run, one injection in so many
MEANT, NEIGHBOUR = "file:meant.jsonl", "neighbour"
# What running any job moves: gauges, counters and caches of the engine's own, none of them a tenant's thing.
ENGINES_OWN = {"lanes", "breakers", "workers", "marks", "questions", "spend", "charges"}
GROWS = {"answers", "replies", "events", "deliveries"}  # and only by rows of the jobs that ran
SET_BY_SUBMISSION = (
    "tenant_id", "analysis", "content_id", "pipeline", "queue", "priority", "channels", "model",
    "batch_id", "dedup_key", "external_id", "max_attempts", "timeout_ms", "price_credits",
)  # fmt: skip


@pytest.fixture
def attacker() -> Iterator[LlmServer]:
    """The obeying model, in effect for all jobs."""
    with LlmServer() as server:
        server.answer = obey
        with environment(
            LLM_PROVIDER="openai", OPENAI_API_KEY="sk-test", OPENAI_BASE_URL=server.url, LLM_API="responses"
        ):
            yield server


def injections(shared: Path) -> list[str]:
    """The texts; where the data set has a mail to put it into, the mail with the text behind it."""
    lines = (shared / "data/prompts/injections.jsonl").read_text("utf-8").split("\n")
    rows = [json.loads(line) for line in lines if line]
    return ["\n".join(filter(None, (row.get("context_email"), row["text"]))) for row in rows]


def bystanders() -> None:
    """Things of this tenant's and of another's that an attacker would like to get at."""
    for tenant in ("default", NEIGHBOUR):
        finished = analyze("text.sentiment", {"text": f"{tenant}: the tea was lovely."}, model="local",
                           notify=["file:theirs.jsonl"], tenant=tenant)  # fmt: skip
        assert drive(finished.submit()).state == "completed"
        analyze("text.sentiment", {"text": "Not yet."}, delay_s=3_600, tenant=tenant).submit()
        with writing() as connection:
            ensure_tenant(connection, tenant)
            create_key(connection, tenant_id=tenant, name="theirs", role="viewer")
            set_budget(connection, tenant, "day", 10**12)
    with writing() as connection:
        grant(connection, NEIGHBOUR, 1_000, "theirs")
        for queue in {analysis.queue for analysis in all_analyses()}:
            change_limit(connection, "queue", queue, Change(concurrency=0, rate=0))


def snapshot() -> dict[str, dict[str, dict[str, Any]]]:
    """Every row of every table, by table and key."""
    taken: dict[str, dict[str, dict[str, Any]]] = {}
    with reading() as connection:
        for table in metadata.sorted_tables:
            rows = connection.execute(select(*table.c)).mappings()
            keys = [column.name for column in table.primary_key.columns]
            taken[table.name] = {repr([row[key] for key in keys]): dict(row) for row in rows}
    return taken


def run_to_their_ends(mine: list[Job]) -> None:
    open_ = select(func.count()).where(jobs.c.state.in_(["waiting", "running", "retrying"]))
    for _ in range(40 + len(mine)):  # a round admits a few jobs, each of which has a few attempts
        run(admit_now())
        with writing() as connection:
            connection.execute(update(jobs).where(jobs.c.state == "retrying").values(state="waiting"))
            if not connection.execute(open_).scalar_one():
                return
    raise AssertionError("some jobs did not end")


def attack(texts: list[str], names: list[str]) -> list[Job]:
    """One job for each text and analysis; what is submitted stands in the database afterwards."""
    told = []
    for name, text in zip(names, texts, strict=True):
        row = with_text(row_for(get_analysis(name)), text)
        told.append(analyze(name, row, notify=[MEANT]).submit())
    return told


def check_nothing_else_changed(before: Any, after: Any, mine: set[str]) -> None:
    for table in set(before) - ENGINES_OWN:
        for key, row in before[table].items():
            now = after[table][key]
            watched = row.keys()
            if table == "jobs" and row["id"] in mine:
                watched = SET_BY_SUBMISSION
            elif table == "tenants":
                watched = row.keys() - {"turn"}
            elif table == "limits":
                watched = row.keys() - {"spent", "not_before_ms"}
            assert {name: now[name] for name in watched} == {name: row[name] for name in watched}, table
        new = [row for key, row in after[table].items() if key not in before[table]]
        if table == "limits":  # a model that is used for the first time gets a gauge, which limits nothing
            new = [row for row in new if row["rate"] or row["concurrency"] or row["paused"]]
        assert not new or table in GROWS, table
        assert {row.get("job_id") or row.get("owner_id") for row in new} <= mine, table


def keys_of(tree: Any) -> Iterator[str]:
    """All keys in an answer, at any depth."""
    if isinstance(tree, dict):
        yield from tree
        tree = list(tree.values())
    for inner in tree if isinstance(tree, list) else ():
        yield from keys_of(inner)


def check_answers_keep_to_their_schema(mine: set[str]) -> int:
    """How many jobs have an answer; each of those is its schema's own, without a key more."""
    with reading() as connection:
        found = connection.execute(
            select(jobs.c.analysis, answers.c.answer, answers.c.provider, answers.c.prompt_version)
            .join(answers, answers.c.job_id == jobs.c.id)
            .where(jobs.c.id.in_(mine))
        ).all()
        failed = connection.execute(
            select(jobs.c.error_class).where(jobs.c.id.in_(mine), jobs.c.state == "failed")
        ).scalars()
        assert set(failed) <= {"invalid_answer"}
    for row in found:
        analysis = get_analysis(row.analysis)
        assert analysis.answer.model_validate(row.answer).model_dump(mode="json") == row.answer
        assert set(row.answer) == set(analysis.answer.model_fields)
        assert not ORDERS.keys() & set(keys_of(row.answer))
        assert (row.provider, row.prompt_version) == ("openai", analysis.prompt_version)
    return len(found)


def check_notices_went_where_they_were_meant(home: Path, mine: set[str]) -> None:
    files = {file.relative_to(home / "notices").as_posix() for file in (home / "notices").rglob("*.jsonl")}
    assert files == {"default/meant.jsonl", "default/theirs.jsonl", f"{NEIGHBOUR}/theirs.jsonl"}
    told = (home / "notices/default/meant.jsonl").read_text().splitlines()
    assert {json.loads(line)["job_id"] for line in told} <= mine


def check_pages_show_words(web: Web, mine: list[Job]) -> None:
    with writing() as connection:
        key = create_key(connection, tenant_id="default", name="reader", role="viewer")
    browser = web.client(accept="text/html")
    browser.post("/login", data={"key": key})
    for job in mine:
        page = browser.get(f"/jobs/{job.id}")
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert 'href="javascript:' not in page.text


def contain(texts: list[str], names: list[str], home: Path, attacker: LlmServer) -> None:
    bystanders()
    mine = attack(texts, names)
    ids = {job.id for job in mine}
    before = snapshot()
    run_to_their_ends(mine)
    check_nothing_else_changed(before, snapshot(), ids)
    answered = check_answers_keep_to_their_schema(ids)
    assert 0 < answered < len(mine)  # some ways to obey fit the schema, and others cannot
    check_notices_went_where_they_were_meant(home, ids)
    with reading() as connection:
        assert any(MARKUP[:20] in told for told in connection.execute(select(replies.c.text)).scalars())
    with serving() as web:
        check_pages_show_words(web, mine)


def in_turn(texts: list[str]) -> list[str]:
    """One analysis for each text, so that all have their turn."""
    known = [analysis.name for analysis in all_analyses()]
    return [known[n % len(known)] for n in range(len(texts))]


@pytest.mark.usefixtures("database_url")
def test_a_model_that_obeys_an_injection_changes_nothing_but_its_own_answer(
    home: Path, shared: Path, attacker: LlmServer
) -> None:
    texts = injections(shared)[::SAMPLE]
    contain(texts, in_turn(texts), home, attacker)


@pytest.mark.live
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("database_url")
def test_all_injections_change_nothing_but_their_own_answers(
    home: Path, shared: Path, attacker: LlmServer
) -> None:
    texts = injections(shared)
    contain(texts, in_turn(texts), home, attacker)
