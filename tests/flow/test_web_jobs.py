"""Jobs over HTTP without workers: submission, keys that repeat, pages, cancel and retry, tenants, roles."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.harness.web import Web, make_failed, problem_of

STORY = {"title": "A kettle", "text": "A maker says that its kettle boils in a second. It was not measured."}
SENTIMENT = {"analysis": "text.sentiment", "content": {"text": "It works well."}}


def submit(client: Any, body: dict[str, Any] | None = None, **headers: str) -> Any:
    return client.post("/v1/jobs", json=body or SENTIMENT, headers=headers)


def test_a_story_gets_local_scores_at_once_and_a_job_at_its_location(web: Web) -> None:
    client = web.as_role()
    taken = client.post("/v1/stories", json=STORY | {"id": "k-1", "priority": "high", "delay_s": 3600})
    assert taken.status_code == 202
    body = taken.json()
    assert 0 <= body["local_answer"]["hype_score"] <= 10
    assert taken.headers["location"] == f"/v1/jobs/{body['job']['id']}"
    job = client.get(taken.headers["location"]).json()
    assert (job["analysis"], job["state"], job["priority"]) == ("story.enhance", "scheduled", "high")
    assert (job["external_id"], job["content_id"]) == ("k-1", body["content_id"])
    assert [moment["state"] for moment in job["timeline"]] == ["scheduled"]
    assert job["answer"] is None


def test_the_same_story_again_gives_its_job_unless_told_otherwise(web: Web) -> None:
    client = web.as_role()
    first = client.post("/v1/stories", json=STORY).json()
    again = client.post("/v1/stories", json=STORY)
    assert again.status_code == 200
    assert again.json()["job"]["id"] == first["job"]["id"]
    assert again.json()["job"]["existing"] is True
    assert again.json()["local_answer"] == first["local_answer"]
    more = client.post("/v1/stories", json=STORY | {"deduplicate": False})
    assert (more.status_code, more.json()["job"]["existing"]) == (202, False)
    assert more.json()["job"]["id"] != first["job"]["id"]


def test_an_idempotency_key_with_the_same_request_gives_the_same_job(web: Web) -> None:
    client, key = web.as_role(), {"idempotency-key": "order 66/α".encode("ascii", "ignore").decode()}
    first, again = submit(client, **key), submit(client, **key)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["id"] == again.json()["id"]
    assert submit(client).json()["id"] != first.json()["id"]


def test_an_idempotency_key_stands_for_its_job_also_when_that_has_ended(web: Web) -> None:
    client = web.as_role()
    first = submit(client, **{"idempotency-key": "k"}).json()["id"]
    make_failed(first)
    assert submit(client, **{"idempotency-key": "k"}).json()["id"] == first


def test_an_idempotency_key_with_another_request_is_refused(web: Web) -> None:
    client = web.as_role()
    submit(client, **{"idempotency-key": "k"})
    other = submit(client, SENTIMENT | {"priority": "low"}, **{"idempotency-key": "k"})
    assert other.status_code == 422
    assert "Idempotency-Key" in problem_of(other)["detail"]


def test_another_tenants_idempotency_key_is_another_key(web: Web) -> None:
    ids = {submit(web.as_role(tenant=t), **{"idempotency-key": "k"}).json()["id"] for t in ("acme", "bolt")}
    assert len(ids) == 2


def test_twenty_requests_at_once_under_one_idempotency_key_make_one_job(web: Web) -> None:
    client = web.as_role()
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: submit(client, **{"idempotency-key": "k"}), range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [202]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(client.get("/v1/jobs").json()["items"]) == 1


def test_the_list_comes_in_pages_and_by_filters(web: Web) -> None:
    client = web.as_role()
    made = [submit(client).json()["id"] for _ in range(5)]
    story = client.post("/v1/stories", json=STORY | {"delay_s": 60}).json()["job"]["id"]
    seen: list[str] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] is not None:
        query = {"limit": 2} | ({"cursor": page["next"]} if page["next"] else {})
        page = client.get("/v1/jobs", params=query).json()
        seen += [item["id"] for item in page["items"]]
    assert seen == [story, *reversed(made)]
    named = client.get("/v1/jobs?analysis=story.enhance&state=scheduled").json()
    assert [item["id"] for item in named["items"]] == [story]
    assert client.get(f"/v1/jobs?batch={story}").json() == {"items": [], "next": None}


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "state=done", "cursor=%00", "batch=x'--", "analysis=%F0%9F"]
)
def test_a_wrong_filter_is_named(web: Web, query: str) -> None:
    answer = web.as_role("viewer").get(f"/v1/jobs?{query}")
    assert answer.status_code == 422
    assert query.partition("=")[0] in problem_of(answer)["errors"][0]["field"]


def test_a_waiting_job_is_cancelled_at_once_and_again_without_harm(web: Web) -> None:
    client = web.as_role()
    job = submit(client, SENTIMENT | {"delay_s": 60}).json()["id"]
    for _ in range(2):
        cancelled = client.delete(f"/v1/jobs/{job}")
        assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    retried = client.post(f"/v1/jobs/{job}/retry")
    assert retried.status_code == 409
    assert "cancelled" in problem_of(retried)["detail"]


def test_a_failed_job_says_why_and_what_to_do_and_can_be_retried(web: Web) -> None:
    client = web.as_role()
    job = submit(client).json()["id"]
    make_failed(job)
    told = client.get(f"/v1/jobs/{job}").json()["error"]
    assert (told["error_class"], told["message"]) == ("rate_limit", "The model said later.")
    assert told["suggestion"]
    assert problem_of(client.delete(f"/v1/jobs/{job}"))["error_class"] == "conflict"
    retried = client.post(f"/v1/jobs/{job}/retry")
    assert (retried.status_code, retried.json()["state"]) == (202, "waiting")


def test_a_failed_job_whose_key_a_newer_one_has_is_not_retried(web: Web) -> None:
    client = web.as_role()
    first = client.post("/v1/stories", json=STORY).json()["job"]["id"]
    make_failed(first)
    second = client.post("/v1/stories", json=STORY).json()["job"]["id"]
    assert second != first
    assert client.post(f"/v1/jobs/{first}/retry").status_code == 409


def test_an_answer_that_is_not_there_yet_is_a_conflict(web: Web) -> None:
    client = web.as_role()
    answer = client.get(f"/v1/jobs/{submit(client).json()['id']}/answer")
    assert problem_of(answer)["error_class"] == "conflict"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("GET", "/answer"), ("DELETE", ""), ("POST", "/retry")]
)
def test_another_tenants_job_is_not_there(web: Web, method: str, path: str) -> None:
    theirs = submit(web.as_role("admin", "bolt")).json()["id"]
    make_failed(theirs)
    ours = web.as_role("admin", "acme")
    answer = ours.request(method, f"/v1/jobs/{theirs}{path}")
    missing = ours.request(method, f"/v1/jobs/{'0' * 26}{path}")
    assert answer.status_code == missing.status_code == 404
    assert answer.json() == missing.json() | {"detail": answer.json()["detail"]}
    assert ours.get("/v1/jobs").json()["items"] == []
    assert ours.get("/v1/stats").json()["jobs"]["failed"] == 0
    assert web.as_role("viewer", "bolt").get(f"/v1/jobs/{theirs}").json()["state"] == "failed"


@pytest.mark.parametrize("job_id", ["x", "%00", "..%2f..", "A" * 26, "0" * 5000, "%F0%9F%92%A9", "' OR 1=1"])
def test_what_is_no_id_is_nobodys(web: Web, job_id: str) -> None:
    assert problem_of(web.as_role().get(f"/v1/jobs/{job_id}"))["status"] == 404


def test_a_viewer_may_look_and_nothing_else(web: Web) -> None:
    viewer, job = web.as_role("viewer"), submit(web.as_role("operator")).json()["id"]
    assert viewer.get(f"/v1/jobs/{job}").status_code == 200
    refused = [
        submit(viewer),
        viewer.post("/v1/stories", json=STORY),
        viewer.delete(f"/v1/jobs/{job}"),
        viewer.post(f"/v1/jobs/{job}/retry"),
        viewer.get("/v1/llm/test"),
    ]
    assert [problem_of(answer)["error_class"] for answer in refused] == ["forbidden"] * 5
    assert viewer.get(f"/v1/jobs/{job}").json()["state"] == "waiting"
