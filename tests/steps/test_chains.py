"""Chains: models that answer in turn, while one is away or has refused for good. On both databases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from adapters.llm import Reply, Request
from adapters.llm.scripted import ScriptedProvider
from cli.checks import check_stand_ins
from errors import AuthenticationError, ContextLength, GristmillError, InvalidInput, NotFound, OverBudget
from models.breakers import llm_breaker
from models.calls import BadCall, note_failed
from models.database import clock, reading, writing
from models.fleet import Member, report
from models.limits import Change, change_limit
from models.schema import breakers
from pipelines import Job, analyze, analyze_many
from pipelines.away import stand_ins
from settings import Settings
from tests.harness.environment import environment
from tests.steps.driving import admit_now, drive, run, scripted

pytestmark = pytest.mark.usefixtures("database_url")

GOOD = {"label": "positive", "score": 0.8, "confidence": 0.9, "aspects": [], "language": "en"}
CHAIN = ["openai/second", "anthropic/third", "scripted/last"]


def away(*providers: str) -> None:
    """These providers' breakers are open."""
    with writing() as connection:
        now = clock(connection)
        report(connection, Member("w", "host", 1, 500), now)
        change_limit(connection, "queue", "ai_analysis", Change(concurrency=0, rate=0))
        for name in providers:
            bad = [BadCall(f"{name}{n}", llm_breaker(f"{name}/m"), "timeout") for n in range(9)]
            note_failed(connection, bad, now)


def sentiment(**options: object) -> Job:
    return analyze("text.sentiment", {"text": "The tea was lovely."}, **options).submit()  # type: ignore[arg-type]


def test_the_first_of_the_chain_who_is_not_away_answers(home: Path) -> None:
    with scripted(home, {"reply": GOOD}):
        away("openai", "anthropic")
        job = drive(sentiment(model="openai/first", fallbacks=CHAIN))
        result = job.result
        assert (job.state, result.provider, result.model, result.degraded) == (
            *("completed", "scripted", "last"),
            True,
        )


def test_where_all_of_the_chain_are_away_the_job_waits_and_holds_up_nobody(home: Path) -> None:
    with scripted(home, {"reply": GOOD}):
        away("openai", "anthropic")
        waiting = sentiment(model="openai/first", fallbacks=CHAIN[:2])
        other = drive(sentiment(model="scripted/m"))
        assert (waiting.state, other.state) == ("waiting", "completed")
        assert "away" in waiting.why.reason


def test_an_empty_chain_means_that_nobody_stands_in_whatever_is_configured(home: Path) -> None:
    with environment(LLM_FALLBACKS="local"), scripted(home, {"reply": GOOD}):
        away("openai")
        waits, goes = sentiment(model="openai/first", fallbacks=[]), sentiment(model="openai/first")
        drive(goes)
        assert (waits.state, goes.result.provider) == ("waiting", "local")


def test_jobs_of_a_batch_have_its_chain(home: Path) -> None:
    with scripted(home, {"reply": GOOD}):
        away("openai")
        rows = [{"text": f"The tea was lovely, #{n}."} for n in range(3)]
        batch = analyze_many("text.sentiment", rows, model="openai/x", fallbacks=["scripted/m"]).submit()
        run(admit_now())
        assert batch.outcome == "completed"


def refusing(models: set[str], error: GristmillError) -> Callable[..., Reply]:
    complete = ScriptedProvider.complete

    def answer(self: ScriptedProvider, request: Request, cancelled: object = None) -> Reply:
        if request.model in models:
            raise error
        return complete(self, request, cancelled)  # type: ignore[arg-type]

    return answer


@pytest.mark.parametrize(
    "error",
    [AuthenticationError("No."), NotFound("No."), OverBudget("No."), ContextLength("No.")],
    ids=lambda error: error.error_class,
)
def test_one_that_refuses_for_good_leaves_the_job_to_the_next(
    home: Path, monkeypatch: pytest.MonkeyPatch, error: GristmillError
) -> None:
    with scripted(home, {"reply": GOOD}):
        away()
        monkeypatch.setattr(ScriptedProvider, "complete", refusing({"first"}, error))
        job = drive(sentiment(model="scripted/first", fallbacks=["local"]))
        row = job.row
        assert (row.state, row.model, row.failure_count) == ("retrying", "local", 0)
        drive(job)
        assert (job.state, job.result.provider, job.error) == ("completed", "local", None)
        assert any("local is asked from now on" in (event.message or "") for event in job.events())


def test_the_chain_ends_with_the_error_of_its_last(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted(home, {"reply": GOOD}):
        away()
        monkeypatch.setattr(ScriptedProvider, "complete", refusing({"a", "b"}, NotFound("No such model.")))
        job = drive(drive(sentiment(model="scripted/a", fallbacks=["scripted/b"])))
        assert (job.state, job.row.model, job.error.error_class) == ("failed", "scripted/b", "not_found")


def test_a_stand_in_that_refuses_for_good_is_left_out_and_the_model_waited_for(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted(home, {"reply": GOOD}):
        away("openai")
        monkeypatch.setattr(ScriptedProvider, "complete", refusing({"b"}, NotFound("No such model.")))
        job = drive(sentiment(model="openai/a", fallbacks=["scripted/b", "local"]))
        row = job.row
        assert (row.state, row.model, row.fallbacks) == ("retrying", "openai/a", "local")
        drive(job)
        assert (job.state, job.result.provider) == ("completed", "local")


def test_a_refused_key_opens_the_breaker_for_others_though_the_job_goes_on(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted(home, {"reply": GOOD}):
        away()
        monkeypatch.setattr(ScriptedProvider, "complete", refusing({"a"}, AuthenticationError("No.")))
        drive(sentiment(model="scripted/a", fallbacks=["local"]))
        with reading() as connection:
            named = select(breakers.c.state).where(breakers.c.name == "llm:scripted")
            assert connection.execute(named).scalar_one() == "open"


def test_llm_fallbacks_hold_where_nothing_else_is_said() -> None:
    settings = Settings(llm_fallbacks="openai/a, anthropic/b", when_model_away="story.enhance=wait")
    chains = stand_ins(settings)
    assert chains["text.sentiment"] == "openai/a>anthropic/b"
    assert "story.enhance" not in chains
    assert check_stand_ins(settings).ok
    assert not check_stand_ins(Settings(llm_fallbacks="nobody/a")).ok
    assert stand_ins(Settings(when_model_away="text.sentiment=openai/a>local"))["text.sentiment"].endswith(
        ">local"
    )


@pytest.mark.parametrize("told", ["openai", "openai/a>b", "wait"])
def test_fallbacks_that_name_nobody_are_refused(told: str) -> None:
    with pytest.raises(ValidationError):
        Settings(llm_fallbacks=told)
    with pytest.raises(InvalidInput):
        analyze("text.sentiment", {"text": "x"}, fallbacks=[told])
