"""Entry: one row of input made into a job ready to submit, or a clear error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from actors.retries import retries_of
from adapters.channels import check_channel
from adapters.llm import check_answerer
from analyses import get_analysis
from analyses.base import Analysis
from errors import InvalidInput
from models.charges import FLEX, LANES, REALTIME
from models.claims import Claimed
from models.lanes import THEN, WAIT
from models.library import version_of
from models.states import Priority
from models.submission import NewJob
from models.tenants import DEFAULT_TENANT
from pipelines.compose import first_step
from pipelines.estimate import estimate
from settings import Settings, get_settings

PIPELINE = "analyze"
LONGEST_ID_CHARS = 200
MOST_FALLBACKS = 8
LONGEST_DELAY_S = 366 * 86_400


@dataclass(frozen=True)
class Options:
    """How jobs are to be run. `priority` is high, normal or low; `delay_s` counts from submission.

    `model` says who answers, `local` or `provider/model`; empty: as configured. `prompt_version` says by
    which version of the prompt; none: by the one that the tenant has pinned, else by the newest. `fallbacks`
    are those who answer in the model's place, the first first; empty: nobody; None: as configured.
    `lane` is realtime, flex (half the price, answered when the provider has room) or batch (half, in a day).
    """

    priority: str = "normal"
    delay_s: float = 0
    dedup_key: str | None = None
    notify: Sequence[str] = field(default_factory=tuple)
    tenant: str = DEFAULT_TENANT
    local_answer: bool = False
    model: str = ""
    prompt_version: int | None = None
    fallbacks: Sequence[str] | None = None
    lane: str = REALTIME

    def __post_init__(self) -> None:
        if self.priority.upper() not in Priority.__members__:
            raise InvalidInput(f"Priority {self.priority[:20]!r} is not one of high, normal, low.")
        if not 0 <= self.delay_s <= LONGEST_DELAY_S:
            raise InvalidInput(f"delay_s must lie between 0 and {LONGEST_DELAY_S:,} seconds.")
        if self.lane not in LANES:
            raise InvalidInput(f"Lane {self.lane[:20]!r} is not one of {', '.join(LANES)}.")
        if self.model:
            check_answerer(self.model)
        if len(self.fallbacks or ()) > MOST_FALLBACKS:
            raise InvalidInput(f"At most {MOST_FALLBACKS} models can be named as fallbacks.")
        for name in self.fallbacks or ():
            check_answerer(name)
        for channel in self.notify:
            check_channel(channel)


def new_job(
    analysis: Analysis[Any, Any], row: Mapping[str, Any], options: Options, *, batch_id: str | None = None
) -> NewJob:
    """The job for one row. Raises InvalidInput for a row, or a version of the prompt, that will not do."""
    settings = get_settings()
    analysis.instructions_of(options.prompt_version)
    content = analysis.parse_content(row)
    body = content.model_dump(mode="json")
    answerer = options.model or settings.answerer
    expected = estimate(settings, analysis, content, answerer, options.lane)
    return NewJob(
        tenant_id=options.tenant,
        analysis=analysis.name,
        kind=type(content).__name__.lower(),
        version=version_of(body),
        body=body,
        pipeline=PIPELINE,
        first_step=first_step(PIPELINE),
        queue=analysis.queue,
        priority=Priority[options.priority.upper()],
        max_attempts=retries_of(analysis.queue, settings).attempts,
        timeout_ms=_timeout_ms(settings, options.lane),
        call_lane=options.lane,
        model=answerer,
        fallbacks=None if options.fallbacks is None else THEN.join(options.fallbacks) or WAIT,
        prompt_version=options.prompt_version,
        newest_prompt=analysis.prompt_version,
        estimated_tokens=expected.tokens,
        estimated_micro=expected.micro,
        price_credits=expected.credits,
        delay_ms=int(options.delay_s * 1000),
        batch_id=batch_id,
        external_id=external_id(row),
        dedup_key=options.dedup_key,
        local_answer=analysis.local(content).model_dump(mode="json") if options.local_answer else None,
        channels=list(options.notify),
    )


def _timeout_ms(settings: Settings, lane: str) -> int:
    """A job's time limit; one whose call may take longer than that has as much more."""
    longer_ms = settings.llm_flex_timeout_ms - settings.llm_timeout_ms if lane == FLEX else 0
    return settings.job_timeout_ms + max(longer_ms, 0)


def member(parent: Claimed, analysis: str, row: Mapping[str, Any] | str, batch_id: str) -> NewJob:
    """A member of the batch that a step of the job `parent` opens. Raises InvalidInput."""
    options = Options(priority=Priority(parent.priority).name.lower(), tenant=parent.tenant_id)
    fields = {"text": row} if isinstance(row, str) else row
    return new_job(analysis_named(analysis), fields, options, batch_id=batch_id)


def external_id(row: Mapping[str, Any]) -> str | None:
    """The row's own `id`, given back with the answer. Raises InvalidInput if it is not a short text."""
    given = row.get("id")
    if given is None:
        return None
    text = str(given) if isinstance(given, int) else given
    if not isinstance(text, str) or len(text) > LONGEST_ID_CHARS:
        raise InvalidInput(f"`id` must be a text or number of at most {LONGEST_ID_CHARS} characters.")
    return text.encode("utf-8", "replace").decode().replace("\x00", "")


def analysis_named(name: str) -> Analysis[Any, Any]:
    """The analysis of that name. Raises InvalidInput naming those there are."""
    return get_analysis(name)
