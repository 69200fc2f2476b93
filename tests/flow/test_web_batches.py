"""Batches over HTTP without workers: one body or a stream of lines, bad rows, pages, cancel, retry, roles."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from models.database import reading, writing
from models.schema import batches, jobs
from tests.harness.web import Web, make_failed, problem_of
from tests.steps.rows import at_once

ROWS = [{"id": str(number), "text": f"It works well, time {number}."} for number in range(5)]
ASKED = {"analysis": "text.sentiment", "rows": ROWS}
LINES = {"content-type": "application/x-ndjson"}
STREAMED = "/v1/batches?analysis=text.sentiment"


def lines(count: int, *, bad: int = 0) -> Iterator[bytes]:
    """So many rows, sent as they are made; row `bad` (from 1) has no text."""
    for number in range(1, count + 1):
        row = {"id": str(number)} | ({} if number == bad else {"text": f"It works well, time {number}."})
        yield json.dumps(row).encode() + b"\n"


def open_jobs(batch_id: str) -> int:
    with reading() as connection:
        left = (jobs.c.batch_id == batch_id, jobs.c.finished_at_ms.is_(None))
        return int(connection.execute(select(func.count()).select_from(jobs).where(*left)).scalar_one())


def refusal(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    return problem_of(response)


def newest_batch() -> Any:
    with reading() as connection:
        return connection.execute(select(*batches.c).order_by(batches.c.id.desc()).limit(1)).one()


def test_a_batch_in_one_body_is_taken_and_found_at_its_location(web: Web) -> None:
    client = web.as_role()
    taken = client.post("/v1/batches", json=ASKED | {"failure_tolerance": 2, "retry_failed": 1})
    assert taken.status_code == 202, taken.text
    found = client.get(taken.headers["location"]).json()
    assert (found["total"], found["outcome"], found["submitted"], found["progress"]) == (5, None, True, 0)
    assert (found["failure_tolerance"], found["retry_failed"]) == (2, 1)
    assert found["eta_s"] is None
    assert found["eta_hidden"].startswith("too early")


def test_plain_texts_are_rows_and_no_rows_are_a_batch_that_is_over(web: Web) -> None:
    client = web.as_role()
    taken = client.post("/v1/batches", json={"analysis": "text.sentiment", "rows": ["one", "two"]}).json()
    assert (taken["total"], taken["outcome"]) == (2, None)
    empty = client.post("/v1/batches", json={"analysis": "text.sentiment", "rows": []}).json()
    assert (empty["total"], empty["outcome"], empty["eta_s"]) == (0, "completed", 0.0)


def test_members_come_in_the_order_of_their_rows_page_by_page(web: Web) -> None:
    client = web.as_role()
    at = client.post("/v1/batches", json=ASKED).headers["location"]
    first = client.get(f"{at}/members", params={"limit": 3}).json()
    rest = client.get(f"{at}/members", params={"limit": 3, "cursor": first["next"]}).json()
    assert [m["job"]["external_id"] for m in [*first["items"], *rest["items"]]] == ["0", "1", "2", "3", "4"]
    assert rest["next"] is None
    assert {member["answer"] for member in first["items"]} == {None}


def test_lines_beyond_one_body_are_stored_as_they_come(web: Web) -> None:
    client = web.as_role()
    taken = client.post(
        f"{STREAMED}&parallel_limit=3&notify=file:a.jsonl", content=lines(1_203), headers=LINES
    )
    assert taken.status_code == 202, taken.text
    assert (taken.json()["total"], taken.json()["parallel_limit"]) == (1_203, 3)
    row = newest_batch()
    assert (row.sealed, row.channels, row.tolerance_share) == (True, ["file:a.jsonl"], 0.2)


def test_a_stream_larger_than_a_body_may_be_takes_little_memory(web: Web) -> None:
    client, filler = web.as_role(), "It works well. " * 400

    def large() -> Iterator[bytes]:
        for number in range(2_000):
            yield json.dumps({"text": f"{number} {filler}"}).encode() + b"\n"

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    taken = client.post(STREAMED, content=large(), headers=LINES)
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert taken.status_code == 202, taken.text
    assert taken.json()["total"] == 2_000
    print(f"12 MB of lines, {grown_mb:.0f} MB more at most")
    assert grown_mb < 60


@pytest.mark.parametrize("bad", [1, 700])
def test_a_bad_line_says_its_number_and_nothing_of_the_batch_stays_running(web: Web, bad: int) -> None:
    client = web.as_role()
    refused = client.post(STREAMED, content=lines(900, bad=bad), headers=LINES)
    told = refusal(refused, 422)
    assert told["detail"].startswith(f"Row {bad}: ")
    row = newest_batch()
    assert (row.outcome, open_jobs(row.id)) == ("cancelled", 0)


def test_a_line_that_is_no_json_says_its_number(web: Web) -> None:
    client = web.as_role()
    refused = client.post(STREAMED, content=b'{"text": "fine"}\n\n{"text": \n', headers=LINES)
    assert refusal(refused, 400)["detail"].startswith("Row 2: ")
    assert newest_batch().outcome == "cancelled"


def test_a_bad_row_in_one_body_says_its_number(web: Web) -> None:
    client = web.as_role()
    refused = client.post("/v1/batches", json=ASKED | {"rows": [*ROWS, {"id": "6"}]})
    assert refusal(refused, 422)["detail"].startswith("Row 6: ")
    row = newest_batch()
    assert (row.outcome, open_jobs(row.id)) == ("cancelled", 0)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"parallel_limit": 0}, "parallel_limit"),
        ({"retry_failed": -1}, "retry_failed"),
        ({"rows": None}, "rows"),
        ({"unknown": 1}, "unknown"),
        ({"failure_tolerance": "many"}, "failure_tolerance"),
    ],
    ids=str,
)
def test_an_option_that_makes_no_sense_is_named(web: Web, change: dict[str, Any], field: str) -> None:
    told = refusal(web.as_role().post("/v1/batches", json=ASKED | change), 422)
    assert field in told["errors"][0]["field"]


def test_other_kinds_of_bodies_analyses_and_shares_are_refused(web: Web) -> None:
    client = web.as_role()
    refusal(client.post("/v1/batches", content=b"x", headers={"content-type": "text/csv"}), 415)
    refusal(client.post("/v1/batches", json=ASKED | {"analysis": "no.such"}), 422)
    refusal(client.post("/v1/batches", json=ASKED | {"failure_tolerance": 1.5}), 422)
    refusal(client.post("/v1/batches", content=b"x", headers=LINES), 422)
    refusal(client.post("/v1/batches", content=b"[1, 2", headers={"content-type": "application/json"}), 400)


def test_a_batch_is_cancelled_at_once_while_nothing_of_it_runs_and_again_without_harm(web: Web) -> None:
    client = web.as_role()
    at = client.post("/v1/batches", json=ASKED).headers["location"]
    gone = client.delete(at)
    assert (gone.status_code, gone.json()["outcome"], gone.json()["cancelled"]) == (200, "cancelled", 5)
    assert client.delete(at).status_code == 200


def test_a_batch_that_has_ended_is_not_cancelled_and_its_failures_run_again(web: Web) -> None:
    client = web.as_role()
    at = client.post("/v1/batches", json=ASKED | {"rows": ROWS[:1]}).headers["location"]
    (member,) = client.get(f"{at}/members").json()["items"]
    make_failed(member["job"]["id"])
    with writing() as connection:
        ended = {"failed": 1, "outcome": "failed", "finished_at_ms": 1}
        connection.execute(update(batches).where(batches.c.id == member["job"]["batch_id"]).values(ended))
    refusal(client.delete(at), 409)
    again = client.post(f"{at}/retry-failed")
    assert (again.status_code, again.json()["retried"], again.json()["batch"]["outcome"]) == (202, 1, None)


def test_batches_are_listed_newest_first_and_only_the_tenants_own(web: Web) -> None:
    mine, other = web.as_role(), web.as_role(tenant="other")
    made = [mine.post("/v1/batches", json=ASKED).json()["id"] for _ in range(3)]
    listed = mine.get("/v1/batches", params={"limit": 2}).json()
    assert [item["id"] for item in listed["items"]] == [made[2], made[1]]
    rest = mine.get("/v1/batches", params={"cursor": listed["next"]}).json()
    assert [item["id"] for item in rest["items"]][:1] == [made[0]]
    assert other.get("/v1/batches").json()["items"] == []
    at = f"/v1/batches/{made[0]}"
    for refused in (
        other.get(at),
        other.get(f"{at}/members"),
        other.delete(at),
        other.post(f"{at}/retry-failed"),
    ):
        refusal(refused, 404)
    assert mine.get(at).json()["outcome"] is None


def test_a_viewer_looks_and_changes_nothing(web: Web) -> None:
    at = web.as_role().post("/v1/batches", json=ASKED).headers["location"]
    viewer = web.as_role("viewer")
    assert viewer.get(at).status_code == 200
    refusal(viewer.post("/v1/batches", json=ASKED), 403)
    refusal(viewer.post(STREAMED, content=lines(3), headers=LINES), 403)
    refusal(viewer.delete(at), 403)


def test_a_repeated_request_gives_the_batch_that_the_first_made_and_another_is_refused(web: Web) -> None:
    client = web.as_role()
    key = {"Idempotency-Key": "batch of monday"}
    first = client.post("/v1/batches", json=ASKED, headers=key)
    again = client.post("/v1/batches", json=ASKED, headers=key)
    assert (first.status_code, again.status_code) == (202, 200), again.text
    assert (first.json()["existing"], again.json()["existing"]) == (False, True)
    assert again.json()["id"] == first.json()["id"] == newest_batch().id
    assert again.headers["location"] == first.headers["location"]
    assert again.json()["total"] == 5
    other = client.post("/v1/batches", json=ASKED | {"retry_failed": 1}, headers=key)
    assert "came before with another request" in refusal(other, 422)["detail"]
    assert client.post("/v1/batches", json=ASKED).json()["id"] != first.json()["id"]


def test_a_repeated_stream_is_not_read_and_a_broken_one_gives_its_key_back(web: Web) -> None:
    client = web.as_role()
    told = LINES | {"Idempotency-Key": "stream"}
    broken = client.post(STREAMED, content=lines(3, bad=2), headers=told)
    assert broken.status_code == 422, broken.text
    made = client.post(STREAMED, content=lines(3), headers=told)
    again = client.post(STREAMED, content=lines(3), headers=told)
    assert (made.status_code, again.status_code) == (202, 200), again.text
    assert (again.json()["id"], again.json()["total"]) == (made.json()["id"], 3)


def test_the_same_request_many_times_at_once_makes_one_batch(web: Web) -> None:
    def ask(_: int) -> str:
        taken = web.as_role().post("/v1/batches", json=ASKED, headers={"Idempotency-Key": "at once"})
        return str(taken.json()["id"])

    assert len(set(at_once(4, ask))) == 1
    assert newest_batch().total == 5


def test_what_follows_a_batch_is_stored_with_it_and_starts_when_it_has_ended(web: Web) -> None:
    client = web.as_role()
    following = {"analysis": "text.sentiment", "content": {"text": "All of it is done."}, "priority": "high"}
    taken = client.post("/v1/batches", json=ASKED | {"then": [following]}).json()
    (job_id,) = taken["then"]
    waiting = client.get(f"/v1/jobs/{job_id}").json()
    assert (waiting["state"], waiting["priority"], waiting["waiting"]["gate"]) == ("waiting", "high", "batch")
    client.delete(f"/v1/batches/{taken['id']}")
    with reading() as connection:
        row = connection.execute(select(jobs.c.gate, jobs.c.state).where(jobs.c.id == job_id)).one()
    assert (row.gate, row.state) == (None, "waiting")
    bad = client.post("/v1/batches", json=ASKED | {"then": [following | {"content": {"text": ""}}]})
    refusal(bad, 422)
