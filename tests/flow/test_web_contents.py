"""Contents over HTTP: text kept at once, files and addresses read by jobs, editions, bounds and tenants."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import pytest

from tests.harness import files
from tests.harness.web import Web, problem_of
from tests.steps.driving import admit_now, run

URL = "https://example.org/story"


def shown(client: Any, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/v1/contents", params=query).json()["items"]
    return found


def answered(client: Any, job_id: str) -> dict[str, Any]:
    """The job's answer, once it ran in this process: the web may be just admitting it in vain."""
    deadline = time.monotonic() + 10
    while (told := client.get(f"/v1/jobs/{job_id}/answer")).status_code != 200:
        assert time.monotonic() < deadline, told.text
        run(admit_now())
    found: dict[str, Any] = told.json()["answer"]
    return found


def test_a_text_is_kept_at_once_and_found_at_its_location(web: Web) -> None:
    client = web.as_role()
    body = {
        "text": "Works well.\x00",
        "title": "T",
        "kind": "review",
        "name": "order 66",
        "fields": {"rating": 4},
    }
    taken = client.post("/v1/contents", json=body)
    assert taken.status_code == 201
    found = client.get(taken.headers["location"]).json()
    assert found == taken.json()
    assert found["body"] == {"text": "Works well.", "title": "T", "rating": 4}
    assert (found["kind"], found["place"], found["edition"]) == ("review", "order 66", 1)


def test_the_same_text_again_is_there_and_another_is_the_next_edition(web: Web) -> None:
    client = web.as_role()
    first = client.post("/v1/contents", json={"text": "One", "name": "n"})
    again = client.post("/v1/contents", json={"text": "One", "name": "n"})
    other = client.post("/v1/contents", json={"text": "Two", "name": "n"})
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 201)
    assert first.json()["id"] == again.json()["id"]
    (new,) = other.json()["editions"]
    assert (new["number"], new["before"], new["after"]) == (2, first.json()["id"], None)
    (old,) = client.get(first.headers["location"]).json()["editions"]
    assert old["after"] == other.json()["id"]


@pytest.mark.parametrize("in_form", [False, True])
def test_a_file_is_taken_and_read_by_a_job(web: Web, in_form: bool) -> None:
    client, data = web.as_role(), files.docx(["Fees are due."], title="Terms")
    query = {"analyses": "text.sentiment", "priority": "high"}
    if in_form:
        taken = client.post("/v1/contents", files={"file": ("terms.docx", data)}, params=query)
    else:
        binary = {"content-type": "application/octet-stream"}
        params = query | {"name": "terms.docx"}
        taken = client.post("/v1/contents", content=data, params=params, headers=binary)
    assert taken.status_code == 202
    job = taken.json()
    assert (job["analysis"], job["priority"]) == ("ingest", "high")
    assert taken.headers["location"] == f"/v1/jobs/{job['id']}"
    answer = answered(client, job["id"])
    assert list(answer["batches"]) == ["text.sentiment"]
    content = client.get(f"/v1/contents/{answer['contents'][0]['id']}").json()
    assert content["body"] == {"title": "Terms", "text": "Fees are due."}
    assert content["editions"][0]["original_id"] == answer["original_id"]
    assert (content["place"], content["editions"][0]["job_id"]) == ("terms.docx", job["id"])


def test_an_address_is_fetched_by_a_job(web: Web) -> None:
    taken = web.as_role().post(
        "/v1/contents", json={"url": URL, "analyses": ["story.enhance"], "delay_s": 3600}
    )
    assert taken.status_code == 202
    assert (taken.json()["analysis"], taken.json()["state"]) == ("ingest", "scheduled")


def test_an_idempotency_key_stands_for_one_upload(web: Web) -> None:
    client, key = web.as_role(), {"idempotency-key": "k", "content-type": "text/plain"}
    first = client.post("/v1/contents", content=b"Words.", headers=key)
    again = client.post("/v1/contents", content=b"Words.", headers=key)
    other = client.post("/v1/contents", content=b"Other words.", headers=key)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["id"] == again.json()["id"]
    assert problem_of(other)["status"] == 422


