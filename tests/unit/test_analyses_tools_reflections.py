"""`tool.analyze` and `reflection.process`: what a description is worth, and what a learner wrote."""

from __future__ import annotations

import json
from math import isclose
from typing import Any

import pytest

from analyses import get_analysis
from analyses.contents import Tool
from analyses.reflection_process import ProcessedReflection
from analyses.samples import load
from analyses.tool_analyze import ToolAnalysis
from errors import InvalidInput

TOOL, REFLECTION = get_analysis("tool.analyze"), get_analysis("reflection.process")
TOOLS = {row["id"]: row for row in load("tools")}
REFLECTIONS = {row["id"]: row for row in load("reflections")}


def described(row: dict[str, Any]) -> ToolAnalysis:
    answer = TOOL.local(TOOL.parse_content(row))
    assert isinstance(answer, ToolAnalysis)
    return answer


def reflected(row: dict[str, Any]) -> ProcessedReflection:
    answer = REFLECTION.local(REFLECTION.parse_content(row))
    assert isinstance(answer, ProcessedReflection)
    return answer


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://a.example/x", "https://a.example/x"),
        ("a.example/x", "https://a.example/x"),
        ("n/a", None),
        ("(package page)", None),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("", None),
    ],
)
def test_a_tools_address_is_taken_where_it_is_one(given: str, url: str | None) -> None:
    tool = TOOL.parse_content({"title": "A", "text": "A tool.", "url": given})
    assert isinstance(tool, Tool)
    assert (tool.name, tool.description, tool.url) == ("A", "A tool.", url)


def test_a_tool_without_a_name_takes_the_first_line_of_its_description() -> None:
    tool = TOOL.parse_content({"text": "# Seedkit\n\nA toolkit."})
    assert isinstance(tool, Tool)
    assert tool.name == "Seedkit"


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({}, "name is missing; add it"),
        ({"name": "A"}, "description is missing; add it"),
        ({"name": "A", "description": " "}, "description is empty"),
        ({"name": "n" * 501, "description": "x"}, "name has 501 characters"),
        (
            {"name": "A", "description": "x", "url": "https://e.com/" + "a" * 2_000},
            "url has 2,014 characters",
        ),
        ({"name": 5, "description": "x"}, "name must be text"),
    ],
)
def test_a_wrong_tool_is_refused_with_the_field_and_the_remedy(data: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidInput, match="The tool cannot be taken") as caught:
        TOOL.parse_content(data)
    assert complaint in str(caught.value)


def test_what_is_used_for_years_is_more_mature_than_an_experiment_and_that_than_what_is_given_up() -> None:
    scores = [described(TOOLS[name]).maturity_score for name in ("loomdb", "pixelpress", "oldmill")]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 0.6 > 0.4 > scores[1]
    assert scores[2] <= 0.2


def test_strengths_limits_and_uses_are_told_with_the_words_that_say_so() -> None:
    row = TOOLS["notewise"]
    answer = described(row)
    assert any("encrypts" in one.quote or "integrates" in one.quote for one in answer.strengths)
    assert any("limited to five meetings" in one.quote for one in answer.limitations)
    assert "summarise meetings in nine languages" in answer.use_cases
    assert all(one.quote in row["description"] for one in [*answer.strengths, *answer.limitations])


def test_what_a_buyer_would_miss_is_told_without_a_quote() -> None:
    *_, missing = described(TOOLS["chatter"]).limitations
    assert missing.point.startswith("Not said: the price, the licence")
    assert missing.quote == ""


@pytest.mark.parametrize("row", load("tools"), ids=lambda row: row["id"])
def test_the_factors_of_maturity_sum_to_it(row: dict[str, Any]) -> None:
    total = sum(factor.contribution for factor in TOOL.explain(TOOL.parse_content(row)))
    assert isclose(described(row).maturity_score, max(0.0, min(1.0, total)), abs_tol=0.001)


def test_a_reflection_is_told_by_what_its_passages_do() -> None:
    answer = reflected(REFLECTIONS["first-lesson"])
    assert any(one.kind == "learning" and "silence is a tool" in one.quote for one in answer.growth_signals)
    assert [one.due for one in answer.action_items] == ["by Thursday"]


def test_progress_and_questions_are_growth_and_retelling_is_none() -> None:
    assert reflected(REFLECTIONS["pottery"]).growth_signals[0].kind == "progress"
    assert {one.kind for one in reflected(REFLECTIONS["team-conflict"]).growth_signals} >= {
        "learning",
        "questioning",
    }
    shift = reflected(REFLECTIONS["night-shift"])
    assert shift.mainly == "experience"
    assert shift.action_items == []


def test_a_reflection_that_questions_and_learns_is_deeper_than_one_that_retells() -> None:
    deep, plain = reflected(REFLECTIONS["team-conflict"]), reflected(REFLECTIONS["night-shift"])
    assert deep.depth_score > plain.depth_score + 0.2


@pytest.mark.parametrize("row", load("reflections"), ids=lambda row: row["id"])
def test_the_factors_of_a_reflection_sum_to_its_scores(row: dict[str, Any]) -> None:
    answer, sums = reflected(row), {"score": 0.0, "depth_score": 0.0}
    for factor in REFLECTION.explain(REFLECTION.parse_content(row)):
        sums[factor.score] += factor.contribution
    assert isclose(answer.score, sums["score"], abs_tol=0.001)
    assert isclose(answer.depth_score, sums["depth_score"], abs_tol=0.001)


def test_nothing_is_put_into_a_learners_mouth() -> None:
    content = REFLECTION.parse_content({"text": "I learned to wait."})
    signal = {"kind": "learning", "signal": "Waiting."}
    reply = REFLECTION.local(content).model_dump() | {
        "growth_signals": [signal | {"quote": "I learned to wait"}, signal | {"quote": "I am healed"}],
        "action_items": [{"what": "Run.", "due": None, "quote": "I will run"}],
    }
    answer = REFLECTION.validate_answer(json.dumps(reply), content)
    assert [one.quote for one in answer.growth_signals] == ["I learned to wait"]
    assert answer.action_items == []
