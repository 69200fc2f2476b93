"""Personal data and models: what is sent, what is kept, what comes back; on both databases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines import Job, analyze, warm_cache
from tests.harness.environment import environment
from tests.steps.driving import admit_now, calls, drive, run, scripted, stored_replies

pytestmark = pytest.mark.usefixtures("database_url")

TEXT = "Mrs. Ottoline Quorn (ottoline@example.com) loved the tea. Call +49 30 901820."
QUOTE = "[NAME_1] ([EMAIL_1]) loved the tea"
DATA = ("Quorn", "ottoline@", "901820")
LEAK = {"user_matches": "Quorn|ottoline|901820", "text": "this was sent"}


def answering(quote: str) -> dict[str, object]:
    aspect = {"aspect": "tea of [NAME_1]", "polarity": "positive", "score": 0.9, "quote": quote}
    reply = {"label": "positive", "score": 0.8, "confidence": 0.9, "aspects": [aspect], "language": "en"}
    return {"reply": reply}


def ask(text: str = TEXT) -> Job:
    return drive(analyze("text.sentiment", {"text": text}).submit())


def test_a_model_sees_marks_and_the_answer_has_the_data_again(home: Path) -> None:
    with scripted(home, LEAK, answering(QUOTE)):
        job = ask()
        assert job.state == "completed"
        (aspect,) = job.answer.aspects
        assert aspect.aspect == "tea of Ottoline Quorn"
        assert aspect.quote == "Ottoline Quorn (ottoline@example.com) loved the tea"


def test_a_quote_must_stand_in_the_original_once_its_data_are_back(home: Path) -> None:
    with scripted(home, LEAK, answering("[NAME_1] ([EMAIL_1]) hated the tea")):
        assert ask().answer.aspects[0].quote == ""


def test_where_the_tenant_does_not_want_them_back_the_answer_holds_the_marks(home: Path) -> None:
    with scripted(home, LEAK, answering(QUOTE)), environment(REDACT_PII="default=redact,*=restore"):
        (aspect,) = ask().answer.aspects
        assert aspect.quote == QUOTE


def test_where_redaction_is_off_the_content_is_sent_as_it_is(home: Path) -> None:
    with scripted(home, {"user_contains": TEXT, **answering("loved the tea")}), environment(REDACT_PII="off"):
        assert ask().answer.aspects[0].aspect == "tea of [NAME_1]"


def test_the_kept_reply_holds_no_personal_data_and_nothing_that_leads_to_it(home: Path) -> None:
    with scripted(home, LEAK, answering(QUOTE)):
        ask()
        (reply,) = stored_replies()
        told = json.dumps(reply._asdict(), default=str)
        assert "[EMAIL_1]" in told
        assert not any(datum in told for datum in DATA)


def test_contents_that_differ_in_personal_data_alone_are_one_question_with_answers_of_their_own(
    home: Path,
) -> None:
    other = "Mrs. Berenice Falk (b.falk@example.org) loved the tea. Call +49 30 901821."
    with scripted(home, LEAK, answering(QUOTE)) as journal:
        assert ask().answer.aspects[0].quote.startswith("Ottoline Quorn (ottoline@")
        assert ask(other).answer.aspects[0].quote.startswith("Berenice Falk (b.falk@")
        assert calls(journal) == 1


def test_the_local_analyser_gets_the_original(home: Path) -> None:
    job = drive(analyze("text.sentiment", {"text": f"{TEXT} The tea of Ottoline Quorn was lovely!"}).submit())
    assert "[NAME" not in job.answer.model_dump_json()


def test_a_warmed_up_reply_serves_the_job_that_comes_later(home: Path) -> None:
    with scripted(home, LEAK, answering(QUOTE)) as journal:
        warm_cache("text.sentiment", [TEXT]).submit()
        run(admit_now())
        assert warm_cache("text.sentiment", [TEXT]).submit().counts.total == 0
        ask()
        assert calls(journal) == 1
