"""Replay, bulk actions and errors by cause over HTTP, without workers: counts, tenants, roles."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from models.database import writing
from models.schema import jobs
from tests.harness.web import Web, make_failed, problem_of

SENTIMENT = {"analysis": "text.sentiment", "content": {"text": "It works well."}}
STORY = {"analysis": "story.enhance", "content": {"title": "A kettle", "text": "It boils in a second."}}


def submit(client: httpx.Client, body: dict[str, Any] = SENTIMENT) -> str:
    return str(client.post("/v1/jobs", json=body).json()["id"])


def failed(client: httpx.Client, body: dict[str, Any] = SENTIMENT) -> str:
    job = submit(client, body)
    make_failed(job)
    return job


def state(client: httpx.Client, job: str) -> str:
    return str(client.get(f"/v1/jobs/{job}").json()["state"])


def bulk(client: httpx.Client, action: str, **filter_: str) -> httpx.Response:
    return client.post("/v1/jobs/bulk", json={"action": action, "filter": filter_})


def test_failures_are_listed_by_cause_with_what_to_do(web: Web) -> None:
    client = web.as_role()
    ours = [failed(client) for _ in range(3)]
    failed(client, STORY)
    found = client.get("/v1/errors").json()
    assert found["next"] is None
    cause = next(one for one in found["items"] if one["analysis"] == "text.sentiment")
    assert (cause["count"], cause["error_class"], cause["retryable"]) == (3, "rate_limit", True)
    assert (cause["message"], cause["sample_job_id"]) == ("The model said later.", ours[-1])
    assert cause["suggestion"]
    assert cause["first_seen_at"] <= cause["last_seen_at"]
    assert client.get(f"/v1/errors/{cause['fingerprint']}").json() == cause
    named = client.get("/v1/jobs", params={"fingerprint": cause["fingerprint"]}).json()["items"]
    assert {job["id"] for job in named} == set(ours)


def test_causes_come_in_pages(web: Web) -> None:
    client = web.as_role()
    failed(client), failed(client, STORY)
    first = client.get("/v1/errors?limit=1").json()
    second = client.get("/v1/errors", params={"limit": 1, "cursor": first["next"]}).json()
    assert second["next"] is None
    assert first["items"][0]["fingerprint"] != second["items"][0]["fingerprint"]
    assert problem_of(client.get("/v1/errors?cursor=x"))["status"] == 422


def test_all_of_a_cause_are_retried_or_discarded(web: Web) -> None:
    client = web.as_role()
    again, gone = [failed(client) for _ in range(2)], failed(client, STORY)
    by_analysis = {one["analysis"]: one["fingerprint"] for one in client.get("/v1/errors").json()["items"]}
    done = client.post(f"/v1/errors/{by_analysis['text.sentiment']}/retry").json()
    assert (done["matched"], done["changed"], done["left"]) == (2, 2, 0)
    assert [state(client, job) for job in again] == ["waiting"] * 2
    done = client.post(f"/v1/errors/{by_analysis['story.enhance']}/discard").json()
    assert (done["action"], done["changed"]) == ("discard", 1)
    assert client.get(f"/v1/jobs/{gone}").status_code == 404
    assert client.get("/v1/errors").json()["items"] == []
    assert client.post(f"/v1/errors/{by_analysis['story.enhance']}/retry").status_code == 404


def test_another_tenants_failures_are_not_there(web: Web) -> None:
    theirs = web.as_role("operator", "bolt")
    job = failed(theirs)
    cause = theirs.get("/v1/errors").json()["items"][0]["fingerprint"]
    ours = web.as_role("admin", "acme")
    assert ours.get("/v1/errors").json()["items"] == []
    for method, path in (("GET", ""), ("POST", "/retry"), ("POST", "/discard")):
        assert ours.request(method, f"/v1/errors/{cause}{path}").status_code == 404
        assert ours.request(method, f"/v1/errors/{'0' * 16}{path}").status_code == 404
        assert ours.request(method, f"/v1/errors/%00{path}").status_code == 404
    for action in ("retry", "discard"):
        assert bulk(ours, action, fingerprint=cause).json()["matched"] == 0
    assert ours.get("/v1/jobs", params={"fingerprint": cause}).json()["items"] == []
    assert ours.post(f"/v1/jobs/{job}/replay", json={"from": "fetch"}).status_code == 404
    assert state(theirs, job) == "failed"


def test_a_filter_is_counted_first_and_then_acted_on(web: Web) -> None:
    client = web.as_role()
    waiting = [submit(client, SENTIMENT | {"delay_s": 60}) for _ in range(3)]
    other = submit(client, STORY | {"delay_s": 60})
    body = {"action": "cancel", "filter": {"state": "scheduled", "analysis": "text.sentiment"}}
    counted = client.post("/v1/jobs/bulk", json=body | {"dry_run": True}).json()
    assert counted == {"action": "cancel", "matched": 3, "changed": 0, "left": 3, "dry_run": True}
    assert state(client, waiting[0]) == "scheduled"
    done = client.post("/v1/jobs/bulk", json=body).json()
    assert (done["matched"], done["changed"], done["left"]) == (3, 3, 0)
    assert [state(client, job) for job in waiting] == ["cancelled"] * 3
    assert state(client, other) == "scheduled"


@pytest.mark.parametrize(
    "body",
    [
        {"action": "cancel", "filter": {}},
        {"action": "cancel"},
        {"action": "destroy", "filter": {"state": "failed"}},
        {"action": "retry", "filter": {"state": "completed"}},
        {"action": "cancel", "filter": {"status": "waiting"}},
        {"action": "cancel", "filter": {"batch": "x"}},
        {"action": "retry", "filter": {"fingerprint": "' OR 1=1"}},
    ],
)
def test_a_wrong_bulk_request_is_refused(web: Web, body: dict[str, Any]) -> None:
    assert problem_of(web.as_role().post("/v1/jobs/bulk", json=body))["status"] == 422


def test_an_ended_job_is_replayed_from_a_step(web: Web) -> None:
    client = web.as_role()
    job = submit(client)
    assert problem_of(client.post(f"/v1/jobs/{job}/replay", json={"from": "score"}))["status"] == 409
    with writing() as connection:
        connection.execute(jobs.update().where(jobs.c.id == job).values(state="completed"))
    for body in ({"from": "brew"}, {"from": ""}, {}, {"from": "fetch", "to": "score"}):
        assert problem_of(client.post(f"/v1/jobs/{job}/replay", json=body))["status"] == 422
    replayed = client.post(f"/v1/jobs/{job}/replay", json={"from": "persist"})
    assert (replayed.status_code, replayed.json()["state"]) == (202, "waiting")
    assert replayed.headers["location"] == f"/v1/jobs/{job}"
    told = client.get(f"/v1/jobs/{job}").json()["timeline"][-1]
    assert told["message"] == "Replayed from persist on request."


def test_a_viewer_looks_and_changes_nothing(web: Web) -> None:
    viewer, client = web.as_role("viewer"), web.as_role("operator")
    job = failed(client)
    cause = viewer.get("/v1/errors").json()["items"][0]["fingerprint"]
    refused = [
        viewer.post(f"/v1/errors/{cause}/retry"),
        viewer.post(f"/v1/errors/{cause}/discard"),
        viewer.post(f"/v1/jobs/{job}/replay", json={"from": "fetch"}),
        bulk(viewer, "discard", state="failed"),
    ]
    assert [answer.status_code for answer in refused] == [403] * 4
    assert state(client, job) == "failed"
