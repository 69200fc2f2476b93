"""While a model is away: wait, or a stand-in by analysis, whose degraded answer is redone afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select, update

from analyses import get_analysis
from cli.checks import check_stand_ins
from models.breakers import llm_breaker
from models.calls import BadCall, note_failed
from models.database import clock, reading, writing
from models.endings import Finish, finish
from models.fleet import Member, report
from models.limits import Change, change_limit
from models.recovery import sweep
from models.schema import breakers, jobs
from models.states import Priority
from pipelines import Job, analyze
from pipelines.away import stand_ins
from settings import Settings, get_settings
from tests.harness.environment import environment
from tests.steps.driving import admit_now, calls, drive, run, scripted
from tests.steps.rows import ME, running

pytestmark = pytest.mark.usefixtures("database_url")

MODEL = "scripted/gpt-5-mini"
GOOD = {"label": "positive", "score": 0.8, "confidence": 0.9, "aspects": [], "language": "en"}
STORY = {"title": "A kinder inbox", "text": "A small team in Lyon built a mail filter that asks first."}


@contextmanager
def away(home: Path, choices: str, *rules: dict[str, Any]) -> Iterator[Path]:
    """The scripted model counts as away, and these are the choices; gives the journal of its calls."""
    with scripted(home, *rules) as journal, environment(WHEN_MODEL_AWAY=choices):
        with writing() as connection:
            now = clock(connection)
            report(connection, Member("w", "host", 1, 500), now)
            change_limit(connection, "queue", "ai_analysis", Change(concurrency=0, rate=0))
            note_failed(connection, [BadCall(f"j{n}", llm_breaker(MODEL), "timeout") for n in range(9)], now)
        yield journal


def sentiment(text: str = "The tea was lovely.") -> Job:
    return analyze("text.sentiment", {"text": text}).submit()


def story() -> Job:
    return analyze("story.enhance", STORY).submit()


def back(*, closed: bool = True) -> None:
    """The model's breaker is closed, or else its wait is over."""
    values = {"state": "closed", "failures": 0} if closed else {"retry_at_ms": 1}
    with writing() as connection:
        connection.execute(update(breakers).values(values))


def swept() -> int:
    with writing() as connection:
        return sweep(connection).redone


def redo_of(job: Job) -> Any:
    with reading() as connection:
        return connection.execute(select(*jobs.c).where(jobs.c.redoes_job_id == job.id)).one()


def test_by_default_every_analysis_waits_and_no_attempt_is_used(home: Path) -> None:
    with away(home, "") as journal:
        waiting = [sentiment(), story()]
        assert admit_now() == []
        assert [(job.state, job.row.failure_count) for job in waiting] == [("waiting", 0)] * 2
        assert calls(journal) == 0


def test_each_analysis_does_as_it_was_told_also_behind_one_that_waits(home: Path) -> None:
    with away(home, "story.enhance=local", {"merge": {"hype_score": 9.5}}) as journal:
        waiting, told = [sentiment(f"#{n}") for n in range(20)], story()
        drive(told)
        assert (told.state, told.result.provider, told.result.degraded) == ("completed", "local", True)
        assert {job.state for job in waiting} == {"waiting"}
        assert calls(journal) == 0


def test_another_model_may_stand_in_and_its_answer_is_degraded_too(home: Path) -> None:
    with away(home, "text.sentiment=openai/nano", {"reply": GOOD}):
        job = sentiment()
        (admitted,) = admit_now()
        assert job.row.stand_in == "openai/nano"
        with writing() as connection:  # it cannot be asked here: let the scripted one be it
            named = {"stand_in": "scripted/nano"}
            connection.execute(update(jobs).where(jobs.c.id == job.id).values(named))
        run([admitted])
        result = job.result
        assert (result.provider, result.model, result.degraded) == ("scripted", "nano", True)


def test_a_stand_in_that_is_away_as_well_is_not_asked_and_holds_up_nobody(home: Path) -> None:
    with away(home, "text.sentiment=scripted/nano,*=local") as journal:
        waiting, told = sentiment(), story()
        drive(told)
        assert (waiting.state, told.state) == ("waiting", "completed")
        assert calls(journal) == 0


