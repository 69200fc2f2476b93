"""A model's raw reply becomes an answer, or is refused by field; quotes are held to the content."""

from __future__ import annotations

import json
from typing import Any

import pytest

from analyses import get_analysis
from errors import InvalidAnswer

NAMES = ["story.enhance", "text.sentiment"]
STORY = {"title": "Mill opens", "text": "The mill in Halm opened on Monday. It is loud."}


def reply(name: str, **changes: Any) -> str:
    analysis = get_analysis(name)
    answer = analysis.local(analysis.parse_content(STORY)).model_dump()
    return json.dumps({**answer, **changes})


@pytest.mark.parametrize("name", NAMES)
def test_a_good_reply_is_taken_also_from_a_code_fence(name: str) -> None:
    analysis = get_analysis(name)
    content = analysis.parse_content(STORY)
    expected = analysis.local(content)
    assert analysis.validate_answer(reply(name), content) == expected
    assert analysis.validate_answer(f"```json\n{reply(name)}\n```", content) == expected


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        ("", "reply is empty"),
        ("I cannot help with that, secret.", "not valid JSON"),
        ('{"hype_score": 3, "eth', "not valid JSON"),
        ("[1, 2]", "of type list"),
        ("[" * 100_000, "not valid JSON"),
        ("{}", "hype_score is missing"),
        (reply("story.enhance", hype_score=11), "hype_score must be at most 10"),
        (reply("story.enhance", hype_score="secret"), "hype_score must be a number"),
        (reply("story.enhance", hype_score=float("nan")), "not valid JSON"),
        (reply("story.enhance", confidence=None), "confidence must be a number"),
        (
            reply("story.enhance", evidence=[{"about": "secret", "quote": "x"}]),
            "evidence.0.about must be one of",
        ),
        ("x" * 1_000_001, "at most 1,000,000 are read"),
    ],
)
def test_a_bad_reply_is_refused_with_the_field_and_without_the_content(raw: str, complaint: str) -> None:
    analysis = get_analysis("story.enhance")
    with pytest.raises(InvalidAnswer) as caught:
        analysis.validate_answer(raw, analysis.parse_content(STORY))
    assert complaint in str(caught.value)
    assert "secret" not in str(caught.value)


def test_quotes_that_the_content_does_not_hold_are_dropped() -> None:
    analysis = get_analysis("story.enhance")
    quotes = ["It is loud.", "“It is loud.”", "It was loud.", "Mill opens", ""]
    raw = reply("story.enhance", evidence=[{"about": "reality", "quote": quote} for quote in quotes])
    answer = analysis.validate_answer(raw, analysis.parse_content(STORY))
    assert [one.quote for one in answer.evidence] == ["It is loud.", "It is loud", "Mill opens"]
    sentiment = get_analysis("text.sentiment")
    aspects = [{"aspect": "mill", "polarity": "negative", "score": -1, "quote": "never said"}]
    told = sentiment.validate_answer(reply("text.sentiment", aspects=aspects), sentiment.parse_content(STORY))
    assert told.aspects[0].quote == ""


def test_an_answer_that_says_too_much_is_trimmed_not_refused() -> None:
    analysis = get_analysis("story.enhance")
    raw = reply(
        "story.enhance", suggested_tags=[f"tag{n}" for n in range(50)], eli5_summary="a\x00" * 5_000, extra=1
    )
    answer = analysis.validate_answer(raw, analysis.parse_content(STORY))
    assert len(answer.suggested_tags) == 6
    assert answer.eli5_summary == "a" * 2_000
