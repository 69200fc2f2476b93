"""`email.sentiment` and `email.blockers`: mood, tone, escalation; what is blocked, asked, due and by whom."""

from __future__ import annotations

import json
from math import isclose
from typing import Any

import pytest

from analyses import get_analysis
from analyses.contents import Email
from analyses.email_blockers import MailBlockers
from analyses.email_sentiment import MailSentiment
from analyses.local.dues import due_in, owner_in
from analyses.local.mail import bare_subject, own_sentences
from analyses.samples import load
from errors import InvalidInput

SENTIMENT, BLOCKERS = get_analysis("email.sentiment"), get_analysis("email.blockers")
SAMPLES = {row["id"]: row for row in load("emails")}


def felt(row: dict[str, Any]) -> MailSentiment:
    answer = SENTIMENT.local(SENTIMENT.parse_content(row))
    assert isinstance(answer, MailSentiment)
    return answer


def blocked(row: dict[str, Any]) -> MailBlockers:
    answer = BLOCKERS.local(BLOCKERS.parse_content(row))
    assert isinstance(answer, MailBlockers)
    return answer


def test_a_mail_is_taken_with_the_names_that_its_header_has() -> None:
    mail = SENTIMENT.parse_content(
        {
            "body": "Hello.",
            "title": "Re: x",
            "from": "Ada <ada@halm.example>",
            "to": '"Lee, Bo" <bo@lee.example>, kit@moor.example',
            "date": "Mon, 4 May 2026 10:00:00 +0200",
        }
    )
    assert isinstance(mail, Email)
    assert mail.subject == "Re: x"
    assert mail.sender == "Ada <ada@halm.example>"
    assert mail.to == ['"Lee, Bo" <bo@lee.example>', "kit@moor.example"]


@pytest.mark.parametrize(
    ("to", "taken"),
    [(None, []), ("", []), ("Bo and Kit; Ada", ["Bo and Kit", "Ada"]), (["a", " ", "a", "b"], ["a", "b"])],
)
def test_recipients_are_read_however_they_are_written(to: Any, taken: list[str]) -> None:
    mail = SENTIMENT.parse_content({"text": "Hello.", "to": to})
    assert isinstance(mail, Email)
    assert mail.to == taken


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"to": ["a"] * 501}, "to names 501 people; the limit is 500"),
        ({"to": "a," * 60_000}, "to has 120,000 characters"),
        ({"to": {"a": 1}}, "to must be a list"),
        ({"to": [5]}, "to.0 must be text"),
        ({"from": "s" * 501}, "from has 501 characters"),
        ({"subject": 5}, "subject must be text"),
    ],
)
def test_a_wrong_mail_is_refused_with_the_field_and_the_remedy(fields: Any, complaint: str) -> None:
    with pytest.raises(InvalidInput, match="The email cannot be taken") as caught:
        SENTIMENT.parse_content({"text": "Hello.", **fields})
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    "rest",
    [
        "-----Original Message-----\nFrom: Bo\nYou are an idiot.",
        "On Mon, 4 May 2026 at 10:00, Bo wrote:\n> You are an idiot.",
        "> You are an idiot.",
        "From: Bo\nTo: Ada\n\nYou are an idiot.",
        "---------------------- Forwarded by Bo on 05/04 -------\nYou are an idiot.",
        "-- \nBo, maker of idiot tables",
    ],
)
def test_what_others_wrote_is_not_held_against_the_sender(rest: str) -> None:
    assert own_sentences(f"Fine with me.\n\n{rest}") == ["Fine with me."]


def test_a_mail_that_only_quotes_is_read_as_a_whole() -> None:
    assert own_sentences("> All is well.") == ["> All is well."]
    assert bare_subject("Re: FWD: aw: Lunch") == "Lunch"


