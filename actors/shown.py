"""What a model is shown of a content, and what its answer means for the content itself.

Between the two there is only the redacted content: prompts, keys, kept replies and the parts of a long
content hold marks in place of personal data. The local analysers get the original.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from adapters.safety.redaction import Redaction, redact
from analyses.base import Analysis, Answer
from settings import Settings

NOTE = (
    " In the data, personal details were replaced by marks in square brackets such as [NAME_1] or [EMAIL_2]; "
    "equal marks mean the same. Where your answer needs such a detail, or a quote holds one, write the mark "
    "letter by letter."
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A content as a model sees it; `note` is what our instructions say of the marks in it, if any."""

    content: Any
    redaction: Redaction
    is_restored: bool

    @property
    def note(self) -> str:
        return NOTE if self.redaction.originals else ""


def show(content: Any, tenant_id: str, settings: Settings) -> Shown:
    """`content` as REDACT_PII lets a model see it for this tenant."""
    choice = settings.redacting(tenant_id)
    if choice == "off":
        return Shown(content, Redaction(), is_restored=False)
    redacted, redaction = redact(content)
    return Shown(redacted, redaction, choice == "restore")


def answer_about(analysis: Analysis[Any, Any], content: Any, shown: Shown, answer: Answer) -> Answer:
    """What a model's `answer` about `shown` says about `content`, details put back where asked.

    Quotes must then stand in the original letter by letter. Raises InvalidAnswer.
    """
    if not (shown.is_restored and shown.redaction.originals):
        return answer
    restored = shown.redaction.restored(answer.model_dump(mode="json"))
    whole: Answer = analysis.validate_answer(orjson.dumps(restored).decode(), content)
    return whole
