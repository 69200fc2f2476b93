"""Redaction: equal data equal marks, everything put back as it was, and no field forgotten."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from adapters.safety.redaction import redact, redact_text

MAIL = "ada@example.com"


class Turn(BaseModel):
    speaker: str
    text: str


class Talk(BaseModel):
    title: str
    turns: list[Turn]
    tone: Literal["friendly", "formal"] = "friendly"
    rating: float = 4.0
    more: dict[str, list[str]] = {}


TALK = Talk(
    title=f"About {MAIL}",
    turns=[
        Turn(speaker="Quorn", text=f"I am Quorn. Write to {MAIL} or bob@example.com."),
        Turn(speaker="Moderator", text="Moderator here."),
    ],
    more={"cc": ["bob@example.com", "nothing"]},
)


def test_equal_data_get_equal_marks_in_every_field_and_at_every_depth() -> None:
    shown, _ = redact(TALK)
    assert shown.title == "About [EMAIL_1]"
    assert shown.turns[0].text == "I am [NAME_1]. Write to [EMAIL_1] or [EMAIL_2]."
    assert shown.turns[0].speaker == "[NAME_1]"
    assert shown.more == {"cc": ["[EMAIL_2]", "nothing"]}


def test_roles_choices_and_numbers_stay() -> None:
    shown, _ = redact(TALK)
    assert (shown.turns[1].speaker, shown.tone, shown.rating) == ("Moderator", "friendly", 4.0)


def test_what_was_taken_out_is_put_back_letter_by_letter() -> None:
    shown, redaction = redact(TALK)
    assert redaction.restored(shown.model_dump()) == TALK.model_dump()


def test_the_marks_can_be_worked_out_anew_from_the_content_alone() -> None:
    assert redact(TALK) == redact(Talk.model_validate(TALK.model_dump()))


def test_a_content_that_holds_what_looks_like_a_mark_keeps_it() -> None:
    shown, redaction = redact(Turn(speaker="Q", text=f"[EMAIL_1] is not {MAIL}"))
    assert shown.text == "[EMAIL_1] is not [EMAIL_2]"
    assert redaction.restored(shown.text) == f"[EMAIL_1] is not {MAIL}"


def test_a_mark_that_stands_for_nothing_stays_as_it_is() -> None:
    _, redaction = redact(TALK)
    assert redaction.restored({"a": ["[EMAIL_9]", "[NOTE_1]"]}) == {"a": ["[EMAIL_9]", "[NOTE_1]"]}


def test_a_content_without_personal_data_is_passed_on_as_it_is() -> None:
    plain = Turn(speaker="Moderator", text="The tea was lovely.")
    assert redact(plain)[0] is plain


def test_a_text_for_the_log_tells_the_kind_alone() -> None:
    assert redact_text(f"no route to {MAIL} at 203.0.113.9") == "no route to [EMAIL] at [IP]"