def test_one_job_is_the_probe_even_where_others_are_stood_in_for(home: Path) -> None:
    with away(home, "*=local", {"reply": GOOD}) as journal:
        asked = [sentiment(f"#{n}") for n in range(5)]
        back(closed=False)
        drive(asked[0])
        assert [job.result.provider for job in asked] == ["scripted", *["local"] * 4]
        assert [job.result.degraded for job in asked] == [False, *[True] * 4]
        assert calls(journal) == 1


def test_a_degraded_answer_is_redone_once_when_the_model_is_back_and_replaced(home: Path) -> None:
    with away(home, "*=local", {"reply": GOOD | {"score": 0.77}}) as journal:
        job = drive(sentiment())
        assert (job.result.degraded, swept()) == (True, 0)
        back()
        assert (swept(), swept()) == (1, 0)
        redo = redo_of(job)
        assert (redo.priority, redo.model, redo.price_credits) == (Priority.LOW, MODEL, 0)
        assert redo.content_id == job.row.content_id
        drive(job)
        result = job.result
        assert (result.degraded, result.provider, result.answer["score"]) == (False, "scripted", 0.77)
        assert Job(job_id=redo.id).state == "completed"
        assert (calls(journal), swept()) == (1, 0)


def test_if_nothing_else_would_ask_the_model_a_redo_is_the_probe(home: Path) -> None:
    with away(home, "*=local", {"reply": GOOD}):
        done = [drive(sentiment(f"#{n}")) for n in range(3)]
        assert swept() == 0
        back(closed=False)
        assert swept() == 3
        (the_probe,) = admit_now()
        run([the_probe])
        drive(done[0])
        assert [job.result.degraded for job in done] == [False] * 3


def test_a_redo_waits_for_the_model_itself(home: Path) -> None:
    with away(home, "*=local", {"error": "service_error"}):
        job = drive(sentiment())
        back(closed=False)
        assert swept() == 1
        run(admit_now())  # the probe, which fails
        assert admit_now() == []
        redo = redo_of(job)
        assert (redo.state, redo.stand_in, redo.failure_count) == ("waiting", None, 0)
        assert job.result.degraded


def test_a_sweep_submits_so_many_and_the_next_one_the_rest(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.redo.AT_ONCE", 2)
    with away(home, "*=local", {"reply": GOOD}):
        for n in range(5):
            drive(sentiment(f"#{n}"))
        back()
        assert [swept() for _ in range(4)] == [2, 2, 1, 0]


def test_answers_of_a_model_that_stays_away_do_not_keep_others_from_being_redone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("models.redo.LOOKED_AT", 2)
    for model in ("alpha/x", "alpha/x", "alpha/x", "beta/x", "alpha/x", "beta/x"):
        made = Finish(running(model=model), {}, 1, 1, "local", "local", degraded=True)
        with writing() as connection:
            finish(connection, [made], holder=ME, now=clock(connection))
    with writing() as connection:
        calls_failed = [BadCall(f"j{n}", "llm:alpha", "timeout") for n in range(9)]
        note_failed(connection, calls_failed, clock(connection))
    assert [swept() for _ in range(6)] == [0, 1, 1, 0, 0, 0]
    back()
    assert sum(swept() for _ in range(4)) == 4


def test_an_analysis_may_say_for_itself_and_the_setting_overrules_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(type(get_analysis("story.enhance")), "when_model_away", "local")
    assert stand_ins(Settings()) == {"story.enhance": "local"}
    assert stand_ins(Settings(when_model_away="story.enhance=wait")) == {}
    everyone = stand_ins(Settings(when_model_away=" *=openai/gpt-5-nano , story.enhance=local"))
    assert everyone["text.sentiment"] == "openai/gpt-5-nano"
    assert everyone["story.enhance"] == "local"


@pytest.mark.parametrize("told", ["local", "story.enhance=", "story.enhance=later", "=local", "*=openai/"])
def test_a_choice_that_is_none_is_refused_with_what_it_may_be(told: str) -> None:
    with pytest.raises(ValidationError, match="wait, local or"):
        Settings(when_model_away=told)
    assert get_settings().when_model_away == ""


def test_a_provider_that_does_not_exist_stands_in_for_nobody_and_the_doctor_says_so() -> None:
    settings = Settings(when_model_away="story.enhance=opnai/gpt-5,story.enhanse=local")
    assert stand_ins(settings) == {}
    found = check_stand_ins(settings)
    assert not found.ok
    assert "opnai/gpt-5" in found.message
    assert "story.enhanse" in found.message
    assert check_stand_ins(Settings(when_model_away="*=local")).ok
