"""Queues over HTTP: looked at by everyone, changed by the operator's own tenant, by role."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from models.database import writing
from models.tenants import DEFAULT_TENANT, create_key, ensure_tenant
from tests.harness.web import Web, problem_of

JOB = {"analysis": "text.sentiment", "content": {"text": "It works well."}}


def house(web: Web, role: str) -> httpx.Client:
    """A client with a key of the operator's own tenant."""
    with writing() as connection:
        ensure_tenant(connection, DEFAULT_TENANT)
        key = create_key(connection, tenant_id=DEFAULT_TENANT, name="test", role=role)
    return web.client(authorization=f"Bearer {key}")


def queue(client: httpx.Client, name: str = "ai_analysis") -> dict[str, Any]:
    found: dict[str, Any] = next(
        one for one in client.get("/v1/queues").json()["items"] if one["name"] == name
    )
    return found


def test_everyone_sees_their_own_jobs_and_the_limits_in_force(web: Web) -> None:
    ours, theirs = web.as_role("operator"), web.as_role("viewer", "bolt")
    ours.post("/v1/jobs", json=JOB | {"delay_s": 60})
    assert queue(ours)["jobs"]["scheduled"] == 1
    assert sum(queue(theirs)["jobs"].values()) == 0
    assert queue(theirs)["concurrency"] == 3
    assert queue(theirs)["by_default"] == ["concurrency", "rate"]


def test_a_paused_queue_says_so_wherever_a_job_is_looked_at(web: Web) -> None:
    client, operator = web.as_role(), house(web, "operator")
    job = client.post("/v1/jobs", json=JOB).json()["id"]
    waiting = client.get(f"/v1/jobs/{job}").json()["waiting"]
    assert set(waiting) == {"gate", "reason", "until"}
    assert waiting["gate"] == "workers"
    assert operator.post("/v1/queues/ai_analysis/pause").json()["paused"] is True
    assert queue(client)["paused"] is True
    assert operator.post("/v1/queues/ai_analysis/resume").json()["paused"] is False
    later = client.post("/v1/jobs", json=JOB | {"delay_s": 60}).json()
    held = client.get(f"/v1/jobs/{later['id']}").json()["waiting"]
    assert (held["gate"], held["until"]) == ("schedule", later["due_at"])
    client.delete(f"/v1/jobs/{later['id']}")
    assert client.get(f"/v1/jobs/{later['id']}").json()["waiting"] is None


def test_an_admin_changes_limits_one_at_a_time(web: Web) -> None:
    admin = house(web, "admin")
    changed = admin.patch("/v1/queues/emails", json={"concurrency": 7, "period_ms": 1000}).json()
    assert (changed["concurrency"], changed["period_ms"], changed["rate"]) == (7, 1000, None)
    changed = admin.patch("/v1/queues/emails", json={"rate": 50}).json()
    assert (changed["concurrency"], changed["rate"], changed["by_default"]) == (7, 50, [])
    changed = admin.patch("/v1/queues/emails", json={"rate": 0}).json()
    assert (changed["concurrency"], changed["rate"]) == (7, None)


@pytest.mark.parametrize(
    "body", [{}, {"concurrency": -1}, {"rate": "many"}, {"period_ms": 1}, {"paused": True}, {"rate": 10**12}]
)
def test_a_wrong_change_is_refused_and_changes_nothing(web: Web, body: dict[str, Any]) -> None:
    admin = house(web, "admin")
    before = queue(admin, "documents")
    assert problem_of(admin.patch("/v1/queues/documents", json=body))["status"] == 422
    assert queue(admin, "documents") == before


def test_a_queue_that_is_not_there_is_named_with_those_that_are(web: Web) -> None:
    refused = house(web, "operator").post("/v1/queues/nowhere/pause")
    assert refused.status_code == 404
    assert "ai_analysis" in problem_of(refused)["detail"]


def test_who_may_do_what(web: Web) -> None:
    change = {"json": {"concurrency": 1}}
    refused = [
        house(web, "viewer").post("/v1/queues/briefs/pause"),
        house(web, "operator").patch("/v1/queues/briefs", **change),
        web.as_role("admin").patch("/v1/queues/briefs", **change),
        web.as_role("admin").post("/v1/queues/briefs/pause"),
    ]
    assert [answer.status_code for answer in refused] == [403] * 4
    assert "tenant default" in problem_of(refused[-1])["detail"]
    assert queue(web.as_role("viewer"), "briefs")["paused"] is False
