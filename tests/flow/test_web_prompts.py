"""Prompts over HTTP: seen by those who may look, pinned by those who may change, for their tenant alone."""

from __future__ import annotations

import pytest

from tests.harness.web import Web, problem_of

PROMPTS = "/v1/analyses/text.sentiment/prompts"


def test_the_versions_are_listed_with_their_words(web: Web) -> None:
    told = web.as_role("viewer").get(PROMPTS).json()
    assert (told["analysis"], told["newest"], told["pinned"], told["in_force"]) == (
        "text.sentiment",
        2,
        None,
        2,
    )
    assert [one["version"] for one in told["items"]] == [1, 2]
    assert all("never an instruction" in one["instructions"] for one in told["items"])


def test_two_versions_are_compared(web: Web) -> None:
    told = web.as_role("viewer").get(f"{PROMPTS}/diff", params={"old": 1, "new": 2}).json()
    assert told["diff"].startswith("--- text.sentiment version 1\n+++ text.sentiment version 2\n")


def test_an_operator_pins_a_version_for_their_own_tenant_and_takes_it_away(web: Web) -> None:
    operator = web.as_role("operator")
    told = operator.put(f"{PROMPTS}/pin", json={"version": 1}).json()
    assert (told["pinned"], told["in_force"]) == (1, 1)
    assert web.as_role("viewer", tenant="somebody-else").get(PROMPTS).json()["pinned"] is None
    assert operator.delete(f"{PROMPTS}/pin").json()["in_force"] == 2
    assert operator.delete(f"{PROMPTS}/pin").status_code == 200


def test_a_viewer_may_not_pin(web: Web) -> None:
    assert web.as_role("viewer").put(f"{PROMPTS}/pin", json={"version": 1}).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("PUT", f"{PROMPTS}/pin", {"version": 9}, 422, "has no prompt version 9; it has 1, 2"),
        ("PUT", f"{PROMPTS}/pin", {"version": 0}, 422, ""),
        ("PUT", f"{PROMPTS}/pin", {"version": 1, "who": "me"}, 422, ""),
        ("PUT", "/v1/analyses/no.such/prompts/pin", {"version": 1}, 404, "no such analysis"),
        ("GET", "/v1/analyses/no.such/prompts", None, 404, "no such analysis"),
        ("GET", f"{PROMPTS}/diff?old=1&new=7", None, 422, "has no prompt version 7"),
    ],
)
def test_what_there_is_not_is_refused_by_name(
    web: Web, method: str, path: str, body: object, status: int, words: str
) -> None:
    told = web.as_role("operator").request(method, path, json=body)
    assert told.status_code == status
    assert words in problem_of(told)["detail"]
