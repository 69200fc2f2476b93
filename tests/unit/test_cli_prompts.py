"""`gristmill prompts`, on either database."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app

pytestmark = pytest.mark.usefixtures("database_url")


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["prompts", *arguments])


def lines(*arguments: str) -> list[Any]:
    ran = run(*arguments, "--json")
    assert ran.exit_code == 0, ran.output
    return [json.loads(line) for line in ran.stdout.split("\n") if line]


def test_every_analysis_is_listed_with_its_versions_and_the_one_in_force() -> None:
    found = {one["analysis"]: one for one in lines("list")}
    assert [one["version"] for one in found["text.sentiment"]["versions"]] == [1, 2]
    assert all(one["in_force"] == one["newest"] for one in found.values())
    assert "in force" in run("list").stdout
    assert "newest, in force" in run("list", "text.sentiment").stdout


def test_a_version_is_shown_and_compared_with_the_one_before() -> None:
    assert run("show", "text.sentiment", "1").stdout != run("show", "text.sentiment").stdout
    (told,) = lines("diff", "text.sentiment")
    assert (told["old"], told["new"]) == (1, 2)
    assert "\n-You judge" in told["diff"]
    assert "nothing else to compare" in run("diff", "text.sentiment", "1", "1").stderr


def test_a_pin_is_set_shown_and_taken_away_for_one_tenant() -> None:
    assert lines("pin", "text.sentiment", "1", "--tenant", "north")[0]["before"] is None
    assert lines("list", "text.sentiment", "--tenant", "north")[0]["in_force"] == 1
    assert lines("list", "text.sentiment")[0]["in_force"] == 2
    assert lines("pin", "text.sentiment", "2", "--tenant", "north")[0]["before"] == 1
    assert "2 was pinned" in run("unpin", "text.sentiment", "--tenant", "north").stderr
    assert "none was pinned" in run("unpin", "text.sentiment", "--tenant", "north").stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("pin", "text.sentiment", "9"), "no prompt version 9; it has 1, 2"),
        (("pin", "text.sentimant", "1"), "Did you mean text.sentiment?"),
        (("show", "text.sentiment", "9"), "no prompt version 9"),
        (("diff", "text.sentiment", "1", "9"), "no prompt version 9"),
        (("list", "no.such"), "no such analysis"),
    ],
)
def test_what_there_is_not_is_refused_naming_what_there_is(arguments: tuple[str, ...], words: str) -> None:
    ran = run(*arguments)
    assert ran.exit_code == 2
    assert words in ran.stderr
