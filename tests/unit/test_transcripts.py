"""Transcripts: how they come in, how they are cut and shown to a model, and to whom a quote belongs."""

from __future__ import annotations

import time
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from analyses import get_analysis
from analyses.contents import Transcript, Turn
from analyses.fencing import fenced
from analyses.samples import load
from analyses.transcripts import Said, attributed, parts_of, shown_chars
from errors import InvalidInput
from tests.harness import debates

INTERACTION = get_analysis("transcript.interaction")
FENCE_CHARS = 150  # its two markers and the names of the fields


def transcript(data: dict[str, Any]) -> Transcript:
    content = INTERACTION.parse_content(data)
    assert isinstance(content, Transcript)
    return content


def spoken(*turns: tuple[str, str]) -> Transcript:
    return transcript({"turns": [{"speaker": speaker, "text": text} for speaker, text in turns]})


def told(content: Transcript) -> list[tuple[str, str]]:
    return [(turn.speaker, turn.text) for turn in content.turns]


def test_turns_are_numbered_and_a_speaker_is_spelt_as_first_met() -> None:
    content = spoken(("Ann", "Hello."), ("BOB:", "Hi."), ("ANN ", "Well?"))
    assert told(content) == [("Ann", "Hello."), ("BOB", "Hi."), ("Ann", "Well?")]
    assert [turn.number for turn in content.turns] == [0, 1, 2]
    assert content.speakers == ["Ann", "BOB"]


def test_plain_text_is_cut_where_lines_begin_with_a_name() -> None:
    text = (
        "# A short talk\n\nANN: Hello there.\nHow is it: good?\n\nDr. Bo van Dam: Fine.\n"
        "[1:05] Ann: Time flies.\n**Speaker 2 (0:01:10):** It does.\nhttps://example.org: not a name"
    )
    content = transcript({"text": text})
    assert content.title == "A short talk"
    assert told(content) == [
        ("ANN", "Hello there.\nHow is it: good?"),
        ("Dr. Bo van Dam", "Fine."),
        ("ANN", "Time flies."),
        ("Speaker 2", "It does.\nhttps://example.org: not a name"),
    ]
    assert [turn.time_s for turn in content.turns] == [None, None, 65.0, 70.0]


def test_words_that_nobody_is_named_for_are_kept_as_nobodys() -> None:
    assert told(transcript({"text": "We met.\nWe spoke.\n\nAnn: Yes."})) == [
        ("Unknown", "We met.\nWe spoke."),
        ("Ann", "Yes."),
    ]
    assert told(transcript({"text": "It rained all day."})) == [("Unknown", "It rained all day.")]


def test_captions_become_turns_of_their_voices_without_marks_and_times() -> None:
    text = (
        "WEBVTT - a call\n\nNOTE made by a machine\n\n1\n00:00:01.000 --> 00:00:04.000 align:start\n"
        "<v Ana>We should <i>cut</i> it &amp; go,</v>\n\n00:04.500 --> 00:06.000\n<v Ana>"
        "because nobody asked.\n\n01:00:07.250 --> 01:00:09.000\n<v.loud mary ann>Why?</v>\n"
        "<v Ana>Costs.</v>\n"
    )
    content = transcript({"text": text})
    assert told(content) == [
        ("Ana", "We should cut it & go,\nbecause nobody asked."),
        ("mary ann", "Why?"),
        ("Ana", "Costs."),
    ]
    assert [turn.time_s for turn in content.turns] == [1.0, 3607.25, 3607.25]


def test_subtitles_take_names_from_their_words_and_a_cue_without_one_goes_on() -> None:
    text = (
        "1\r\n00:00:01,000 --> 00:00:02,000\r\nANN: Hello\r\n\r\n2\r\n00:00:02,500 --> 00:00:03,000\r\nthere."
        "\r\n\r\n3\r\n00:00:04,000 --> 00:00:05,000\r\nBob: Hi: yes.\r\n"
    )
    assert told(transcript({"text": text})) == [("ANN", "Hello\nthere."), ("Bob", "Hi: yes.")]
    unnamed = "00:01.000 --> 00:02.000\nOne.\n\n00:02.000 --> 00:03.000\nTwo."
    assert told(transcript({"text": unnamed})) == [("Unknown", "One.\nTwo.")]


def test_a_talk_about_captions_is_no_caption_file_and_one_without_words_is_refused() -> None:
    text = "ANN: Write 00:01.000 --> 00:02.000 above it."
    assert told(transcript({"text": text})) == [("ANN", "Write 00:01.000 --> 00:02.000 above it.")]
    with pytest.raises(InvalidInput, match="nothing that was said"):
        transcript({"text": "WEBVTT\n\nNOTE nobody speaks\n"})


def test_a_text_with_offsets_is_cut_by_them_and_loses_its_labels() -> None:
    text = "ANN: One.\n\nBOB: Two."
    row = {"text": text, "participants": ["ANN", "BOB"], "turn_offsets": [[0, 0, 9], [1, 11, 20, 7]]}
    content = transcript(row)
    assert told(content) == [("ANN", "One."), ("BOB", "Two.")]
    assert [turn.time_s for turn in content.turns] == [None, 7.0]


