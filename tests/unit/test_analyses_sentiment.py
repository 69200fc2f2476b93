"""Local sentiment, rule by rule, and the guess of the language it rests on."""

from __future__ import annotations

import pytest

from analyses import get_analysis
from analyses.local.language import guess_language
from analyses.text_sentiment import Sentiment

TEXT = get_analysis("text.sentiment")


def feel(text: str) -> Sentiment:
    answer = TEXT.local(TEXT.parse_content({"text": text}))
    assert isinstance(answer, Sentiment)
    return answer


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("The food is good.", "The food is not good."),
        ("The food is very good.", "The food is good."),
        ("The food is GREAT, really.", "The food is great, really."),
        ("The food is good!!!", "The food is good."),
        ("Slow, but delicious.", "Delicious, but slow."),
        ("It was great.", "It would have been great."),
        ("Although the room was ugly, the food was good.", "Although the food was good, the room was ugly."),
        ("Not bad at all.", "Bad."),
        ("I will be back.", "I will not be back."),
        ("I give it 9 out of 10.", "I give it 2 out of 10."),
        ("It works as advertised.", "It does not work."),
        ("What a day 😀", "What a day 😡"),
        ("Nice :)", "Nice :("),
        ("No complaints.", "Many complaints."),
        ("Not only good, also cheerful.", "Not good, not cheerful."),
        ("The result is good.", "The result is a great disappointment."),
        ("Das Essen war hervorragend.", "Das Essen war schlecht."),
        ("Le repas est délicieux et le serveur est sympa.", "Le repas est froid et le serveur est nul."),
    ],
)
def test_one_text_feels_better_than_the_other(better: str, worse: str) -> None:
    assert feel(better).score > feel(worse).score


@pytest.mark.parametrize(
    "text",
    [
        "The meeting is in room 4.",
        "The device has two ports.",
        "10:30",
        "会議は十時です。",
        "Die Sitzung ist um zehn.",
    ],
)
def test_plain_facts_are_neutral(text: str) -> None:
    assert feel(text).label == "neutral"


def test_aspects_carry_the_feeling_of_their_own_clause() -> None:
    found = {one.aspect: one for one in feel("The food was delicious, but the waiter was rude.").aspects}
    assert found["food"].polarity == "positive"
    assert found["service"].polarity == "negative"
    assert "rude" in found["service"].quote


def test_an_unlisted_language_is_judged_by_its_emoji_with_little_confidence() -> None:
    answer = feel("ラーメンはとても美味しかったです 😍")
    assert (answer.language, answer.label) == ("ja", "positive")
    assert answer.confidence < feel("The ramen was delicious 😍").confidence


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The mill is open and the bread is good", "en"),
        ("Die Mühle ist offen und das Brot ist gut", "de"),
        ("Le moulin est ouvert et le pain est bon", "fr"),
        ("El molino está abierto y el pan es bueno", "es"),
        ("Мельница открыта, и хлеб хорош", "ru"),
        ("제분소가 열려 있습니다", "ko"),
        ("הטחנה פתוחה", "he"),
        ("Works fine. No complaints.", "en"),
        ("12345 %%", "und"),
    ],
)
def test_the_language_is_guessed(text: str, language: str) -> None:
    assert guess_language(text) == language
