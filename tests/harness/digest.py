"""`test.digest`: a pipeline with a batch in it, as a daily brief has one; workers load this module.

The content's text is lines: what `split` does before it opens its batch, what it does after, and then the
texts of the batch's members; see `tests.harness.trivial` for the commands. `join` answers how many of them
completed, and leaves a line in `joined.log`.
"""

from __future__ import annotations

from dataclasses import replace

from actors import notify, persist
from actors.fan_out import fan_out, members
from actors.step import step
from actors.work import Scored, Work
from pipelines import Job
from pipelines.compose import PIPELINES, first_step
from pipelines.entry import Options, analysis_named, new_job
from settings import get_settings
from tests.harness.traces import TRIVIAL, append
from tests.harness.trivial import obey

DIGEST = "test.digest"
JOINED = "joined.log"


@step
def split(work: Work) -> None:
    """Opens a batch of what follows the second line."""
    before, after, *rows = work.claimed.body["text"].split("\n")
    _obey(before)
    fan_out(work, TRIVIAL, rows, parallel_limit=4)
    _obey(after)


@step
def join(work: Work) -> None:
    """Answers how many members completed."""
    states = [member.state for member in members(work)]
    append(get_settings().home / JOINED, f"{work.fence.job_id}\n")
    told = f"{states.count('completed')} of {len(states)}"
    work.scored = Scored("local", "local", answer={"confidence": 1.0, "did": told})


PIPELINES[DIGEST] = (split, join, persist, notify)


def digest(*rows: str, before: str = "", after: str = "", name: str = "", **options: object) -> Job:
    """A job that makes a batch of these texts; `name` makes what `split` does different from other jobs'."""
    text = "\n".join((f"{before};{name}", f"{after};{name}", *rows))
    new = new_job(analysis_named(TRIVIAL), {"text": text}, Options(**options))  # type: ignore[arg-type]
    return Job(replace(new, pipeline=DIGEST, first_step=first_step(DIGEST)))


def _obey(commands: str) -> None:
    for command in commands.split(";"):
        obey(command.split(), get_settings().home, commands)
