"""Evaluations over HTTP: listed by pages, looked at, compared; always the caller's own tenant's."""

from __future__ import annotations

from typing import Any

import pytest

from analyses import get_analysis
from analyses.evaluation import choose
from pipelines.evaluations import Trial, keep, measure
from tests.harness.web import Web, problem_of

SENTIMENT = get_analysis("text.sentiment")
GOLDS = ["positive", "negative"]


def stored(web: Web, name: str, texts: tuple[str, str] = ("I love it", "I hate it"), **changes: Any) -> str:
    answers = [SENTIMENT.local(SENTIMENT.parse_content({"text": text})) for text in texts]
    told: dict[str, Any] = {"file_name": "rows.jsonl", "digest": "d", "label": "label", "answerer": "local"}
    trial = Trial(analysis="text.sentiment", name=name, tenant=web.tenant(), **told | changes)
    return str(keep(trial, measure(choose(SENTIMENT.answer, GOLDS), GOLDS, answers)).id)


def test_runs_are_listed_by_pages_newest_first(web: Web) -> None:
    ids = [stored(web, f"run {n}") for n in range(3)]
    client = web.as_role("viewer")
    first = client.get("/v1/evaluations", params={"limit": 2}).json()
    assert [one["id"] for one in first["items"]] == ids[:0:-1]
    rest = client.get("/v1/evaluations", params={"limit": 2, "cursor": first["next"]}).json()
    assert ([one["id"] for one in rest["items"]], rest["next"]) == (ids[:1], None)
    assert client.get("/v1/evaluations", params={"analysis": "story.enhance"}).json()["items"] == []


def test_a_run_is_looked_at_by_id_or_name_and_names_the_figure_that_counts(web: Web) -> None:
    run_id = stored(web, "alone", answerer="p/m", prompt_version=2)
    client = web.as_role("viewer")
    told = client.get(f"/v1/evaluations/{run_id}").json()
    assert told == client.get("/v1/evaluations/alone").json()
    assert (told["answerer"], told["prompt_version"], told["headline"]) == ("p/m", 2, "accuracy")
    assert told["figures"]["accuracy"] == 1.0
    assert "outcomes" not in told


def test_two_runs_are_compared(web: Web) -> None:
    stored(web, "worse", ("I love it", "I love it"))
    stored(web, "better")
    told = web.as_role("viewer").get("/v1/evaluations/compare?first=worse&second=better").json()
    assert (told["difference"], told["first"]["name"], told["sure"]) == (0.5, "worse", False)


def test_what_cannot_be_compared_and_what_is_not_there_is_refused(web: Web) -> None:
    stored(web, "one")
    stored(web, "other", digest="another")
    client = web.as_role("viewer")
    refused = client.get("/v1/evaluations/compare?first=one&second=other")
    assert refused.status_code == 422
    assert "differ in rows" in problem_of(refused)["detail"]
    assert client.get("/v1/evaluations/none").status_code == 404
    assert client.get("/v1/evaluations?cursor=no").status_code == 422


@pytest.mark.parametrize("path", ["/v1/evaluations/mine", "/v1/evaluations/compare?first=mine&second=mine"])
def test_another_tenants_run_is_not_there(web: Web, path: str) -> None:
    stored(web, "mine")
    assert web.as_role("admin", tenant="somebody-else").get(path).status_code == 404
