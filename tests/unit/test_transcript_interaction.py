"""`transcript.interaction`: counts that are exact, judgements that follow from them, parts that add up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analyses import get_analysis
from analyses.contents import Transcript
from analyses.samples import load
from analyses.transcript_interaction import Interaction
from errors import InvalidAnswer
from tests.harness import debates

ANALYSIS = get_analysis("transcript.interaction")
SAMPLES = {row["id"]: row for row in load("transcripts")}


def content_of(row: dict[str, Any]) -> Transcript:
    content = ANALYSIS.parse_content(row)
    assert isinstance(content, Transcript)
    return content


def local(row: dict[str, Any]) -> Interaction:
    answer = ANALYSIS.local(content_of(row))
    assert isinstance(answer, Interaction)
    return answer


def spoken(*turns: tuple[str, str]) -> dict[str, Any]:
    return {"turns": [{"speaker": speaker, "text": text} for speaker, text in turns]}


def test_turns_words_questions_answers_and_interruptions_are_counted() -> None:
    answer = local(
        spoken(
            ("Ann", "Where were you? I waited."),
            ("Bob", "I was at the mill, and —"),
            ("Ann", "All night?"),
            ("Bob", "Yes."),
            ("Bob", "All night."),
        )
    )
    bob, ann = sorted(answer.participants, key=lambda one: one.speaker, reverse=True)
    assert (ann.turns, ann.words, ann.questions, ann.responses, ann.interruptions, ann.interrupted) == (
        *(2, 7, 2, 0),
        *(1, 0),
    )
    assert (bob.turns, bob.words, bob.questions, bob.responses, bob.interruptions, bob.interrupted) == (
        *(3, 9, 0, 1),
        *(0, 1),
    )
    assert [(one.before, one.after, one.times) for one in answer.exchanges] == [
        ("Ann", "Bob", 2),
        ("Bob", "Ann", 1),
    ]


def test_who_leads_others_through_a_debate_is_its_moderator() -> None:
    roles = {one.speaker: one.role for one in local(SAMPLES["bridge-debate"]).participants}
    assert roles == {"Moderator": "moderator", "Okafor": "speaker", "Brandt": "speaker"}


def test_moments_are_verbatim_and_with_whoever_said_them() -> None:
    for row in SAMPLES.values():
        content = content_of(row)
        for moment in local(row).moments:
            turn = content.turns[moment.turn]
            assert moment.speaker == turn.speaker
            assert moment.quote in turn.text


def test_a_challenge_and_an_interruption_are_noticed_in_a_debate() -> None:
    told = {(one.kind, one.quote) for one in local(SAMPLES["bridge-debate"]).moments}
    assert ("challenge", "That's not true.") in told
    meeting = [one for one in local(SAMPLES["release-meeting"]).moments if one.kind == "interruption"]
    assert [(one.speaker, one.turn) for one in meeting] == [("Jonas", 5)]


def test_the_contributions_of_a_score_sum_to_it() -> None:
    content = content_of(SAMPLES["bridge-debate"])
    sums: dict[str, float] = {}
    for factor in ANALYSIS.explain(content):
        sums[factor.score] = sums.get(factor.score, 0.0) + factor.contribution
    by_name = {one.speaker: one for one in local(SAMPLES["bridge-debate"]).participants}
    for place, name in enumerate(content.speakers):
        assert sums[f"dominance of speaker {place + 1}"] == pytest.approx(by_name[name].dominance, abs=1e-4)
        assert sums[f"engagement of speaker {place + 1}"] == pytest.approx(by_name[name].engagement, abs=1e-4)


def reply(**changes: Any) -> str:
    told = {
        "participants": [
            {"speaker": "okafor", "role": "speaker", "engagement": 0.9, "dominance": 0.4, "words": 1},
            {"speaker": "Nobody", "role": "speaker", "engagement": 0.1, "dominance": 1.0},
        ],
        "engagement": 0.7,
        "moments": [
            {"speaker": "Okafor", "turn": 1, "quote": "Halm has a railway station", "kind": "challenge"}
        ],
        "observation": "They come closer.",
        "confidence": 0.8,
    }
    return json.dumps({**told, **changes})


def test_a_model_judges_but_never_counts() -> None:
    schema = ANALYSIS.json_schema()
    assert set(schema["properties"]) == {"participants", "engagement", "moments", "observation", "confidence"}
    assert set(schema["properties"]["participants"]["items"]["properties"]) == {
        *("speaker", "role", "engagement", "dominance"),
    }
    content = content_of(SAMPLES["bridge-debate"])
    answer = ANALYSIS.validate_answer(reply(), content)
    assert isinstance(answer, Interaction)
    counted = {one.speaker: one for one in local(SAMPLES["bridge-debate"]).participants}
    told = {one.speaker: one for one in answer.participants}
    assert told.keys() == counted.keys()
    assert (told["Okafor"].engagement, told["Okafor"].words) == (0.9, counted["Okafor"].words)
    assert told["Brandt"] == counted["Brandt"]
    assert [(one.speaker, one.turn) for one in answer.moments] == [("Brandt", 8)]


def test_a_reply_with_a_judgement_out_of_range_is_refused() -> None:
    with pytest.raises(InvalidAnswer, match="engagement must be at most 1"):
        ANALYSIS.validate_answer(reply(engagement=7), content_of(SAMPLES["bridge-debate"]))


def test_the_parts_of_every_whole_debate_merge_to_the_counts_of_the_whole(shared: Path) -> None:
    for row in debates.rows(shared, "us_presidential_debates"):
        content = content_of(row)
        whole = local(row)
        parts = ANALYSIS.parts(content, 12_000)
        merged = ANALYSIS.merge(content, [ANALYSIS.local(part) for part in parts])
        assert isinstance(merged, Interaction)
        assert len(parts) > 4
        counted = [counts(one) for one in whole.participants]
        assert [counts(one) for one in merged.participants] == counted
        assert (merged.turns, merged.words) == (len(row["turn_offsets"]), whole.words)
        assert sum(one.word_share for one in merged.participants) == pytest.approx(1, abs=1e-4)


def counts(one: Any) -> dict[str, Any]:
    judged = {"role", "engagement", "dominance"}
    return {name: value for name, value in one.model_dump().items() if name not in judged}