def test_contents_are_listed_newest_first_by_pages_and_kind(web: Web) -> None:
    client = web.as_role()
    for number in range(5):
        client.post("/v1/contents", json={"text": f"Text {number}", "kind": "note" if number % 2 else "text"})
    assert [item["kind"] for item in shown(client)] == ["text", "note", "text", "note", "text"]
    assert len(shown(client, kind="note")) == 2
    first = client.get("/v1/contents", params={"limit": 3}).json()
    rest = client.get("/v1/contents", params={"limit": 3, "cursor": first["next"]}).json()
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (3, 2, None)


def test_another_tenants_content_is_not_there(web: Web) -> None:
    ours, theirs = web.as_role(tenant="ours"), web.as_role(tenant="theirs")
    place = ours.post("/v1/contents", json={"text": "Secret"}).headers["location"]
    assert problem_of(theirs.get(place))["status"] == 404
    assert shown(theirs) == []


def test_what_a_job_is_told_is_no_content(web: Web) -> None:
    client = web.as_role()
    job = client.post("/v1/contents", content=b"Words.", headers={"content-type": "text/plain"}).json()
    assert problem_of(client.get(f"/v1/contents/{job['content_id']}"))["status"] == 404
    assert shown(client) == []


def test_a_viewer_reads_and_does_not_add(web: Web) -> None:
    viewer = web.as_role("viewer")
    assert viewer.get("/v1/contents").status_code == 200
    assert problem_of(viewer.post("/v1/contents", json={"text": "x"}))["status"] == 403
    assert problem_of(viewer.post("/v1/contents", content=b"x"))["status"] == 403
    assert problem_of(web.client().post("/v1/contents", content=b"x"))["status"] == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "x", "url": URL},
        {"text": " \n "},
        {"text": "x", "kind": "No Kind"},
        {"text": "x" * 2_000_001},
        {"text": "x", "analyses": ["text.sentiment"]},
        {"url": "ftp://example.org/"},
        {"url": "http://u:p@example.org/"},
        {"url": URL, "analyses": ["no.such"]},
        {"url": URL, "unknown": 1},
    ],
)
def test_a_body_that_will_not_do_is_a_clear_422(web: Web, body: dict[str, Any]) -> None:
    problem = problem_of(web.as_role().post("/v1/contents", json=body))
    assert problem["status"] == 422
    assert "u:p" not in json.dumps(problem)


def test_an_upload_that_is_empty_or_has_no_file_is_refused(web: Web) -> None:
    client = web.as_role()
    assert problem_of(client.post("/v1/contents", content=b""))["status"] == 422
    form = {"content-type": "multipart/form-data; boundary=b"}
    fields = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--b--\r\n'
    assert problem_of(client.post("/v1/contents", content=fields, headers=form))["status"] == 422
    broken = client.post("/v1/contents", content=b"no form", headers=form)
    assert problem_of(broken)["status"] in (400, 422)


def test_an_upload_may_be_large_but_not_without_bound(web: Web) -> None:
    client, plain = web.as_role(), {"content-type": "text/plain"}
    taken = client.post("/v1/contents", content=b"words " * 2_000_000, headers=plain)  # 12 MB
    assert taken.status_code == 202
    with socket.create_connection(("127.0.0.1", web.port)) as raw:
        raw.sendall(b"POST /v1/contents HTTP/1.1\r\nHost: x\r\nContent-Length: 60000000\r\n\r\n")
        raw.settimeout(5)
        assert b"413" in raw.recv(100)


def test_a_json_body_keeps_its_own_bound(web: Web) -> None:
    refused = web.as_role().post("/v1/contents", json={"text": "x", "fields": {"y": "z" * 6_000_000}})
    assert problem_of(refused)["status"] == 413


def test_the_description_names_all_three_kinds_of_body(web: Web) -> None:
    described = web.client().get("/openapi.json").json()["paths"]["/v1/contents"]["post"]
    kinds = {"application/json", "application/octet-stream", "multipart/form-data"}
    assert set(described["requestBody"]["content"]) == kinds
