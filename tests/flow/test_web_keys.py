"""Keys and headers: nothing without a key, nothing with a revoked one, and no word too many."""

from __future__ import annotations

import pytest

from models.database import writing
from models.tenants import list_keys, revoke_key
from tests.harness.web import Web, problem_of

NEEDS_A_KEY = [
    *(("POST", path) for path in ("/v1/stories", "/v1/jobs", "/v1/jobs/x/retry")),
    *(("GET", f"/v1/{path}") for path in ("jobs", "jobs/x", "jobs/x/answer", "analyses", "stats", "health")),
    ("GET", "/v1/llm/test"),
    ("DELETE", "/v1/jobs/x"),
]


@pytest.mark.parametrize(("method", "path"), NEEDS_A_KEY)
def test_without_a_key_every_call_is_refused(web: Web, method: str, path: str) -> None:
    answer = web.client().request(method, path, json={} if method == "POST" else None)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert problem_of(answer)["error_class"] == "unauthenticated"


@pytest.mark.parametrize(
    "sent",
    [
        "Bearer",
        "Bearer gm_nobodyhasthiskeyatall0",
        "Basic Z206eA==",
        "Bearer \xe4\xff",
        "gm_x",
        "Bearer " + "g" * 9000,
    ],
)
def test_what_is_not_a_living_key_is_refused(web: Web, sent: str) -> None:
    answer = web.client().get("/v1/jobs", headers={"authorization": sent.encode("latin-1")})
    assert problem_of(answer)["status"] == 401


def test_a_key_in_the_address_is_not_looked_at(web: Web) -> None:
    assert web.client().get(f"/v1/jobs?key={web.key()}&authorization=Bearer+{web.key()}").status_code == 401


def test_a_revoked_key_is_refused_from_the_next_request_on(web: Web) -> None:
    client = web.as_role()
    assert client.get("/v1/jobs").status_code == 200
    with writing() as connection:
        tenant = web.tenant()
        revoke_key(connection, tenant, str(list_keys(connection, tenant)[0]["id"]))
    assert client.get("/v1/jobs").status_code == 401


@pytest.mark.parametrize("path", ["/livez", "/login", "/v1/jobs", "/nowhere", "/static/style.css"])
def test_every_answer_carries_the_headers_that_protect_a_browser(web: Web, path: str) -> None:
    headers = web.client().get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "server" not in headers
    assert headers["cache-control"] in ("no-store", "no-cache")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nowhere", 404),
        ("PUT", "/v1/jobs", 405),
        ("GET", "/v1/stories", 405),
        ("TRACE", "/v1/jobs", 405),
    ],
)
def test_a_wrong_address_or_method_is_a_problem_too(web: Web, method: str, path: str, status: int) -> None:
    assert problem_of(web.as_role().request(method, path))["status"] == status


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/v1/jobs", "GET, POST"), (f"/v1/jobs/{'0' * 26}", "DELETE, GET"), ("/v1/stories", "POST")],
)
def test_a_wrong_method_is_told_all_that_are_right(web: Web, path: str, allowed: str) -> None:
    assert web.as_role().put(path).headers["allow"] == allowed
