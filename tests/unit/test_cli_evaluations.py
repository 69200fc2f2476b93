"""`gristmill evaluate` and `evaluations`, on either database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app

pytestmark = pytest.mark.usefixtures("database_url")

ROWS = [("I love it, wonderful", "positive"), ("terrible, I hate it", "neg"), ("awful mess", "positive")]


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


def lines(*arguments: str) -> list[Any]:
    ran = run(*arguments, "--json")
    assert ran.exit_code == 0, ran.output
    return [json.loads(line) for line in ran.stdout.split("\n") if line]


@pytest.fixture
def file(tmp_path: Path) -> str:
    rows = [{"text": text, "label": {"mood": mood}} for text, mood in ROWS]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def evaluated(file: str, *more: str) -> Any:
    (told,) = lines("evaluate", "text.sentiment", file, "--label", "label.mood", *more)
    return told


def test_an_evaluation_tells_figures_and_confusion_and_is_kept(file: str) -> None:
    told = evaluated(file, "--name", "first")
    assert (told["rows"], told["metric"], told["field"], told["answerer"]) == (3, "sign", "score", "local")
    assert told["figures"]["accuracy"] == pytest.approx(2 / 3)
    assert told["confusion"]["positive"] == {"negative": 1, "positive": 1}
    assert lines("evaluations", "show", "first") == [told]
    assert [one["id"] for one in lines("evaluations", "list")] == [told["id"]]
    assert "0.6667" in run("evaluations", "show", "first").stdout
    assert "first" in run("evaluations", "list", "text.sentiment").stdout


def test_where_no_run_is_kept_it_says_how_to_make_one() -> None:
    assert "gristmill evaluate" in run("evaluations", "list").stderr


def test_the_metric_and_the_field_can_be_named(file: str) -> None:
    told = evaluated(file, "--metric", "label", "--field", "label")
    assert (told["metric"], told["field"]) == ("label", "label")


def test_two_runs_are_put_side_by_side(file: str) -> None:
    evaluated(file, "--name", "one")
    evaluated(file, "--name", "other")
    (told,) = lines("evaluations", "compare", "one", "other")
    assert told["difference"] == {"value": 0.0, "low": 0.0, "high": 0.0, "is_sure": False}
    shown = run("evaluations", "compare", "one", "other")
    assert "not sure" in shown.stdout
    assert "more is better" in shown.stderr


def test_the_same_rows_have_one_digest_whatever_the_file_is_called(file: str, tmp_path: Path) -> None:
    evaluated(file, "--name", "one")
    copy = tmp_path / "copy.jsonl"
    copy.write_text(Path(file).read_text())
    evaluated(str(copy), "--name", "copy")
    assert lines("evaluations", "compare", "one", "copy")
    copy.write_text(Path(file).read_text().replace("awful", "lovely"))
    evaluated(str(copy), "--name", "changed")
    assert "differ in rows" in run("evaluations", "compare", "one", "changed").stderr


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--label", "label.none"), "nothing at label.none"),
        (("--label", "label.mood", "--metric", "bleu"), "no metric 'bleu'"),
        (("--label", "label.mood", "--field", "grade"), "it has confidence, label, score"),
        (("--label", "label.mood", "--prompt-version", "1"), "no prompt"),
        (
            ("--label", "label.mood", "--model", "scripted/m", "--prompt-version", "99"),
            "no prompt version 99",
        ),
        (("--label", "label.mood", "--through-jobs", "--prompt-version", "99"), "no prompt version 99"),
        (("--label", "label.mood", "--name", ""), "1 to 100 characters"),
    ],
)
def test_what_cannot_be_measured_is_refused_and_nothing_is_kept(
    file: str, more: tuple[str, ...], words: str
) -> None:
    ran = run("evaluate", "text.sentiment", file, *more)
    assert ran.exit_code == 2, ran.output
    assert words in ran.stderr
    assert lines("evaluations", "list") == []
