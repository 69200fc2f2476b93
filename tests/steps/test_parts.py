"""Long contents: cut to what the model takes, asked about part by part, merged. On both databases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from dramatiq.middleware import TimeLimitExceeded
from sqlalchemy import update

from actors.middleware import durable
from adapters.llm.scripted import ScriptedProvider
from analyses import _registry, register
from analyses.base import Analysis, Answer, Factor
from analyses.contents import Text
from models.database import writing
from models.limits import Change, change_limit, get_limits
from models.schema import jobs
from pipelines import Job, analyze, analyze_many, warm_cache
from tests.harness.environment import environment
from tests.steps.driving import admit_now, calls, drive, run, scripted, stored_replies

pytestmark = pytest.mark.usefixtures("database_url", "pieces")

NAME = "test.pieces"
MODEL = "scripted/small"
LONG = " ".join(f"word{number:05d}" for number in range(1_500))  # 15,000 characters
USAGE = {"input_tokens": 1_000, "output_tokens": 10}
TOO_LONG = {"user_matches": "(?s).{5000}", "error": "context_length"}


class PiecesAnswer(Answer):
    """How many were asked about: one each, and merged, their sum."""

    found: int


class Pieces(Analysis[Text, PiecesAnswer]):
    """Cuts its text between words."""

    name = NAME
    title = "Counts what it was asked about"
    content = Text
    answer = PiecesAnswer
    instructions = {1: "Say 1."}  # noqa: RUF012

    def parts(self, content: Text, most_chars: int) -> list[Text]:
        size = most_chars // 10  # a word and its space have ten characters
        words = content.text.split()
        cut = [words[start : start + size] for start in range(0, len(words), size)]
        return [Text(text=" ".join(some)) for some in cut] if len(cut) > 1 else [content]

    def merge(self, content: Text, answers: Sequence[PiecesAnswer]) -> PiecesAnswer:
        return PiecesAnswer(confidence=1.0, found=sum(answer.found for answer in answers))

    def local(self, content: Text) -> PiecesAnswer:
        return PiecesAnswer(confidence=1.0, found=1)

    def explain(self, content: Text) -> list[Factor]:
        return []

    def summary(self, answer: PiecesAnswer) -> dict[str, str]:
        return {"found": str(answer.found)}


@pytest.fixture
def pieces() -> Iterator[None]:
    register(Pieces())
    with environment(MODEL_CONTEXTS='{"small": 6500}'):  # of which the answer may be 4,000
        yield
    _registry().pop(NAME)


ONE = {"reply": {"found": 1, "confidence": 1.0}, "usage": USAGE}


def long_job(text: str = LONG) -> Job:
    return analyze(NAME, {"text": text}, model=MODEL).submit()


def test_a_content_that_is_too_long_is_asked_about_in_parts_whose_answers_are_merged(home: Path) -> None:
    with scripted(home, ONE) as journal:
        job = drive(long_job())
        asked = calls(journal)
        assert job.state == "completed"
        assert asked > 1
        assert job.answer.found == asked
        assert job.result.reply_ids == [reply.id for reply in stored_replies()]
        assert all(reply.accepted for reply in stored_replies())


def test_a_short_one_is_asked_about_whole(home: Path) -> None:
    with scripted(home, ONE) as journal:
        assert drive(long_job("A short text.")).answer.found == calls(journal) == 1


def test_nothing_is_lost_between_the_parts(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    complete = ScriptedProvider.complete

    def listen(self: ScriptedProvider, request: object, cancelled: object = None) -> object:
        seen.append(request.user)  # type: ignore[attr-defined]
        return complete(self, request, cancelled)  # type: ignore[arg-type]

    monkeypatch.setattr(ScriptedProvider, "complete", listen)
    with scripted(home, ONE):
        drive(long_job())
    assert all(any(word in text for text in seen) for word in LONG.split())


def test_a_failing_part_is_asked_again_by_the_next_attempt_and_the_others_are_not(home: Path) -> None:
    failing = {"user_contains": "word00600", "first": 1, "error": "service_error"}
    with scripted(home, failing, ONE) as journal:
        job = drive(long_job())
        assert (job.state, job.error.error_class) == ("retrying", "service_error")
        before = calls(journal)
        assert drive(job).state == "completed"
        assert calls(journal) == job.answer.found + 1
        assert calls(journal) > before


def test_a_part_that_does_not_fit_is_mended_and_only_it_counts_as_unfit_if_that_fails(home: Path) -> None:
    bad = {"user_contains": "word00600", "text": "no JSON"}
    with scripted(home, bad, ONE):
        job = drive(long_job())
        assert (job.state, job.error.error_class) == ("retrying", "invalid_answer")
        judged = [reply.accepted for reply in stored_replies()]
        assert judged[-2:] == [False, False]
        assert set(judged[:-2]) <= {None}


def test_what_the_server_finds_too_long_all_the_same_is_cut_further(home: Path) -> None:
    with environment(MODEL_CONTEXTS=""), scripted(home, TOO_LONG, ONE) as journal:
        job = drive(long_job())
        assert job.state == "completed"
        assert job.answer.found == 4
        assert calls(journal) == 7  # the whole, its halves, and their halves


def test_another_process_finds_the_answer_of_parts_again_and_asks_nobody(home: Path) -> None:
    with environment(MODEL_CONTEXTS=""), scripted(home, TOO_LONG, ONE) as journal:
        job = drive(long_job())
        asked = calls(journal)
        drive(job.replay("persist"))
        assert (job.state, job.answer.found, calls(journal)) == ("completed", 4, asked)


def test_what_cannot_be_cut_fails_with_context_length(home: Path) -> None:
    with scripted(home, {"error": "context_length"}):
        job = drive(analyze("text.sentiment", {"text": LONG}, model=MODEL).submit())
        assert (job.state, job.error.error_class) == ("failed", "context_length")


def test_running_out_of_time_between_parts_uses_up_no_attempt_and_the_parts_are_kept(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted(home, ONE) as journal:
        job = long_job()
        complete = ScriptedProvider.complete

        def slow(self: ScriptedProvider, request: object, cancelled: object = None) -> object:
            if calls(journal) == 2:
                raise TimeLimitExceeded
            return complete(self, request, cancelled)  # type: ignore[arg-type]

        monkeypatch.setattr(ScriptedProvider, "complete", slow)
        drive(job)
        row = job.row
        assert (row.state, row.error_class, row.failure_count) == ("retrying", "timeout", 0)
        monkeypatch.setattr(ScriptedProvider, "complete", complete)
        drive(job)
        assert job.state == "completed"
        assert calls(journal) == job.answer.found


def test_estimates_and_reservations_count_all_parts_and_are_put_right_by_each_reply(home: Path) -> None:
    with scripted(home, ONE) as journal:
        with writing() as connection:
            change_limit(connection, "model", MODEL, Change(rate=1_000_000))
        job = long_job()
        whole, short = job.row.estimated_tokens, long_job("Short.").row.estimated_tokens
        assert whole > 4_000 + short
        drive(job)
        with writing() as connection:
            spent = get_limits(connection, [("model", MODEL)])["model", MODEL].spent
        assert sum(spent.values()) == 1_010 * calls(journal)


def test_two_jobs_with_the_same_long_content_pay_for_each_part_once(home: Path) -> None:
    with scripted(home, ONE) as journal:
        both = [long_job(), long_job()]
        for _ in range(10):
            run(admit_now())
            with writing() as connection:
                due = update(jobs).where(jobs.c.state == "scheduled", jobs.c.waits_for.is_(None))
                connection.execute(due.values(state="waiting"))
        assert [job.state for job in both] == ["completed", "completed"]
        assert calls(journal) == both[0].answer.found


def test_progress_is_told_part_by_part(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, int]] = []
    at_part = durable.Work.at_part

    def listen(work: durable.Work, number: int, many: int) -> None:
        at_part(work, number, many)
        told.append((work.stage, work.progress))

    monkeypatch.setattr(durable.Work, "at_part", listen)
    with scripted(home, ONE):
        many = drive(long_job()).answer.found
    assert told[0] == (f"score 1 of {many}", 30)
    assert [progress for _, progress in told] == sorted({progress for _, progress in told})
    assert told[-1][1] < 90


def test_a_warm_up_knows_which_parts_are_there(home: Path) -> None:
    with environment(OPENAI_MODEL="small"), scripted(home, ONE):
        assert len(list(warm_cache(NAME, [{"text": LONG}]).submit().members())) == 1
        drive(analyze(NAME, {"text": LONG}).submit())
        assert list(warm_cache(NAME, [{"text": LONG}]).submit().members()) == []
        assert analyze_many(NAME, [{"text": LONG}]).estimate().tokens > 4_000
