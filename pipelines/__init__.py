"""The builders: what users call. Each returns a handle to submit, wait for, cancel, retry and inspect.

from pipelines import analyze, analyze_many

job = analyze("story.enhance", {"title": "…", "text": "…"}, priority="high").submit()
job.wait(timeout=30)
print(job.answer.hype_score)

batch = analyze_many("text.sentiment", texts, parallel_limit=3, failure_tolerance=0.2).submit()
for done in batch.as_completed():
    print(done.id, done.state)

Importing this also tells the steps how the members of a batch that they open are made.
"""

from __future__ import annotations

from actors.fan_out import members_are_made_by
from pipelines.batch import Batch, analyze_many
from pipelines.cleanup import cleanup
from pipelines.dispatch import dispatch
from pipelines.entry import member
from pipelines.ingest import ingest
from pipelines.job import Job, analyze
from pipelines.warming import warm_cache

__all__ = ["Batch", "Job", "analyze", "analyze_many", "cleanup", "dispatch", "ingest", "warm_cache"]

members_are_made_by(member)
