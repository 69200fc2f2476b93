"""Events over HTTP: a timeline as pages and as a stream that one may leave and come back to."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection

from models.control import cancel_batch, cancel_job
from models.database import transact
from models.tenants import list_keys, revoke_key
from pipelines import analyze_many
from tests.flow.conftest import Mill
from tests.harness.web import Web, problem_of
from web import streams
from web.serve import SHUTDOWN_S

SENTIMENT = {"analysis": "text.sentiment", "content": {"text": "It works well."}}
AS_STREAM = {"accept": "text/event-stream"}


@dataclass
class Told:
    """One server-sent event."""

    name: str | None
    id: int | None
    data: Any


@contextmanager
def streamed(client: httpx.Client, path: str, **headers: str) -> Iterator[Iterator[Told]]:
    with client.stream("GET", path, headers=AS_STREAM | headers) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _parsed(answer.iter_lines())


def _parsed(lines: Iterator[str]) -> Iterator[Told]:
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            yield Told("comment", None, None)
        elif line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            number = fields.get("id")
            yield Told(fields.get("event"), int(number) if number else None, json.loads(fields["data"]))
            fields = {}


def submit(client: httpx.Client, **changes: Any) -> str:
    return str(client.post("/v1/jobs", json=SENTIMENT | {"delay_s": 3600} | changes).json()["id"])


def test_a_jobs_timeline_comes_as_a_page(web: Web) -> None:
    client = web.as_role()
    job = submit(client)
    client.delete(f"/v1/jobs/{job}")
    page = client.get(f"/v1/jobs/{job}/events").json()
    assert [item["state"] for item in page["items"]] == ["scheduled", "cancelled"]
    assert page["next"] is None
    assert page["items"][1]["message"] == "Cancelled on request."
    first = client.get(f"/v1/jobs/{job}/events?limit=1").json()
    rest = client.get(f"/v1/jobs/{job}/events?cursor={first['next']}").json()
    assert first["items"] + rest["items"] == page["items"]


def test_a_stream_tells_the_past_then_what_happens_and_ends_with_the_job(web: Web) -> None:
    client = web.as_role()
    job = submit(client)
    with streamed(client, f"/v1/jobs/{job}/events") as told:
        first = next(told)
        assert first.data["state"] == "scheduled"
        transact(lambda connection: cancel_job(connection, web.tenant(), job))
        rest = list(told)
    assert [one.data.get("state") for one in rest] == ["cancelled", None]
    assert [one.name for one in rest] == [None, "end"]
    assert rest[0].id == rest[0].data["id"]


def test_a_client_that_comes_back_goes_on_where_it_was(web: Web) -> None:
    client = web.as_role()
    job = submit(client)
    with streamed(client, f"/v1/jobs/{job}/events") as told:
        seen = next(told)
    transact(lambda connection: cancel_job(connection, web.tenant(), job))
    with streamed(client, f"/v1/jobs/{job}/events", **{"last-event-id": str(seen.id)}) as told:
        rest = list(told)
    assert [one.data.get("state") for one in rest] == ["cancelled", None]
    over = client.get(f"/v1/jobs/{job}/events", headers=AS_STREAM | {"last-event-id": str(rest[0].id)})
    assert (over.status_code, over.content) == (204, b"")


def test_a_batchs_stream_ends_with_its_outcome(web: Web) -> None:
    client = web.as_role()
    batch = analyze_many("text.sentiment", ["a", "b", "c"], tenant=web.tenant()).submit()
    with streamed(client, f"/v1/batches/{batch.id}/events") as told:
        assert [next(told).data["state"] for _ in range(3)] == ["waiting"] * 3
        transact(lambda connection: cancel_batch(connection, web.tenant(), batch.id))
        rest = list(told)
    assert [one.data.get("state") for one in rest] == ["cancelled"] * 4 + [None]
    assert (rest[3].data["job_id"], rest[3].data["batch_id"]) == (None, batch.id)
    page = client.get(f"/v1/batches/{batch.id}/events").json()
    assert len(page["items"]) == 7


def test_the_tenants_stream_begins_with_the_present_and_tells_of_its_own_work_only(web: Web) -> None:
    client, other = web.as_role(), web.as_role(tenant="other")
    before = submit(client)
    with streamed(client, "/v1/events") as told:
        time.sleep(0.2)  # the stream has begun
        theirs, ours = submit(other), submit(client)
        found = next(told)
    assert (found.data["job_id"], found.data["state"]) == (ours, "scheduled")
    everything = client.get("/v1/events").json()["items"]
    assert [item["job_id"] for item in everything] == [before, ours]
    assert theirs not in {item["job_id"] for item in everything}


def test_a_silent_stream_is_kept_alive(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.1)
    client = web.as_role()
    with streamed(client, f"/v1/jobs/{submit(client)}/events") as told:
        assert [next(told).name for _ in range(3)] == [None, "comment", "comment"]


def test_a_stream_ends_when_its_key_is_revoked(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.1)
    client = web.as_role()

    def revoke_all(connection: Connection) -> None:
        for key in list_keys(connection, web.tenant()):
            revoke_key(connection, web.tenant(), str(key["id"]))

    with streamed(client, f"/v1/jobs/{submit(client)}/events") as told:
        next(told)
        transact(revoke_all)
        assert {one.name for one in told} <= {"comment"}


def test_more_streams_than_may_be_are_refused_and_those_that_end_make_room(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_AT_ONCE", len(streams._open) + 1)
    client, another = web.as_role(), web.as_role()
    job = submit(client)
    with streamed(client, f"/v1/jobs/{job}/events") as told:
        next(told)
        refused = another.get(f"/v1/jobs/{job}/events", headers=AS_STREAM)
        assert problem_of(refused)["status"] == 503
        assert refused.headers["retry-after"]
    deadline = time.monotonic() + 5
    while len(streams._open) >= streams.MOST_AT_ONCE:
        assert time.monotonic() < deadline, "the stream was not closed with its connection"
        time.sleep(0.02)


def test_streams_end_when_the_server_stops(web: Web) -> None:
    client = web.as_role()
    with streamed(client, f"/v1/jobs/{submit(client)}/events") as told:
        next(told)
        threading.Timer(0.1, streams.stop_all).start()
        assert list(told) == []


@pytest.mark.parametrize("path", ["/v1/jobs/{}/events", "/v1/batches/{}/events"])
@pytest.mark.parametrize("headers", [{}, AS_STREAM])
def test_another_tenants_events_are_not_there(web: Web, path: str, headers: dict[str, str]) -> None:
    theirs = submit(web.as_role(tenant="other"))
    batch = analyze_many("text.sentiment", ["a"], tenant=web.tenant("other")).submit()
    wanted = path.format(batch.id if "batches" in path else theirs)
    assert problem_of(web.as_role().get(wanted, headers=headers))["status"] == 404
    assert web.client().get(wanted, headers=headers).status_code == 401


@pytest.mark.parametrize("wrong", ["x", "-1", str(2**63)])
def test_a_wrong_last_event_id_is_named(web: Web, wrong: str) -> None:
    client = web.as_role()
    answer = client.get("/v1/events", headers=AS_STREAM | {"last-event-id": wrong})
    assert "Last-Event-ID" in problem_of(answer)["detail"] or "last" in problem_of(answer)["detail"]


def test_a_job_that_real_workers_run_is_told_step_by_step_as_it_happens(mill: Mill) -> None:
    client = mill.web.as_role()
    with streamed(client, "/v1/events") as told:
        time.sleep(0.2)  # the stream has begun
        job = submit(client, delay_s=0)
        begun_s = time.monotonic()
        seen = [next(told).data for _ in range(3)]
        took_s = time.monotonic() - begun_s
    assert [(one["job_id"], one["state"]) for one in seen] == [
        (job, "waiting"),
        (job, "running"),
        (job, "completed"),
    ]
    assert took_s < 10


def test_a_server_that_is_told_to_stop_waits_for_no_stream(web: Web) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "web.serve"]
    served = subprocess.Popen(command, env=os.environ | {"WEB_PORT": str(port)}, stderr=subprocess.DEVNULL)
    try:
        elsewhere = Web(port, own=web.own)
        client = elsewhere.as_role()
        wait_until_alive(client)
        with streamed(client, f"/v1/jobs/{submit(client)}/events") as told:
            next(told)
            served.send_signal(signal.SIGTERM)
            begun_s = time.monotonic()
            assert list(told) == []
        served.wait(10)
        assert time.monotonic() - begun_s < SHUTDOWN_S / 2
    finally:
        served.kill()
        elsewhere.close()


def wait_until_alive(client: httpx.Client) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if client.get("/livez").status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError("the web server did not start")
