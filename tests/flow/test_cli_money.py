"""Money at the terminal: estimates, credits and budgets, as people type them; nobody works here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import Command
from tests.harness.databases import KINDS, Databases

PRICES = '{"scripted/gpt-5-mini": {"input": 1, "output": 10}}'
GOOD = {"id": "a", "text": "I love this wonderful place."}


@pytest.fixture(scope="module", params=KINDS)
def gristmill(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Command]:
    """The command with a model that has a price."""
    url = databases.fresh(request.param)
    home = tmp_path_factory.mktemp("cli") / "home"
    yield Command(home, DATABASE_URL=url, LLM_PROVIDER="scripted", MODEL_PRICES=PRICES)
    databases.drop(url)


def jsonl(folder: Path, *rows: object) -> str:
    file = folder / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(file)


def test_an_estimate_tells_jobs_tokens_money_and_credits_and_what_is_left(
    gristmill: Command, tmp_path: Path
) -> None:
    rows = jsonl(tmp_path, GOOD, GOOD | {"id": "b"})
    gristmill.run("credits", "grant", "1", "--tenant", "poor")
    gristmill.run("budgets", "set", "day", "0.001", "--tenant", "poor")
    told = gristmill.run("estimate", "text.sentiment", rows, "--tenant", "poor", "--json")
    assert told.code == 0, told.err
    assert (told.document["jobs"], told.document["credits"], told.document["balance"]) == (2, 2, 1)
    assert told.document["cost_micro"] > 12_000
    assert [one["left_micro"] for one in told.document["budgets"]] == [1_000]
    assert len(told.document["obstacles"]) == 2
    shown = gristmill.run("estimate", "text.sentiment", rows, "--tenant", "poor")
    assert "scripted/gpt-5-mini" in shown.out
    assert shown.err.count("The rest would wait.") == 2


def test_a_bad_row_is_named_before_anything_is_told(gristmill: Command, tmp_path: Path) -> None:
    rows = jsonl(tmp_path, GOOD, {"id": "b"})
    told = gristmill.run("estimate", "text.sentiment", rows)
    assert told.code == 2
    assert "line 2" in told.err
    assert (
        gristmill.run("estimate", "text.sentiment", rows, "--skip-bad-rows", "--json").document["jobs"] == 1
    )


def test_credits_are_granted_and_shown(gristmill: Command) -> None:
    assert "not metered" in gristmill.run("credits", "show", "--tenant", "new").err
    granted = gristmill.run("credits", "grant", "50", "--note", "to begin", "--tenant", "new", "--json")
    assert granted.document == {"tenant": "new", "granted": 50, "balance": 50}
    shown = gristmill.run("credits", "show", "--tenant", "new", "--json").document
    assert shown["balance"] == 50
    assert [(one["kind"], one["amount"], one["note"]) for one in shown["entries"]] == [
        ("grant", 50, "to begin")
    ]
    assert "50 credits" in gristmill.run("credits", "show", "--tenant", "new").out


def test_budgets_are_set_shown_and_lifted(gristmill: Command) -> None:
    mine = ("--tenant", "careful")
    assert gristmill.run("budgets", "set", "month", "$12.5", *mine).code == 0
    (told,) = gristmill.run("budgets", "show", *mine, "--json").lines
    assert (told["period"], told["limit_micro"], told["left_micro"]) == ("month", 12_500_000, 12_500_000)
    assert "$12.50" in gristmill.run("budgets", "show", *mine).out
    gristmill.run("budgets", "set", "month", "none", *mine)
    assert gristmill.run("budgets", "show", *mine, "--json").lines == []
