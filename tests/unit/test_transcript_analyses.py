"""What holds for each of the six analyses of transcripts, on samples, odd input and whole debates."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from analyses import get_analysis
from analyses.contents import Transcript
from analyses.samples import load
from analyses.transcripts import Said, Stretch, TranscriptAnswer
from tests.harness import debates

KINDS = ("arguments", "interaction", "linguistics", "quality", "sentiment", "topics")
NAMES = [f"transcript.{kind}" for kind in KINDS]
SAMPLES = {row["id"]: row for row in load("transcripts")}
EXPLAINED = {"arguments": "logical_flow", "quality": "overall", "sentiment": "score", "topics": "coherence"}
WHOLE = ["usdebate-1960-09-26", "usdebate-2012-10-22", "usdebate-2020-1st-presidential-debate"]
PART_CHARS = 20_000
ODD = {
    "one word": {"text": "Hello"},
    "one speaker": {"turns": [{"speaker": "Ann", "text": "I was here. It was good."}] * 3},
    "no letters": {"turns": [{"speaker": "Ann", "text": "!!! 7 \U0001f600"}, {"speaker": "Bo", "text": "?"}]},
    "not English": {"text": "Anna: Wie geht es dir heute?\nBernd: Sehr gut, und dir auch, hoffe ich."},
    "long word": {
        "turns": [{"speaker": "Ann", "text": "x" * 50_000}, {"speaker": "Bo", "text": "y" * 50_000}]
    },
    "no spaces": {"turns": [{"speaker": "Ann", "text": "a.b,c?!-" * 5_000}]},
}


def content_of(name: str, row: dict[str, Any]) -> Transcript:
    content = get_analysis(name).parse_content(row)
    assert isinstance(content, Transcript)
    return content


def local(name: str, content: Transcript) -> TranscriptAnswer:
    answer = get_analysis(name).local(content)
    assert isinstance(answer, TranscriptAnswer)
    return answer


def found(model: BaseModel, kind: type[Any]) -> Iterator[Any]:
    """Every instance of `kind` anywhere in an answer."""
    for value in model.__dict__.values():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, kind):
                yield one
            elif isinstance(one, BaseModel):
                yield from found(one, kind)


def is_sound(answer: TranscriptAnswer, content: Transcript) -> None:
    """Quotes stand in the turn that is named and are its speaker's; stretches lie within the transcript."""
    turns: dict[int, list[Any]] = {}
    for turn in content.turns:
        turns.setdefault(turn.number, []).append(turn)
    for said in found(answer, Said):
        assert any(said.quote in turn.text and said.speaker == turn.speaker for turn in turns[said.turn])
    for stretch in found(answer, Stretch):
        assert content.turns[0].number <= stretch.first_turn <= stretch.last_turn <= content.turns[-1].number
    assert answer.turns == content.count


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("row", SAMPLES.values(), ids=SAMPLES)
def test_every_sample_is_answered_with_quotes_that_are_their_speakers(name: str, row: dict[str, Any]) -> None:
    content = content_of(name, row)
    answer = local(name, content)
    is_sound(answer, content)
    assert list(found(answer, Said))
    assert answer == local(name, content)
    cells = get_analysis(name).summary(answer)
    assert 3 <= len(cells) <= 5
    assert all(cell and len(cell) <= 100 for cell in cells.values())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("row", ODD.values(), ids=ODD)
def test_odd_transcripts_are_answered_soundly(name: str, row: dict[str, Any]) -> None:
    content = content_of(name, row)
    started = time.perf_counter()
    answer = local(name, content)
    assert time.perf_counter() - started < 2
    is_sound(answer, content)
    assert all(get_analysis(name).summary(answer).values())


@pytest.mark.parametrize("kind", ["linguistics", "quality", "topics"])
def test_a_language_without_lists_halves_the_confidence(kind: str) -> None:
    name = f"transcript.{kind}"
    english = local(
        name, content_of(name, {"text": "Anna: How are you today?\nBernd: I am well, and you are too."})
    )
    german = local(name, content_of(name, ODD["not English"]))
    assert german.confidence == pytest.approx(english.confidence / 2, abs=0.02)


