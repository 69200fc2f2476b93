"""Money over HTTP, without workers: estimates, credits, budgets and spending of the caller's own tenant."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from models.charges import Charged, charge, day_of
from models.database import clock, writing
from tests.harness.environment import environment
from tests.harness.web import Web, problem_of

ROWS = [{"text": "It works well."}, "It broke at once."]
SENTIMENT = {"analysis": "text.sentiment", "content": {"text": "It works well."}}
DAY_MS = 86_400_000


@pytest.fixture(autouse=True)
def _priced() -> Iterator[None]:
    """A model that is asked and has a price; no call is made, for there are no workers."""
    prices = '{"scripted/gpt-5-mini": {"input": 1, "output": 10}}'
    with environment(LLM_PROVIDER="scripted", MODEL_PRICES=prices):
        yield


def pay(web: Web, micro: int, *, analysis: str = "text.sentiment", saved: int = 0, days_ago: int = 0) -> str:
    with writing() as connection:
        at_ms = clock(connection) - days_ago * DAY_MS
        used = {"cost_micro": micro, "saved_micro": saved, "is_reused": bool(saved)}
        paid = Charged(web.tenant(), "job", "r", analysis, "scripted", "gpt-5-mini", **used)
        charge(connection, [paid], at_ms)
    return day_of(at_ms)


def test_a_batch_is_estimated_and_nothing_is_stored(web: Web) -> None:
    client = web.as_role("viewer")
    told = client.post("/v1/batches/estimate", json={"analysis": "text.sentiment", "rows": ROWS}).json()
    assert (told["answerer"], told["jobs"], told["credits"]) == ("scripted/gpt-5-mini", 2, 2)
    assert told["tokens"] > 1_200
    assert told["cost_micro"] > 12_000
    assert (told["price_known"], told["balance"], told["budgets"], told["obstacles"]) == (True, None, [], [])
    assert client.get("/v1/jobs").json()["items"] == []


def test_an_estimate_says_what_stands_in_its_way(web: Web) -> None:
    admin = web.as_role("admin")
    admin.post("/v1/credits", json={"amount": 1})
    admin.put("/v1/budgets/day", json={"limit_micro": 1_000})
    told = admin.post("/v1/batches/estimate", json={"analysis": "text.sentiment", "rows": ROWS}).json()
    assert told["balance"] == 1
    assert [one["left_micro"] for one in told["budgets"]] == [1_000]
    assert len(told["obstacles"]) == 2


@pytest.mark.parametrize(
    "body",
    [
        {"analysis": "text.sentiment", "rows": [{"text": "fine"}, {"text": ""}]},
        {"analysis": "no.such", "rows": ROWS},
        {"analysis": "text.sentiment", "rows": [1]},
        {"analysis": "text.sentiment"},
        {"analysis": "text.sentiment", "rows": ["x"] * 10_001},
    ],
    ids=["a row", "the analysis", "a number", "no rows", "too many"],
)
def test_a_wrong_estimate_is_refused(web: Web, body: dict[str, Any]) -> None:
    answer = web.as_role("viewer").post("/v1/batches/estimate", json=body)
    assert problem_of(answer)["status"] == 422


def test_a_bad_row_is_named(web: Web) -> None:
    body = {"analysis": "text.sentiment", "rows": [{"text": "fine"}, {"text": ""}]}
    assert "Row 2" in problem_of(web.as_role("viewer").post("/v1/batches/estimate", json=body))["detail"]


def test_credits_are_granted_and_their_ledger_is_read_in_pages(web: Web) -> None:
    admin, viewer = web.as_role("admin"), web.as_role("viewer")
    assert viewer.get("/v1/credits").json() == {"balance": None, "items": [], "next": None}
    for amount in (5, 2, 3):
        told = admin.post("/v1/credits", json={"amount": amount, "note": f"for {amount}"}).json()
    assert (told["balance"], [one["amount"] for one in told["items"]]) == (10, [3, 2, 5])
    first = viewer.get("/v1/credits?limit=2").json()
    assert [(one["amount"], one["note"]) for one in first["items"]] == [(3, "for 3"), (2, "for 2")]
    rest = viewer.get(f"/v1/credits?limit=2&cursor={first['next']}").json()
    assert ([one["amount"] for one in rest["items"]], rest["next"]) == ([5], None)


def test_twenty_grants_at_once_under_one_idempotency_key_grant_once(web: Web) -> None:
    admin, key = web.as_role("admin"), {"idempotency-key": "november"}
    with ThreadPoolExecutor(10) as pool:
        told = list(pool.map(lambda _: admin.post("/v1/credits", json={"amount": 5}, headers=key), range(20)))
    assert {answer.status_code for answer in told} == {200}
    assert admin.get("/v1/credits").json()["balance"] == 5
    other = admin.post("/v1/credits", json={"amount": 6}, headers=key)
    assert problem_of(other)["error_class"] == "conflict"
    assert admin.post("/v1/credits", json={"amount": 5}).json()["balance"] == 10


def test_budgets_are_set_looked_at_and_lifted(web: Web) -> None:
    admin, viewer = web.as_role("admin"), web.as_role("viewer")
    pay(web, 300)
    told = admin.put("/v1/budgets/month", json={"limit_micro": 1_000}).json()["items"]
    assert [(one["period"], one["spent_micro"], one["left_micro"]) for one in told] == [("month", 300, 700)]
    assert viewer.get("/v1/budgets").json()["items"] == told
    assert admin.delete("/v1/budgets/month").json()["items"] == []
    assert admin.delete("/v1/budgets/month").status_code == 200


def test_spending_is_told_by_day_analysis_and_model(web: Web) -> None:
    viewer = web.as_role("viewer")
    yesterday, today = pay(web, 5, days_ago=1), pay(web, 7)
    pay(web, 0, saved=7)
    pay(web, 11, analysis="story.enhance")
    pay(web, 100, days_ago=40)
    told = viewer.get("/v1/spend").json()
    assert [(one["day"], one["cost_micro"]) for one in told["items"]] == [(yesterday, 5), (today, 18)]
    assert (told["total"]["calls"], told["total"]["reused"], told["total"]["saved_micro"]) == (3, 1, 7)
    parted = viewer.get("/v1/spend?by=analysis&by=model").json()["items"]
    found = [(one["analysis"], one["model"], one["cost_micro"], one["day"]) for one in parted]
    assert found == [
        ("story.enhance", "gpt-5-mini", 11, None),
        ("text.sentiment", "gpt-5-mini", 12, None),
    ]
    only = viewer.get(f"/v1/spend?first={yesterday}&last={yesterday}").json()
    assert (only["first"], only["total"]["cost_micro"]) == (yesterday, 5)


@pytest.mark.parametrize(
    "query",
    ["first=2026-02-30", "by=tenant", "first=2026-02-01&last=2026-01-01", "first=2020-01-01&last=2026-01-01"],
)
def test_wrong_days_are_refused(web: Web, query: str) -> None:
    assert problem_of(web.as_role("viewer").get(f"/v1/spend?{query}"))["status"] == 422


def test_the_first_day_of_the_calendar_is_no_trouble(web: Web) -> None:
    assert web.as_role("viewer").get("/v1/spend?last=0001-01-02").json()["total"]["calls"] == 0


def test_a_job_tells_its_estimate_and_cost(web: Web) -> None:
    client = web.as_role()
    made = client.post("/v1/jobs", json=SENTIMENT | {"delay_s": 60}).json()["id"]
    with writing() as connection:
        paid = Charged(web.tenant(), made, "r", "text.sentiment", "p", "m", cost_micro=9, saved_micro=4)
        charge(connection, [paid], clock(connection))
    job = client.get(f"/v1/jobs/{made}").json()
    assert (job["cost_micro"], job["saved_micro"], job["price_credits"]) == (9, 4, 1)
    assert job["estimated_micro"] > 6_000


def test_only_an_admin_changes_money_and_nobody_sees_anothers(web: Web) -> None:
    operator, other = web.as_role("operator"), web.as_role("admin", "bolt")
    refused = [
        operator.post("/v1/credits", json={"amount": 1}),
        operator.put("/v1/budgets/day", json={"limit_micro": 1}),
        operator.delete("/v1/budgets/day"),
    ]
    assert [problem_of(answer)["error_class"] for answer in refused] == ["forbidden"] * 3
    admin = web.as_role("admin")
    admin.post("/v1/credits", json={"amount": 1})
    admin.put("/v1/budgets/day", json={"limit_micro": 1})
    pay(web, 5)
    assert other.get("/v1/credits").json()["balance"] is None
    assert other.get("/v1/budgets").json()["items"] == []
    assert other.get("/v1/spend").json()["total"]["cost_micro"] == 0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/credits", {"amount": -1}),
        ("/v1/credits", {"amount": 1.5}),
        ("/v1/credits", {"amount": 10**13}),
        ("/v1/credits", {"amount": 1, "note": "a\x00b"}),
        ("/v1/budgets/day", {"limit_micro": -1}),
        ("/v1/budgets/day", {"limit_micro": 10**16}),
        ("/v1/budgets/week", {"limit_micro": 1}),
    ],
    ids=str,
)
def test_wrong_amounts_are_refused(web: Web, path: str, body: dict[str, Any]) -> None:
    method = "POST" if path.endswith("credits") else "PUT"
    answer = web.as_role("admin").request(method, path, json=body)
    assert problem_of(answer)["status"] == 422
