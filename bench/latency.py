"""One story over HTTP on an idle machine: from POST to completed, as a client sees it."""

from __future__ import annotations

import subprocess
import sys
import time

import httpx

from bench.ground import ROOT, ground, percentiles, workers

PORT = 8471
STORY = (
    "A small team in Lyon built a mail filter that asks before it hides anything. Lost mail fell by a third."
)


def over_http(kind: str, stories: int) -> dict[str, object]:
    """p50 and p99 in milliseconds of POST /v1/stories until GET /v1/jobs/{id} says completed."""
    with ground(kind), workers("actors", "pipelines", "scheduler"):
        server = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "web.app:app", "--port", str(PORT), "--log-level", "warning"],
            cwd=ROOT,
        )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{PORT}", headers=_login()) as client:
                _until_up(client)
                took_ms = [_one(client, number) for number in range(stories + 5)][5:]
        finally:
            server.terminate()
            server.wait(20)
    rounded = {name: round(value, 1) for name, value in percentiles(took_ms).items()}
    return {"bench": "post_to_completed", "database": kind, "stories": stories, **rounded}


def _one(client: httpx.Client, number: int) -> float:
    start = time.perf_counter()
    posted = client.post("/v1/stories", json={"title": f"Inbox {number}", "text": STORY})
    posted.raise_for_status()
    while client.get(posted.headers["location"]).json()["state"] != "completed":
        time.sleep(0.004)
    took_ms = (time.perf_counter() - start) * 1000
    time.sleep(0.05)
    return took_ms


def _login() -> dict[str, str]:
    from models.database import writing
    from models.tenants import create_key, ensure_tenant

    with writing() as connection:
        ensure_tenant(connection)
        key = create_key(connection, tenant_id="default", name="bench", role="operator")
    return {"Authorization": f"Bearer {key}"}


def _until_up(client: httpx.Client) -> None:
    for _ in range(300):
        try:
            if client.get("/livez").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError("the web server did not come up")