def test_a_stored_transcript_is_read_back_as_it_was() -> None:
    for row in load("transcripts"):
        content = transcript(row)
        assert transcript(content.model_dump(mode="json")) == content


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({}, "turns is missing; add it"),
        ({"turns": []}, "holds nothing that was said"),
        ({"turns": [{"speaker": "A", "text": " \u200b"}]}, "holds nothing that was said"),
        ({"text": ""}, "holds nothing that was said"),
        ({"turns": [{"text": "secret"}]}, "turns.0.speaker is missing"),
        ({"turns": [{"speaker": " : ", "text": "secret"}]}, "turns.0.speaker is empty; say who speaks"),
        ({"turns": [{"speaker": "A" * 101, "text": "x"}]}, "turns.0.speaker has 101 characters"),
        ({"turns": [{"speaker": "A", "text": 3}]}, "turns.0.text must be text"),
        ({"turns": [{"speaker": "A", "text": "secret", "time": "soon"}]}, "time is not a time; give seconds"),
        ({"turns": ["secret"]}, "turns.0 must be an object"),
        ({"turns": "secret"}, "turns must be a list"),
        ({"turns": [{"speaker": "A", "text": "x"}] * 20_001}, "has 20,001 turns; the limit is 20,000"),
        ({"turns": [{"speaker": str(n), "text": "x"} for n in range(201)]}, "has 201 speakers"),
        ({"turns": [{"speaker": "A", "text": "x" * 1_100_000}] * 2}, "holds 2,200,000 characters"),
        ({"text": "A: x\n" * 20_001}, "has 20,001 turns"),
        ({"text": "x" * 3_000_000}, "has 3,000,000 characters"),
        ({"text": "%PDF-1.7 secret"}, "looks like a PDF file"),
        (
            {"text": "A: x", "turn_offsets": [[0, 0, 9]], "participants": ["A"]},
            "no turn at its offset number 0",
        ),
        ({"text": "A: x", "turn_offsets": [[0, 0, 4]]}, "give turn_offsets and participants as lists"),
    ],
)
def test_wrong_transcripts_are_refused_with_the_field_and_the_remedy(
    data: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        transcript(data)
    assert complaint in str(caught.value)
    assert "secret" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_model_sees_one_turn_a_line_and_no_line_within_a_turn_can_pass_for_another() -> None:
    content = spoken(("Ann", "I say:\n1. Bob: I confess."), ("Bob", "I do not."))
    shown = fenced(content).split("\n")
    assert shown[1:-1] == ["turns: ", "0. Ann: I say:", "    1. Bob: I confess.", "1. Bob: I do not."]


def test_the_parts_of_every_whole_debate_joined_are_the_whole(shared: Path) -> None:
    for row in debates.rows(shared, "us_presidential_debates"):
        whole = transcript(row)
        assert whole.count == len(row["turn_offsets"])
        for room in (2_000, 8_000, 50_000, 10_000_000):
            parts = parts_of(whole, room)
            assert rejoined(parts) == [(turn.number, turn.speaker, turn.text) for turn in whole.turns]
            assert all(len(fenced(part)) <= room + FENCE_CHARS for part in parts)
        assert len(parts) == 1


def rejoined(parts: list[Transcript]) -> list[tuple[int, str, str]]:
    pieces = [turn for part in parts for turn in part.turns]
    runs = [list(run) for _, run in groupby(pieces, key=lambda turn: turn.number)]
    return [(run[0].number, run[0].speaker, "".join(turn.text for turn in run)) for run in runs]


@pytest.mark.parametrize("text", ["word " * 500, "x" * 2_500, "line\n" * 500, "\U0001f600" * 900])
def test_a_turn_longer_than_a_part_is_cut_and_still_counts_as_one(text: str) -> None:
    whole = spoken(("Ann", "Short."), ("Bob", text), ("Ann", "Short again."))
    parts = parts_of(whole, 300)
    assert len(parts) >= 5
    assert rejoined(parts) == [(turn.number, turn.speaker, turn.text) for turn in whole.turns]
    assert all(sum(map(shown_chars, part.turns)) <= 300 for part in parts)
    assert sum(part.count for part in parts) > whole.count == 3


def test_a_quote_goes_to_whoever_said_it_and_what_nobody_said_is_left_out() -> None:
    content = spoken(
        ("Ann", "The mill is old."), ("Bob", "The mill is loud, and old."), ("Ann", "Loud, and old?")
    )
    sayings = [
        Said(speaker="bob", turn=1, quote="The mill is loud"),
        Said(speaker="Bob", turn=9, quote="“The mill is old.”"),
        Said(speaker="Ann", turn=1, quote="Loud, and old?"),
        Said(speaker="Ann", turn=0, quote="The mill is quiet"),
    ]
    found = [(one.speaker, one.turn, one.quote) for one in attributed(sayings, content)]
    assert found == [
        ("Bob", 1, "The mill is loud"),
        ("Ann", 0, "The mill is old"),
        ("Ann", 2, "Loud, and old?"),
    ]


def test_a_reply_full_of_false_quotes_costs_little() -> None:
    content = spoken(*[("Ann", "the mill is old and the bridge is closed to all the cars")] * 20_000)
    false = [
        Said(speaker="Ann", turn=n, quote=f"the mill is old and the bridge is open {n}") for n in range(200)
    ]
    started = time.thread_time()
    assert attributed(false, content) == []
    assert time.thread_time() - started < 2


def test_a_turn_shows_its_second_where_it_is_known() -> None:
    assert str(Turn(speaker="Ann", text="Hi.", time_s=75.5, number=3)) == "3. Ann (75.5 s): Hi."
