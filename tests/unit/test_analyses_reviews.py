"""`review.process` and `review.reply`: what is found in a review, what to do about it, what to answer."""

from __future__ import annotations

import json
from math import isclose
from typing import Any, get_args

import pytest

from analyses import get_analysis
from analyses.contents import Review
from analyses.contents.review import Tone
from analyses.review_process import ProcessedReview
from analyses.review_reply import WrittenReply
from analyses.samples import load
from errors import InvalidInput

PROCESS, REPLY = get_analysis("review.process"), get_analysis("review.reply")
SAMPLES = {row["id"]: row for row in load("reviews")}


def processed(text: str, **fields: Any) -> ProcessedReview:
    answer = PROCESS.local(PROCESS.parse_content({"text": text, **fields}))
    assert isinstance(answer, ProcessedReview)
    return answer


@pytest.mark.parametrize(
    ("given", "stars"),
    [
        (4, 4.0),
        ("4.5", 4.5),
        ("4/5", 4.0),
        ("8/10", 4.0),
        ("3 stars", 3.0),
        ("★★★★☆", 4.0),
        ("", None),
        (None, None),
    ],
)
def test_a_rating_is_read_in_the_ways_people_write_it(given: Any, stars: float | None) -> None:
    review = PROCESS.parse_content({"body": "Fine.", "stars": given, "tone": " Formal "})
    assert isinstance(review, Review)
    assert (review.rating, review.tone, review.text) == (stars, "formal", "Fine.")


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"rating": 6}, "rating is not a rating of 0 to 5"),
        ({"rating": -1}, "rating is not a rating of 0 to 5"),
        ({"rating": "9/5"}, "rating is not a rating of 0 to 5"),
        ({"rating": True}, "rating is not a rating of 0 to 5"),
        ({"rating": "secret"}, "rating is not a rating; give a number of stars"),
        ({"rating": float("nan")}, "rating is not a rating of 0 to 5"),
        ({"tone": "secret"}, "tone must be one of 'friendly', 'formal'"),
        ({"author": "a" * 501}, "author has 501 characters"),
        ({"text": None}, "text must be text"),
    ],
)
def test_a_wrong_review_is_refused_with_the_field_and_the_remedy(fields: Any, complaint: str) -> None:
    with pytest.raises(InvalidInput, match="The review cannot be taken") as caught:
        PROCESS.parse_content({"text": "Fine.", **fields})
    assert complaint in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The heater caught fire.", "safety"),
        ("They charged me twice for one night.", "billing"),
        ("The parcel never arrived.", "delivery"),
        ("It stopped working after a week.", "function"),
        ("The waiter was rude.", "service"),
        ("The handle fell apart.", "quality"),
        ("The jacket is too tight.", "fit"),
        ("Far too expensive.", "price"),
        ("The bathroom was filthy.", "cleanliness"),
        ("It is hard to use.", "usability"),
        ("What a miserable, awful evening.", "other"),
    ],
)
def test_each_kind_of_issue_is_found_with_the_words_that_show_it(text: str, kind: str) -> None:
    (issue,) = processed(text).issues
    assert issue.kind == kind
    assert issue.quote
    assert issue.quote in text


@pytest.mark.parametrize("text", ["It never leaks.", "No complaints, nothing broke.", "A lovely evening."])
def test_praise_and_denied_faults_are_no_issues(text: str) -> None:
    assert processed(text).issues == []


def test_danger_is_more_urgent_than_money_and_money_more_than_a_scratch() -> None:
    danger = processed("It caught fire and my son was injured. I am calling my lawyer.")
    money = processed("You charged me twice and nobody answers. I want a refund.")
    scratch = processed("The lid is scratched.")
    praise = processed("Lovely lid.")
    assert [one.urgency for one in (danger, money, scratch, praise)] == ["critical", "high", "medium", "low"]
    assert "Call the customer today" in danger.suggested_action
    assert "refund" in money.suggested_action


def test_stars_and_words_count_alike() -> None:
    words, both = processed("It is good."), processed("It is good.", rating=1)
    assert words.sentiment == "positive"
    assert isclose(both.score, (words.score - 1) / 2, abs_tol=0.001)