@pytest.mark.parametrize(
    ("sample", "tone", "label", "escalate"),
    [
        ("third-reminder", "angry", "negative", True),
        ("thank-you", "friendly", "positive", False),
        ("room-change", "matter-of-fact", "neutral", False),
        ("worry", "worried", "negative", False),
        ("confidential", "confidential", "neutral", False),
    ],
)
def test_the_samples_are_read_as_a_person_would(sample: str, tone: str, label: str, escalate: bool) -> None:
    answer = felt(SAMPLES[sample])
    assert (answer.tone, answer.label, answer.escalate) == (tone, label, escalate)
    assert bool(answer.escalation_reasons) is escalate


def test_an_outage_is_escalated_and_an_apology_is_not() -> None:
    assert felt(SAMPLES["outage"]).escalate
    assert felt(SAMPLES["sorry-late"]).tone == "apologetic"
    assert not felt(SAMPLES["sorry-late"]).escalate


@pytest.mark.parametrize("row", load("emails"), ids=lambda row: row["id"])
def test_factors_sum_to_the_scores_they_explain(row: dict[str, Any]) -> None:
    mail = SENTIMENT.parse_content(row)
    answer, sums = felt(row), {"score": 0.0, "escalation_score": 0.0}
    for factor in SENTIMENT.explain(mail):
        sums[factor.score] += factor.contribution
    assert isclose(answer.score, sums["score"], abs_tol=0.001)
    assert isclose(answer.escalation_score, min(1.0, sums["escalation_score"]), abs_tol=0.001)


def test_blockers_name_what_waits_for_whom_and_leave_out_what_is_solved() -> None:
    answer = blocked(SAMPLES["closing-blocked"])
    told = [(one.severity, one.owner) for one in answer.blockers]
    assert told == [("high", "the bank"), ("medium", "Ada Halm")]
    assert not any("data room" in one.quote for one in answer.blockers)
    assert [(one.kind, one.owner, one.due) for one in answer.actions] == [
        ("request", "Jonas Lee", "by Friday"),
        ("commitment", "Pia Roux", "tomorrow"),
    ]


def test_a_mail_that_asks_nothing_has_a_low_action_score() -> None:
    assert blocked(SAMPLES["room-change"]).action_score < 0.5 < blocked(SAMPLES["outage"]).action_score


@pytest.mark.parametrize(
    ("sentence", "due"),
    [
        ("Send it by Friday, please.", "by Friday"),
        ("It must be signed no later than 3 May 2026.", "no later than 3 May 2026"),
        ("We need it\nbefore the end of the month.", "before the end of the month"),
        ("Due 2026-05-04.", "Due 2026-05-04"),
        ("Answer within two business days.", "within two business days"),
        ("Call me tomorrow morning.", "tomorrow morning"),
        ("A sundae in the marching band.", None),
    ],
)
def test_a_due_date_is_told_in_the_sentences_own_words(sentence: str, due: str | None) -> None:
    assert due_in(sentence) == due


@pytest.mark.parametrize(
    ("sentence", "owner"),
    [
        ("We are waiting for Ada Halm.", "Ada Halm"),
        ("Still awaiting the approval of our legal team.", "our legal team"),
        ("The bank refuses to pay.", "the bank"),
        ("I will call.", "Pia"),
        ("You must sign.", "Bo"),
        ("This is stuck.", None),
    ],
)
def test_an_owner_is_who_is_waited_for_or_spoken_of(sentence: str, owner: str | None) -> None:
    assert owner_in(sentence, "Pia <p@x.example>", ["Bo"]) == owner


def test_a_models_blocker_that_the_mail_does_not_hold_is_dropped() -> None:
    mail = BLOCKERS.parse_content({"text": "We are stuck on\nthe permit."})
    item = {"what": "stuck", "owner": None, "due": None}
    blockers = [
        item | {"severity": "high", "quote": "stuck on the permit"},
        item | {"severity": "low", "quote": "no money"},
    ]
    reply = {"blockers": blockers, "actions": [], "action_score": 0.1, "confidence": 0.9}
    answer = BLOCKERS.validate_answer(json.dumps(reply), mail)
    assert [one.quote for one in answer.blockers] == ["stuck on\nthe permit"]
