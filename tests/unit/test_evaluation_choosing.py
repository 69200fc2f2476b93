"""Which metric suits which label, and which field of an answer it looks at."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from analyses import get_analysis
from analyses.base import Answer
from analyses.evaluation import choose, found_at, gold_label, value_at
from analyses.evaluation.choosing import fields_of
from errors import InvalidInput
from tests.harness.contents import shipped

SENTIMENT = get_analysis("text.sentiment")
STORY = get_analysis("story.enhance")


class Risk(BaseModel):
    category: Literal["cap", "audit"]
    quote: str


class Risks(Answer):
    """An answer with a list of things, each of a category and with a quote."""

    summary: str = ""
    drift_turns: list[int] = Field(default_factory=list)
    risks: list[Risk]


@pytest.mark.parametrize(
    ("row", "path", "label"),
    [
        ({"label": {"sentiment": "Positive"}}, "label.sentiment", "positive"),
        ({"label": "neg"}, "label", "negative"),
        ({"label": {"clickbait": True}}, "label.clickbait", "true"),
        ({"stars": 5}, "stars", "5"),
    ],
)
def test_a_label_is_found_by_its_dotted_path(row: dict[str, Any], path: str, label: str) -> None:
    assert gold_label(row, path) == label


@pytest.mark.parametrize("path", ["label.mood", "label.sentiment.deep", "other", "none"])
def test_a_wrong_path_is_refused(path: str) -> None:
    with pytest.raises(InvalidInput, match="dotted path"):
        value_at({"label": {"sentiment": "positive"}, "none": None}, path)


@pytest.mark.parametrize(
    ("golds", "metric", "field"),
    [
        (["pos", "neg"], "sign", "score"),
        (["positive", "neutral", "negative"], "label", "label"),
        ([True, False], "auc", "score"),
        ([5, 3, 1], "number", "score"),
    ],
)
def test_the_metric_follows_from_the_labels(golds: list[Any], metric: str, field: str) -> None:
    chosen = choose(SENTIMENT.answer, golds)
    assert (chosen.metric.name, chosen.field) == (metric, field)


@pytest.mark.parametrize(
    ("golds", "metric", "field"),
    [
        ([{"cap": True, "audit": False}], "categories", "risks.category"),
        ([["cap"], ["audit", "cap"]], "categories", "risks.category"),
        (["A text of more words than any label has."], "summary", "summary"),
        ([["A text of more words than any label has.", "Another."]], "summary", "summary"),
        ([True, False], "presence", None),
    ],
)
def test_lists_and_texts_have_metrics_of_their_own(golds: list[Any], metric: str, field: str | None) -> None:
    if field is None:
        with pytest.raises(InvalidInput, match=r"risks\.category"):
            choose(Risks, golds)
        assert choose(Risks, golds, field="risks.quote").metric.name == metric
        return
    chosen = choose(Risks, golds)
    assert (chosen.metric.name, chosen.field) == (metric, field)


def test_quotes_are_measured_where_a_field_of_quotes_is_named() -> None:
    golds = [["The fees are capped at the amount that was paid."]]
    assert choose(Risks, golds, field="risks.quote").metric.name == "quotes"
    assert choose(Risks, [[0, 0, 1]], metric="boundaries").field == "drift_turns"


def test_where_two_fields_would_do_a_person_has_to_say_which() -> None:
    with pytest.raises(InvalidInput, match="hype_score, ethics_score"):
        choose(STORY.answer, [True, False])
    assert choose(STORY.answer, [True, False], field="hype_score").metric.name == "auc"


def test_of_two_fields_of_labels_the_one_that_offers_them_all_is_meant() -> None:
    reflection = get_analysis("reflection.process").answer
    assert choose(reflection, ["Belief", "Feeling"]).field == "mainly"
    assert choose(reflection, ["positive", "neutral"]).field == "sentiment"
    with pytest.raises(InvalidInput, match="sentiment, mainly"):
        choose(reflection, ["happy", "sad"])


def test_labels_that_nothing_suits_are_refused() -> None:
    with pytest.raises(InvalidInput, match="nothing to evaluate"):
        choose(SENTIMENT.answer, [])
    with pytest.raises(InvalidInput, match="Nothing suits"):
        choose(SENTIMENT.answer, [[1, 2]])
    with pytest.raises(InvalidInput, match="has none that fits"):
        choose(Risks, [5, 3])


def test_the_fields_of_an_answer_are_told_with_their_kinds_but_never_its_confidence() -> None:
    assert fields_of(Risks) == {
        "summary": "text",
        "drift_turns": "numbers",
        "risks.category": "labels",
        "risks.quote": "texts",
    }
    assert fields_of(SENTIMENT.answer)["aspects.polarity"] == "labels"


def test_a_field_of_a_list_is_that_of_each_of_its_items() -> None:
    answer = Risks(risks=[Risk(category="cap", quote="a"), Risk(category="audit", quote="b")], confidence=1)
    assert found_at(answer, "risks.category") == ["cap", "audit"]
    with pytest.raises(InvalidInput, match="summary, drift_turns, risks"):
        found_at(answer, "risk")


@pytest.mark.parametrize("name", [one.name for one in shipped()])
def test_every_field_that_can_be_compared_is_there_in_an_answer(name: str) -> None:
    analysis = get_analysis(name)
    try:
        answer = analysis.local(analysis.parse_content({"title": "Tea", "text": "The tea was lovely."}))
    except InvalidInput:
        pytest.skip("it takes no single text")
    for path in fields_of(analysis.answer):
        found_at(answer, path)
