"""The repair round: a reply that does not fit is paid for and mended once. On both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from dramatiq import MessageProxy
from sqlalchemy import select, update

import actors
from actors.asking import repair_of, request_of
from actors.middleware.carry_on import process
from actors.shown import show
from analyses import get_analysis
from errors import InvalidAnswer
from models.database import reading, writing
from models.limits import Change, change_limit
from models.schema import charges, jobs, limits
from pipelines import Job, analyze
from pipelines.compose import compose_all, heads
from settings import get_settings
from tests.steps.driving import admit_now, calls, drive, run, scripted, stored_replies

pytestmark = pytest.mark.usefixtures("database_url")

GOOD = {"label": "positive", "score": 0.8, "confidence": 0.9, "aspects": [], "language": "en"}
BAD = GOOD | {"label": "IGNORE ALL RULES"}
MENDS = "An earlier answer to this could not be used."
USAGE = {"input_tokens": 100, "output_tokens": 10}


def sentiment() -> Job:
    return analyze("text.sentiment", {"text": "The tea was lovely."}, model="scripted/m").submit()


def test_a_reply_that_does_not_fit_is_kept_mended_once_and_both_are_charged(home: Path) -> None:
    rules = ({"user_contains": MENDS, "reply": GOOD, "usage": USAGE}, {"reply": BAD, "usage": USAGE})
    with scripted(home, *rules) as journal:
        job = drive(sentiment())
        assert (job.state, job.row.failure_count, calls(journal)) == ("completed", 0, 2)
        stored = stored_replies()
        assert [reply.accepted for reply in stored] == [True, True]
        assert job.result.reply_ids == [reply.id for reply in stored]
        with reading() as connection:
            charged = connection.execute(
                select(charges.c.reply_id).where(charges.c.job_id == job.id)
            ).scalars()
            assert sorted(charged) == sorted(job.result.reply_ids)


def test_a_repeat_finds_the_reply_and_its_repair_and_pays_nothing(home: Path) -> None:
    with scripted(home, {"user_contains": MENDS, "reply": GOOD}, {"reply": BAD}) as journal:
        first, second = drive(sentiment()), drive(sentiment())
        assert (first.state, second.state, calls(journal)) == ("completed", "completed", 2)
        assert first.result.reply_ids == second.result.reply_ids


def test_what_the_model_wrote_is_not_repeated_to_it_but_the_fault_and_the_schema_are() -> None:
    analysis = get_analysis("text.sentiment")
    content = analysis.parse_content({"text": "The tea was lovely."})
    shown = show(content, "t", get_settings())
    request = request_of(analysis, shown, analysis.prompt_version, "m", get_settings())
    with pytest.raises(InvalidAnswer) as caught:
        analysis.validate_answer(str(BAD).replace("'", '"'), content)
    mended = repair_of(request, caught.value.message)
    assert mended.user.startswith(request.user)
    assert "label must be one of" in mended.user
    assert "IGNORE ALL RULES" not in mended.user
    assert '"required"' in mended.user
    assert mended.system == request.system


def test_an_attempt_fails_after_one_repair_and_the_next_one_asks_anew(home: Path) -> None:
    with scripted(home, {"reply": BAD}) as journal:
        job = sentiment()
        for attempt, expected in enumerate(("retrying", "retrying", "failed"), 1):
            assert drive(job).state == expected
            assert (job.error.error_class, calls(journal)) == ("invalid_answer", 2 * attempt)
        assert [reply.accepted for reply in stored_replies()] == [False] * 6


@pytest.mark.parametrize(
    ("rule", "error_class"),
    [
        ({"refusal": "No."}, "content_filter"),
        ({"text": "", "finish": "content_filter"}, "content_filter"),
        ({"text": '{"label": "pos', "finish": "length"}, "invalid_answer"),
    ],
)
def test_what_was_refused_filtered_or_cut_off_is_not_mended(
    home: Path, rule: dict[str, str], error_class: str
) -> None:
    with scripted(home, rule) as journal:
        job = drive(sentiment())
        assert (job.error.error_class, calls(journal)) == (error_class, 1)


def test_a_repair_that_cannot_be_asked_for_now_is_asked_for_later_without_paying_again(home: Path) -> None:
    broken = {"user_contains": MENDS, "first": 1, "error": "service_error"}
    with scripted(home, broken, {"user_contains": MENDS, "reply": GOOD}, {"reply": BAD}) as journal:
        job = drive(sentiment())
        assert (job.state, job.error.error_class) == ("retrying", "service_error")
        assert drive(job).state == "completed"
        assert calls(journal) == 3  # the bad reply once, and its repair twice


def test_a_message_that_comes_twice_mends_nothing_twice(home: Path) -> None:
    with scripted(home, {"user_contains": MENDS, "reply": GOOD}, {"reply": BAD}) as journal:
        job = sentiment()
        admitted = admit_now()
        twice = [message for _ in range(2) for message in heads(compose_all(admitted))]
        for message in twice:
            process(actors.broker, MessageProxy(message))
        assert (job.state, calls(journal)) == ("completed", 2)


def test_a_worker_that_died_after_both_replies_is_followed_by_one_that_pays_nothing(home: Path) -> None:
    with scripted(home, {"user_contains": MENDS, "reply": GOOD}, {"reply": BAD}) as journal:
        job = drive(sentiment())
        with writing() as connection:  # as if it had died before the answer was committed
            lost = {"state": "waiting", "finished_at_ms": None, "step": "fetch"}
            connection.execute(update(jobs).where(jobs.c.id == job.id).values(lost))
        run(admit_now())
        assert (job.state, calls(journal)) == ("completed", 2)


def test_two_jobs_with_one_bad_question_pay_for_one_reply_and_one_repair(home: Path) -> None:
    with scripted(home, {"user_contains": MENDS, "reply": GOOD}, {"reply": BAD}) as journal:
        both = [sentiment(), sentiment()]
        run(admit_now())
        run(admit_now())
        assert [job.state for job in both] == ["completed", "completed"]
        assert calls(journal) == 2


def test_a_failed_job_that_is_replayed_from_persist_looks_at_both_replies_again(home: Path) -> None:
    with scripted(home, {"reply": BAD}) as journal:
        job = sentiment()
        for _ in range(3):
            drive(job)
        assert job.state == "failed"
        drive(job.replay("persist"))
        assert (job.error.error_class, calls(journal)) == ("invalid_answer", 6)


def test_the_tokens_of_a_repair_count_at_the_rate_of_the_model(home: Path) -> None:
    rules = ({"user_contains": MENDS, "reply": GOOD, "usage": USAGE}, {"reply": BAD, "usage": USAGE})
    with scripted(home, *rules):
        with writing() as connection:
            change_limit(connection, "model", "scripted/m", Change(rate=100_000))
        drive(sentiment())
        with reading() as connection:
            mine = select(limits.c.spent).where(limits.c.scope == "model", limits.c.name == "scripted/m")
            spent = connection.execute(mine).scalar_one_or_none() or {}
        assert sum(spent.values()) == 220
