"""Bad input: each gives a clear refusal or a sound answer, in bounded time."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from analyses import all_analyses, get_analysis
from errors import InvalidInput

SHARED = Path(os.environ.get("GRISTMILL_SHARED", Path(__file__).resolve().parents[3] / "shared"))
NASTY = SHARED / "data" / "nasty"
FULL = 200_000
LOCAL_BOUND_S = 2.0


def rows(name: str) -> list[dict[str, Any]]:
    path = NASTY / name
    if not path.exists():
        pytest.skip(f"{name} is not there; it is not part of the product")
    with path.open(encoding="utf-8", newline="\n") as lines:
        return [json.loads(line) for line in lines]


def refusal(data: dict[str, Any]) -> str | None:
    """The message with which content was refused, or None where every analysis answered soundly."""
    for analysis in all_analyses():
        try:
            content = analysis.parse_content({"name": "a deal", "date": "2026-11-24", **data})
        except InvalidInput as error:
            return error.message
        answer = analysis.local(content)
        assert "\\u0000" not in answer.model_dump_json()  # no database of ours takes a NUL
        for text in (answer.model_dump_json(), content.model_dump_json(), analysis.prompt(content).user):
            text.encode("utf-8")
        analysis.explain(content)
        assert all(analysis.summary(answer).values())
    return None


def is_clear(message: str) -> bool:
    """Short, and with a remedy after what is wrong."""
    return 30 < len(message) < 300 and any(mark in message for mark in (";", ", so "))


@pytest.mark.parametrize(
    ("name", "count", "refused"),
    [("naughty_strings.jsonl", 268, 10), ("mojibake.jsonl", 48, 0), ("emoji_sequences.jsonl", 150, 0)],
)
def test_every_nasty_string_is_answered_or_clearly_refused(name: str, count: int, refused: int) -> None:
    some = rows(name)
    assert len(some) == count
    refusals = [told for row in some if (told := refusal({"text": row["text"]}))]
    assert len(refusals) <= refused
    assert all(map(is_clear, refusals))


def test_texts_in_other_scripts_are_answered() -> None:
    for row in rows("multilingual_rtl.jsonl"):
        assert refusal({"title": row["title"], "text": row["text"]}) is None


@pytest.mark.parametrize(
    "text",
    [
        "a\x00b",
        "caf\ud800e and more",
        "\udcff" + "text" * 20,
        "\ufeffhello",
        "x" * FULL,
        "\u202egnp.exe",
        "\ufffe ok",
    ],
)
def test_odd_but_readable_text_is_answered(text: str) -> None:
    assert refusal({"text": text}) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n\t ",
        "\x00",
        "\u200b\u200d\ufeff",
        "x" * 5_000_000,
        "\x00" * 5_000_000,
        bytes(range(256)).decode("latin-1") * 20,
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR".decode("latin-1"),
        os.urandom(2_000).decode("utf-8", "surrogateescape"),
        os.urandom(2_000).decode("utf-8", "replace"),
        "PK\x03\x04word/document.xml",
        b"bytes",
        None,
        {"text": "x"},
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_text_is_refused_quickly(text: Any) -> None:
    start = time.perf_counter()
    assert is_clear(refusal({"text": text}) or "")
    assert time.perf_counter() - start < 1.0


HARD = {
    "full stops": ".",
    "marks": "!?",
    "digits": "1",
    "digits and commas": "1,",
    "open brackets": "[",
    "open parentheses": "(",
    "half tags": "<a",
    "back ticks": "`",
    "fences": "```\n",
    "hyphens": "a-",
    "one word": "a",
    "short lines": "a\n",
    "list marks": "\n- ",
    "table rows": "\n| | |",
    "emoji": "😀",
    "emoticons": ":(",
    "Han": "美味",
    "contrasts": "but ",
    "praise": "great ",
    "negations": "not great, ",
    "dashes": " — a",
    "relatives": ", which ",
    "quotes": '"',
    "addresses": "http://",
    "statistics": "p=",
    "ratings": "5 out of ",
    "aspects": "the food is good, ",
    "prose": "The food was not very good but 12% said the revolutionary service was great. ",
}


@pytest.mark.parametrize("piece", HARD.values(), ids=HARD.keys())
@pytest.mark.parametrize("name", ["story.enhance", "text.sentiment"])
def test_the_longest_text_of_any_shape_takes_less_than_two_seconds(name: str, piece: str) -> None:
    analysis = get_analysis(name)
    text = (piece * (FULL // len(piece)))[: FULL - 1] + "x"
    analysis.local(analysis.parse_content({"text": "warm up the word lists"}))
    start = time.process_time()  # of this process alone, so that neighbours do not count
    analysis.local(analysis.parse_content({"text": text}))
    assert time.process_time() - start < LOCAL_BOUND_S
