"""fetch: content at hand. Reads the stored body into the analysis's content model."""

from __future__ import annotations

from actors.filtering import refuse_flagged
from actors.step import step
from actors.work import Work


@step
def fetch(work: Work) -> None:
    """Raises InvalidInput if the body is not what the analysis takes, and ContentFilter: both for good."""
    work.content = work.analysis.parse_content(work.claimed.body)
    refuse_flagged(work, work.content)