@pytest.mark.parametrize("kind", EXPLAINED)
def test_the_contributions_sum_to_the_score(kind: str) -> None:
    name = f"transcript.{kind}"
    for row in SAMPLES.values():
        content = content_of(name, row)
        factors = get_analysis(name).explain(content)
        assert {factor.score for factor in factors} == {EXPLAINED[kind]}
        score = getattr(local(name, content), EXPLAINED[kind])
        assert sum(factor.contribution for factor in factors) == pytest.approx(score, abs=1e-3)
        assert all(f.contribution == pytest.approx(f.value * f.weight) for f in factors)


@pytest.mark.parametrize("name", NAMES)
def test_no_factor_holds_a_name_or_words_of_a_turn(name: str) -> None:
    row = {"turns": [{"speaker": "Zebulon", "text": "Quixotic zithers are good, aren't they?"}] * 3}
    told = json.dumps([vars_of(one) for one in get_analysis(name).explain(content_of(name, row))])
    assert "Zebulon" not in told
    assert "zithers" not in told


def vars_of(factor: Any) -> dict[str, Any]:
    return {"score": factor.score, "feature": factor.feature}


@pytest.mark.parametrize("name", NAMES)
def test_a_models_false_quotes_are_dropped_and_its_figures_replaced(name: str) -> None:
    content = content_of(name, SAMPLES["bridge-debate"])
    answer = local(name, content)
    reply = answer.model_dump(mode="json")
    reply.update(turns=999, words=1)
    count = sum(1 for _ in found(answer, Said))
    (first, *_) = listed = [one for value in reply.values() for one in _sayings(value)]
    first["quote"] = "Nobody ever said this in any debate."
    listed[-1]["speaker"] = "Somebody else"
    checked = get_analysis(name).validate_answer(json.dumps(reply), content)
    assert isinstance(checked, TranscriptAnswer)
    is_sound(checked, content)
    assert sum(1 for _ in found(checked, Said)) == count - 1
    assert (checked.turns, checked.words) == (answer.turns, answer.words)


def _sayings(value: Any) -> list[dict[str, Any]]:
    rows = value if isinstance(value, list) else []
    return [row for row in rows if isinstance(row, dict) and "quote" in row]


@pytest.mark.parametrize("name", NAMES)
def test_a_model_is_told_about_turns_and_asked_for_no_figure_that_can_be_counted(name: str) -> None:
    analysis = get_analysis(name)
    told = json.dumps(analysis.json_schema())
    assert not any(f'"{field}":' in told for field in ("words", "turns", "turn_share", "grade", "share"))
    shown = analysis.prompt(content_of(name, SAMPLES["bridge-debate"])).user
    assert "\n4. Okafor (84 s): That's not true." in shown


@pytest.mark.parametrize("name", NAMES)
def test_whole_debates_take_less_than_two_seconds_and_their_parts_add_up(name: str, shared: Path) -> None:
    analysis = get_analysis(name)
    rows = {row["id"]: row for row in debates.rows(shared, "us_presidential_debates")}
    for row in (rows[one] for one in WHOLE):
        content = content_of(name, row)
        started = time.thread_time()
        whole = local(name, content)
        assert time.thread_time() - started < 2
        parts = analysis.parts(content, PART_CHARS)
        answers = [local(name, part) for part in parts]
        merged = analysis.merge(content, answers)
        assert isinstance(merged, TranscriptAnswer)
        is_sound(merged, content)
        assert (merged.turns, merged.words) == (whole.turns, whole.words)
        assert sum(one.words for one in answers) == whole.words
        assert words_of(merged) == words_of(whole)
        assert analysis.validate_answer(merged.model_dump_json(), content) == merged


def words_of(answer: TranscriptAnswer) -> dict[str, int]:
    return {one.speaker: one.words for one in getattr(answer, "participants", [])}