@pytest.mark.parametrize("row", load("reviews"), ids=lambda row: row["id"])
def test_factors_sum_to_the_scores_they_explain(row: dict[str, Any]) -> None:
    review = PROCESS.parse_content(row)
    answer, sums = PROCESS.local(review), {"score": 0.0, "urgency_score": 0.0}
    for factor in PROCESS.explain(review):
        sums[factor.score] += factor.contribution
    assert isclose(answer.score, max(-1.0, min(1.0, sums["score"])), abs_tol=0.001)
    assert isclose(answer.urgency_score, min(1.0, sums["urgency_score"]), abs_tol=0.001)


def test_a_models_false_quote_is_dropped_and_its_issue_kept() -> None:
    review = PROCESS.parse_content({"text": "The lid leaks."})
    issue = {"issue": "lid leaks", "kind": "function", "severity": "medium"}
    reply = PROCESS.local(review).model_dump() | {
        "issues": [issue | {"quote": "The lid leaks"}, issue | {"quote": "It exploded"}]
    }
    answer = PROCESS.validate_answer(json.dumps(reply), review)
    assert [one.quote for one in answer.issues] == ["The lid leaks", ""]


def replied(row: dict[str, Any], **fields: Any) -> WrittenReply:
    answer = REPLY.local(REPLY.parse_content({**row, **fields}))
    assert isinstance(answer, WrittenReply)
    return answer


@pytest.mark.parametrize("tone", get_args(Tone))
@pytest.mark.parametrize("row", load("reviews"), ids=lambda row: row["id"])
def test_every_sample_gets_a_whole_reply_in_every_tone(row: dict[str, Any], tone: str) -> None:
    answer = replied(row, tone=tone)
    greeting, said, signed = answer.reply.split("\n\n")
    assert greeting.endswith((",", ":"))
    assert len(said) > 30
    assert signed.endswith(row["business"])
    assert "{" not in answer.reply
    for point in answer.points_addressed:
        assert point.quote in row["text"] or point.quote in (row["title"] or "")


def test_a_reply_is_in_the_reviews_language_or_in_english() -> None:
    languages = {name: replied(row).language for name, row in SAMPLES.items()}
    assert [languages[name] for name in ("kopfhoerer", "valise", "cafe-bueno", "tent-goat")] == [
        "de",
        "fr",
        "es",
        "en",
    ]
    assert replied({"text": "とても良いです。"}).language == "en"


def test_the_tone_decides_the_words() -> None:
    row = SAMPLES["kettle-shock"]
    told = {tone: replied(row, tone=tone).reply for tone in get_args(Tone)}
    assert len(set(told.values())) == len(told)
    assert "apologise" in told["apologetic"]
    assert len(told["concise"]) < min(len(told[tone]) for tone in told if tone != "concise")


def test_a_danger_is_answered_with_a_warning_and_praise_with_thanks() -> None:
    assert "do not use it any further" in replied(SAMPLES["kettle-shock"]).reply
    praise = replied(SAMPLES["tent-goat"]).reply
    assert "thank you" in praise.lower()
    assert "sorry" not in praise


def test_a_clause_with_two_faults_is_repeated_to_its_writer_once() -> None:
    clause = "the breakfast was cold twice and reception ignored our calls"
    answer = replied({"text": f"The lake was gorgeous, but {clause}. I would not come back."})
    assert [one.quote for one in answer.points_addressed].count(clause) > 1
    assert answer.reply.count(clause) == 1


def test_a_reply_repeats_no_address_that_a_review_wants_spread() -> None:
    reply = replied({"text": "The service was rude, buy at www.rival.example or call 5551234567!"}).reply
    assert "rival" not in reply
    assert "5551234567" not in reply


def test_names_with_braces_are_only_names() -> None:
    reply = replied({"text": "Lovely."}, author="{business} {0}", business="{name}").reply
    assert reply.startswith("Hi {business} {0},")
    assert reply.endswith("{name}")


def test_a_models_reply_keeps_only_points_that_the_review_makes() -> None:
    review = REPLY.parse_content({"text": "The lid leaks."})
    points = [{"point": "lid", "quote": "lid leaks"}, {"point": "fire", "quote": "it burned"}]
    reply = {"reply": "Sorry!", "language": "en", "points_addressed": points, "confidence": 0.8}
    answer = REPLY.validate_answer(json.dumps(reply), review)
    assert [one.quote for one in answer.points_addressed] == ["lid leaks", ""]
