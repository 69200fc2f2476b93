"""The web under test: the real app behind a real socket, and clients that hold keys of its tenants."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import uvicorn
from sqlalchemy import select

from models.causes import fingerprint
from models.database import clock, writing
from models.schema import jobs
from models.tenants import create_key, ensure_tenant

JSON = {"content-type": "application/json"}
STARTS_WITHIN_S = 10.0
ENDED = {"completed", "failed", "cancelled"}


@dataclass
class Web:
    """A served app; `as_role` gives a client that sends a fresh key of that tenant and role.

    A tenant's name is this `Web`'s own: two tests on one app meet in no tenant.
    """

    port: int
    own: str = field(default_factory=lambda: uuid4().hex[:8])
    _clients: list[httpx.Client] = field(default_factory=list)

    def tenant(self, name: str = "acme") -> str:
        return f"{name}-{self.own}"

    def key(self, role: str = "operator", tenant: str = "acme") -> str:
        tenant_id = self.tenant(tenant)
        with writing() as connection:
            ensure_tenant(connection, tenant_id)
            return create_key(connection, tenant_id=tenant_id, name="test", role=role)

    def as_role(self, role: str = "operator", tenant: str = "acme") -> httpx.Client:
        return self.client(authorization=f"Bearer {self.key(role, tenant)}")

    def client(self, **headers: str) -> httpx.Client:
        made = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=20)
        self._clients.append(made)
        return made

    def close(self) -> None:
        for client in self._clients:
            client.close()


@contextmanager
def serving() -> Iterator[Web]:
    """Serve the app on a free loopback port from a thread of this process, so settings are the test's."""
    from web.app import create_app

    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(), log_level="error", server_header=False))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    deadline = time.monotonic() + STARTS_WITHIN_S
    while not server.started:
        assert time.monotonic() < deadline, "the web server did not start"
        time.sleep(0.01)
    web = Web(listening.getsockname()[1])
    try:
        yield web
    finally:
        web.close()
        server.should_exit = True
        thread.join(STARTS_WITHIN_S)


def ended(client: httpx.Client, job_id: str, within_s: float = 20) -> dict[str, Any]:
    """The job once it has ended."""
    deadline = time.monotonic() + within_s
    while (job := client.get(f"/v1/jobs/{job_id}").json())["state"] not in ENDED:
        assert time.monotonic() < deadline, f"the job is still {job['state']}"
        time.sleep(0.02)
    found: dict[str, Any] = job
    return found


def make_failed(job_id: str, error_class: str = "rate_limit") -> None:
    """Let a job have failed, as a worker would have left it."""
    message = "The model said later."
    values = {"state": "failed", "error_class": error_class, "error_message": message, "lease_until_ms": None}
    with writing() as connection:
        analysis = connection.execute(select(jobs.c.analysis).where(jobs.c.id == job_id)).scalar_one()
        values |= {
            "fingerprint": fingerprint(analysis, error_class, message),
            "finished_at_ms": clock(connection),
        }
        connection.execute(jobs.update().where(jobs.c.id == job_id).values(values))


def problem_of(response: httpx.Response) -> dict[str, Any]:
    """The problem that a response must be, with all its parts."""
    assert response.headers["content-type"] == "application/problem+json", response.text[:300]
    told: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail", "error_class", "suggestion"} <= set(told)
    assert told["status"] == response.status_code
    assert all(told[name] for name in ("title", "detail", "error_class", "suggestion"))
    return told
