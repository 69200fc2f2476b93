"""persist: end the job with its answer, in one transaction."""

from __future__ import annotations

from actors import writes
from actors.filtering import flags_for
from actors.scoring import content_of, recall
from actors.step import step
from actors.work import Lost, Work
from models.endings import Finish


@step
def persist(work: Work) -> None:
    """Raises InvalidAnswer if a reply does not fit, and Lost if another worker has the job now."""
    scored = work.scored or recall(work)
    work.scored = scored
    stored = writes.complete(
        Finish(
            fence=work.fence,
            answer=scored.answer,
            schema_version=work.analysis.schema_version,
            prompt_version=work.prompt_version,
            provider=scored.provider,
            model=scored.model,
            degraded=scored.degraded,
            reply_ids=scored.reply_ids,
            flags=flags_for(work, content_of(work)),
        )
    )
    if not stored:
        raise Lost("Another worker has this job now.")
    work.ended = True
