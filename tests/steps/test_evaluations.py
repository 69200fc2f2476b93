"""Runs of evaluations, on both databases: what is kept, and what two of them tell together."""

from __future__ import annotations

from typing import Any

import pytest

from analyses import get_analysis
from analyses.evaluation import choose
from errors import InvalidInput, NotFound
from models.charges import Charged, charge
from models.database import clock, reading, writing
from models.evaluations import MOST_OUTCOMES, find_run, list_runs
from pipelines.evaluations import Trial, compare_runs, keep, measure
from tests.steps.rows import TENANT, members, put_batch

pytestmark = pytest.mark.usefixtures("database_url")

SENTIMENT = get_analysis("text.sentiment")
ROWS = [("I love it", "positive"), ("I hate it", "negative"), ("It is awful", "negative")]
GOLDS = [gold for _, gold in ROWS]
BETTER = [SENTIMENT.local(SENTIMENT.parse_content({"text": text})) for text, _ in ROWS]
WORSE = [SENTIMENT.local(SENTIMENT.parse_content({"text": "I love it"})) for _ in ROWS]


def stored(answers: list[Any], *, golds: list[str] = GOLDS, **changes: Any) -> Any:
    told: dict[str, Any] = {"file_name": "rows.jsonl", "digest": "d", "label": "label", "answerer": "local"}
    trial = Trial(analysis="text.sentiment", **told | changes)
    return keep(trial, measure(choose(SENTIMENT.answer, golds), golds, answers))


def test_a_run_keeps_who_answered_what_was_measured_and_each_rows_outcome() -> None:
    row = stored(BETTER, name="first", answerer="p/m", prompt_version=2)
    assert (row.name, row.metric, row.field, row.answerer, row.prompt_version) == (
        "first",
        "sign",
        "score",
        "p/m",
        2,
    )
    assert (row.rows, row.unanswered, row.figures["accuracy"], row.cost_micro) == (3, 0, 1.0, 0)
    assert [outcome[:2] for outcome in row.outcomes] == [[gold, gold] for gold in GOLDS]


def test_a_row_without_an_answer_is_counted_and_not_measured() -> None:
    row = stored([BETTER[0], None, WORSE[2]])
    assert (row.rows, row.unanswered, row.figures["accuracy"]) == (2, 1, 0.5)
    assert row.outcomes[1] is None
    nothing = stored([None, None, None])
    assert (nothing.rows, nothing.figures) == (0, {})


def test_runs_are_listed_newest_first_and_found_by_id_or_newest_name() -> None:
    ids = [stored(BETTER, name="same").id for _ in range(3)]
    with reading() as connection:
        assert [row.id for row in list_runs(connection, TENANT)] == ids[::-1]
        assert [row.id for row in list_runs(connection, TENANT, before=ids[2], limit=1)] == [ids[1]]
        assert list_runs(connection, TENANT, analysis="story.enhance") == []
        assert find_run(connection, TENANT, "same").id == ids[2]
        assert find_run(connection, TENANT, ids[0]).id == ids[0]


def test_a_run_is_its_tenants_own() -> None:
    row = stored(BETTER, name="mine", tenant="north")
    with reading() as connection:
        assert list_runs(connection, TENANT) == []
        for wanted in (row.id, "mine"):
            with pytest.raises(NotFound, match="no evaluation"):
                find_run(connection, TENANT, wanted)


def test_a_run_through_jobs_tells_what_they_cost_and_saved() -> None:
    batch_id = put_batch(2)
    with writing() as connection:
        for member in members(batch_id):
            told = {"cost_micro": 700, "saved_micro": 40}
            charge(connection, [Charged(TENANT, member.id, "r", "a", "p", "m", **told)], clock(connection))
        charge(connection, [Charged(TENANT, "another", "r", "a", "p", "m", cost_micro=9)], clock(connection))
    row = stored(BETTER, batch_id=batch_id, answerer="p/m")
    assert (row.cost_micro, row.saved_micro) == (1_400, 80)


def test_two_runs_over_the_same_rows_are_compared_by_their_headline() -> None:
    stored(WORSE, name="worse")
    stored(BETTER, name="better", answerer="p/m")
    one, other, told = compare_runs(TENANT, "worse", "better")
    assert (one.name, other.name) == ("worse", "better")
    assert told.value == pytest.approx(2 / 3)
    assert told.low <= told.value <= told.high


def test_rows_that_one_of_them_did_not_answer_are_left_out_of_the_difference() -> None:
    stored([None, BETTER[1], BETTER[2]], name="partly")
    stored(WORSE, name="worse")
    assert compare_runs(TENANT, "worse", "partly")[2].value == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"digest": "e"}, "differ in rows"),
        ({"label": "other"}, "differ in label"),
        ({"golds": ["positive", "neutral", "negative"]}, "differ in metric"),
    ],
)
def test_runs_over_other_rows_labels_or_metrics_are_not_compared(changes: dict[str, Any], words: str) -> None:
    stored(BETTER, name="one")
    stored(BETTER, name="other", **changes)
    with pytest.raises(InvalidInput, match=words):
        compare_runs(TENANT, "one", "other")


def test_a_run_over_very_many_rows_keeps_its_figures_only() -> None:
    many = MOST_OUTCOMES + 1
    row = stored(BETTER[:1] * many, golds=["positive"] * (many - 1) + ["negative"], name="many")
    assert (row.rows, row.outcomes) == (many, None)
    with pytest.raises(InvalidInput, match="figures only"):
        compare_runs(TENANT, "many", "many")
