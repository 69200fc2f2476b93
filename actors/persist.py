"""persist: validate against the analysis's schema, and end the job with its answer in one transaction."""

from __future__ import annotations

from typing import Any

from actors import writes
from actors.scoring import content_of, recall, shown_of
from actors.shown import answer_in
from actors.step import step
from actors.work import Lost, Scored, Work
from models.endings import Finish


@step
def persist(work: Work) -> None:
    """Raises InvalidAnswer if a reply does not fit, and Lost if another worker has the job now."""
    scored = work.scored or recall(work)
    work.scored = scored
    stored = writes.complete(
        Finish(
            fence=work.fence,
            answer=_valid(work, scored),
            schema_version=work.analysis.schema_version,
            prompt_version=work.prompt_version,
            provider=scored.provider,
            model=scored.model,
            degraded=scored.degraded,
            reply_id=scored.reply_id,
        )
    )
    if not stored:
        raise Lost("Another worker has this job now.")
    work.ended = True


def _valid(work: Work, scored: Scored) -> dict[str, Any]:
    if scored.answer is not None:
        return scored.answer
    assert scored.text is not None
    answer = answer_in(work.analysis, content_of(work), shown_of(work), scored.text)
    return answer.model_dump(mode="json")
