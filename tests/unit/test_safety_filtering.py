"""The content filter: disguises are seen through, and innocent words that look alike are not."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from adapters.safety.filtering import flags_of

LONGEST = 2_000_000
MOST_S = 5  # usually under 0.3


def told(text: str) -> list[str]:
    return [str(flag) for flag in flags_of(text)]


@pytest.mark.parametrize(
    "text",
    ["a shitty day", "SHIT", "sh1t!", "$h!t", "fuuuuck", "f**k", "sh*t it", "f u c k", "f.u.c.k.", "a$$hole"],
)
def test_a_word_is_known_in_its_forms_and_disguises(text: str) -> None:
    assert told(text) == ["profanity (strong)"]


@pytest.mark.parametrize(
    "text",
    [
        "Scunthorpe, Penistone, Essex, Lightwater, Cockfosters and Arsenal",
        "assess the class, the cockpit, the cocktail, a shiitake and a Dickens; mishit it",
        "cumulative analysis by a therapist, titular heir of Hancock and Weiner",
        "**bold** text * a list, 4 * 5 = 20, f(x) ** 2, x*y*z",
        "U S A and a b c; A1 B2; 455 a55",
        "The killer feature kills the process; hell of a hike; a bloody nose; the rooster is a cock.",
        "He was shot down in court and the deal is dead; execute the plan.",
    ],
)
def test_words_that_only_look_alike_pass(text: str) -> None:
    assert told(text) == []


def test_each_category_comes_once_with_its_worst_severity_and_without_its_words() -> None:
    assert told("Damn this shit. I WILL  kill\nyou! Damn.") == ["profanity (strong)", "threat (severe)"]
    assert told("Go and kill yourself") == ["self-harm (severe)"]


@pytest.mark.parametrize(
    ("file", "most_share"),
    [
        ("documents/contracts_cuad", 0.0),
        ("documents/merger_agreements", 0.0),
        ("tools/python_ai_packages", 0.0),
        ("reviews/consumer_complaints", 0.0),
        ("emails/enron_labelled", 0.0),
        ("nasty/multilingual_rtl", 0.0),
        ("stories/tech_stories", 0.04),
        ("reviews/clothing_reviews_stars", 0.01),
    ],
)
def test_ordinary_texts_are_hardly_ever_flagged(shared: Path, file: str, most_share: float) -> None:
    lines = (shared / f"data/{file}.jsonl").read_text("utf-8").split("\n")
    texts = [json.loads(line)["text"] for line in lines if line]
    assert sum(bool(flags_of(text)) for text in texts) <= most_share * len(texts)


def test_strings_made_to_look_bad_pass(shared: Path) -> None:
    lines = (shared / "data/nasty/naughty_strings.jsonl").read_text("utf-8").split("\n")
    rows = [json.loads(line) for line in lines if line]
    assert not [row["text"][:40] for row in rows if flags_of(row["text"])]


@pytest.mark.parametrize("unit", ["a", "fuck ", "f*", "a b ", "i will kill ", "1a", "$ "])
def test_the_longest_content_ends_in_time(unit: str) -> None:
    began = time.process_time()
    flags_of(unit * (LONGEST // len(unit)))
    assert time.process_time() - began < MOST_S
