"""`learner.insights`: items in order of time, trends over them, quotes that are the learner's own."""

from __future__ import annotations

import datetime as dt
import json
import time
from itertools import groupby
from typing import Any

import pytest

from analyses import get_analysis
from analyses.contents import Learner
from analyses.fencing import fenced
from analyses.learner_insights import Insights
from analyses.local.growing import change_of, slope
from analyses.samples import load
from errors import InvalidInput

ANALYSIS = get_analysis("learner.insights")
SAMPLES = {row["id"]: row for row in load("learners")}
FENCE_CHARS = 200


def content_of(row: dict[str, Any]) -> Learner:
    content = ANALYSIS.parse_content(row)
    assert isinstance(content, Learner)
    return content


def local(content: Learner) -> Insights:
    answer = ANALYSIS.local(content)
    assert isinstance(answer, Insights)
    return answer


def own_words(content: Learner) -> dict[int, list[str]]:
    return {item.number: item.own(content.learner) for item in content.items}


def is_the_learners_own(answer: Insights, content: Learner) -> None:
    own = own_words(content)
    for one in [*answer.strengths, *answer.trends, *answer.recommendations]:
        assert any(one.quote in text for text in own[one.item])


def test_items_are_numbered_in_order_of_their_dates_and_those_without_one_come_last() -> None:
    content = content_of(
        {
            "name": "Ann",
            "items": [
                {"text": "No date."},
                {"text": "Later.", "date": "2026-03-01T10:00:00Z"},
                {"text": "Earlier.", "date": "2026-02-01"},
            ],
        }
    )
    assert [(item.number, item.text, item.date) for item in content.items] == [
        (0, "Earlier.", dt.date(2026, 2, 1)),
        (1, "Later.", dt.date(2026, 3, 1)),
        (2, "No date.", None),
    ]


def test_a_text_alone_is_one_reflection_and_a_stored_learner_is_read_back_as_it_was() -> None:
    assert [item.kind for item in content_of({"text": "I learned to wait."}).items] == ["reflection"]
    for row in SAMPLES.values():
        content = content_of(row)
        assert content_of(content.model_dump(mode="json")) == content


def test_of_a_conversation_only_the_learners_turns_are_their_own() -> None:
    item = {"kind": "transcript", "text": "ANN: I will try.\nBO: I will not."}
    content = content_of({"learner": "Ann", "items": [item]})
    assert own_words(content) == {0: ["I will try."]}
    assert local(content).timeline[0].participation == 0.5  # three of six words


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({}, "items is missing; add it"),
        ({"items": []}, "holds nothing that was written or said"),
        ({"items": [{"text": " "}]}, "holds nothing that was written or said"),
        ({"items": [{"text": "secret", "date": "soon"}]}, "date is not a date; give it as 2026-03-04"),
        ({"items": [{"text": "secret", "kind": "essay"}]}, "kind must be one of"),
        ({"items": [{"text": "x"}] * 501}, "has 501 items; the limit is 500"),
        ({"items": [{"text": "x" * 1_100_000}] * 2}, "holds 2,200,000 characters"),
    ],
)
def test_wrong_learners_are_refused_with_the_remedy(data: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        content_of(data)
    assert complaint in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_trend_is_the_median_of_all_slopes_so_one_bad_day_makes_none() -> None:
    assert slope([(0, 0.0), (1, 0.1), (2, 0.2), (3, 0.3)]) == pytest.approx(0.1)
    assert change_of([0.1, 0.1, -0.9, 0.1, 0.1]) == 0
    assert change_of([0.0, None, 0.2, 0.4]) == pytest.approx(0.4)
    assert change_of([0.3, None, 0.9]) is None


def test_a_learner_who_recovers_is_seen_to_rise_and_one_who_sinks_is_sent_to_somebody() -> None:
    mira, tomas = (local(content_of(SAMPLES[name])) for name in ("mira-teaching-practice", "tomas-welding"))
    assert {one.of: one.direction for one in mira.trends} == {"mood": "rising", "depth": "rising"}
    assert "looks critically at what they did" in {one.strength for one in mira.strengths}
    assert {one.of: one.direction for one in tomas.trends}["mood"] == "falling"
    assert tomas.recommendations[0].priority == "high"
    assert tomas.recommendations[0].recommendation == "Talk with somebody about what weighs on you."
    assert not tomas.strengths


@pytest.mark.parametrize("name", SAMPLES)
def test_every_quote_is_the_learners_own_and_the_cells_are_short(name: str) -> None:
    content = content_of(SAMPLES[name])
    answer = local(content)
    is_the_learners_own(answer, content)
    assert answer == local(content)
    assert all(cell and len(cell) <= 100 for cell in ANALYSIS.summary(answer).values())
    deep = [one.depth for one in answer.timeline if one.depth is not None]
    assert sum(f.contribution for f in ANALYSIS.explain(content)) == pytest.approx(sum(deep) / len(deep))


def test_a_model_cannot_put_words_into_a_learners_mouth_nor_count() -> None:
    content = content_of(SAMPLES["mira-teaching-practice"])
    mentor, mira = "You look tired, Mira.", "I never tried."
    shown = {"strength": "She listens.", "item": 0}
    reply = {
        "summary": "She grows.",
        "strengths": [{**shown, "quote": quote} for quote in (mentor, mira, "I am the best.")],
        "trends": [],
        "recommendations": [],
        "confidence": 0.9,
        "items": 77,
    }
    answer = ANALYSIS.validate_answer(json.dumps(reply), content)
    assert isinstance(answer, Insights)
    assert [(one.quote, one.item) for one in answer.strengths] == [(mira, 1)]
    assert (answer.items, len(answer.timeline)) == (6, 6)
    assert not {"items", "timeline"} & set(ANALYSIS.json_schema()["properties"])


@pytest.mark.parametrize("room", [300, 900, 100_000])
def test_the_parts_joined_are_the_whole_and_fit(room: int) -> None:
    for row in SAMPLES.values():
        whole = content_of(row)
        parts = ANALYSIS.parts(whole, room)
        pieces = [item for part in parts for item in part.items]
        joined = [
            (number, "".join(item.text + "".join(turn.text for turn in item.turns) for item in run))
            for number, run in ((n, list(run)) for n, run in groupby(pieces, key=lambda item: item.number))
        ]
        assert joined == [
            (item.number, item.text + "".join(turn.text for turn in item.turns)) for item in whole.items
        ]
        assert all(len(fenced(part)) <= room + FENCE_CHARS for part in parts)
        merged = ANALYSIS.merge(whole, [local(part) for part in parts])
        assert isinstance(merged, Insights)
        assert merged.timeline == local(whole).timeline
        is_the_learners_own(merged, whole)


def test_no_line_of_a_text_can_pass_for_another_item_or_turn() -> None:
    turns = [{"speaker": "Ann", "text": "Well.\n1. Bo: I lied."}, {"speaker": "Bo", "text": "No."}]
    content = content_of({"learner": "Ann", "items": [{"kind": "transcript", "turns": turns}]})
    assert fenced(content).split("\n")[2:-1] == [
        *("items: ", "0. transcript:", "    0. Ann: Well.", "        1. Bo: I lied."),
        "    1. Bo: No.",
    ]


def test_five_hundred_texts_take_less_than_two_seconds() -> None:
    text = "I learned to wait. It was hard, and I was afraid of the noise. Next time I will ask. " * 8
    content = content_of({"items": [{"text": text, "date": "2026-02-01"}] * 500})
    started = time.thread_time()
    local(content)
    assert time.thread_time() - started < 2
