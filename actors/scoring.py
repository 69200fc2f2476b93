"""How a score comes about: a stored reply if there is one, else a model's, or the local analyser's."""

from __future__ import annotations

import structlog

from actors import writes
from actors.asking import key_of, request_of
from actors.interrupts import shielded
from actors.shown import Shown, show
from actors.work import Lost, Scored, Work
from adapters.llm import Provider, Reply, Request, check, get_provider
from adapters.llm.prices import cost_of
from errors import Internal
from models.questions import Inquiry, Turn
from models.replies import Kept, NewReply
from settings import Settings, get_settings

log = structlog.get_logger(__name__)


def score_locally(work: Work) -> Scored:
    """The analysis's own offline answer; costs nothing, so it is not stored before `persist`."""
    content = content_of(work)
    if get_settings().debug_scoring:
        for factor in work.analysis.explain(content):
            log.info("scoring", job_id=work.fence.job_id, analysis=work.analysis.name, **vars(factor))
    answer = work.analysis.local(content)
    return Scored("local", "local", answer=answer.model_dump(mode="json"), degraded=work.is_stood_in_for)


@shielded()  # a cancelled call ends by itself, and a reply that came before is kept
def ask_model(work: Work, provider: Provider) -> Scored:
    """A model's reply to the analysis's prompt: an earlier one under the same key, else a new call.

    Raises Lost where another job is asking the same at this moment: this one is back in line, until that
    reply is there. Raises what the provider raises, and ContentFilter or InvalidAnswer for a reply of no
    use, which is stored all the same: it was paid for.
    """
    settings = get_settings()
    request = request_for(work, settings)
    key = key_of(work.prompt_version, request, provider)
    told = writes.ask(_inquiry(work, key, settings))
    if told is Turn.NOT_YET:
        work.lost = True
        raise Lost("Another job is asking the same; this one waits for its reply.")
    kept = told if isinstance(told, Kept) else _keep(work, key, _call(work, provider, request))
    work.scored = _scored(work, kept)
    check(kept)
    return work.scored


def recall(work: Work) -> Scored:
    """What another process scored for this job: a model's stored reply, or the local answer once more.

    Raises Internal if the reply is not there; the next attempt asks for one.
    """
    settings = get_settings()
    provider = get_provider(settings, work.provider_name)
    if provider is None:
        return score_locally(work)
    key = key_of(work.prompt_version, request_for(work, settings), provider)
    kept = writes.find(work.claimed.tenant_id, key)
    if kept is None:
        raise Internal("The model's reply was not found where it should be stored.")
    return _scored(work, kept)


def _call(work: Work, provider: Provider, request: Request) -> Reply:
    work.calling = True
    reply = provider.complete(request, cancelled=work.stopped)
    work.calling = False
    return reply


def _scored(work: Work, kept: Kept) -> Scored:
    return Scored(kept.provider, kept.model, text=kept.text, reply_id=kept.id, degraded=work.is_stood_in_for)


def content_of(work: Work) -> object:
    """The content that `fetch` parsed, or parsed again where `fetch` ran elsewhere."""
    if work.content is None:
        work.content = work.analysis.parse_content(work.claimed.body)
    return work.content


def shown_of(work: Work) -> Shown:
    """The content as a model sees it: without personal data, unless the tenant wants it sent."""
    if work.shown is None:
        work.shown = show(content_of(work), work.claimed.tenant_id, get_settings())
    return work.shown


def request_for(work: Work, settings: Settings) -> Request:
    return request_of(work.analysis, shown_of(work), work.prompt_version, work.model_name, settings)


def _inquiry(work: Work, key: str, settings: Settings) -> Inquiry:
    claimed = work.claimed
    patience_ms = settings.llm_timeout_ms + settings.lease_ms
    return Inquiry(
        claimed.fence,
        claimed.tenant_id,
        key,
        claimed.analysis,
        patience_ms,
        claimed.queue,
        claimed.answerer,
        claimed.estimated_tokens,
    )


def _keep(work: Work, key: str, reply: Reply) -> Kept:
    usage, names = reply.usage, (reply.model, work.model_name)
    new = NewReply(
        tenant_id=work.claimed.tenant_id,
        analysis=work.analysis.name,
        key=key,
        fence=work.fence,
        provider=reply.provider,
        model=reply.model,
        prompt_version=work.prompt_version,
        text=reply.text,
        raw=reply.raw,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_input_tokens=usage.cached_input_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        cost_micro=cost_of(get_settings(), reply.provider, names, usage).micro,
        latency_ms=reply.latency_ms,
        finish=reply.finish,
        asked=work.claimed.answerer,
        estimated_tokens=work.claimed.estimated_tokens,
    )
    told = (new.text, new.provider, new.model, new.prompt_version, new.finish, new.cost_micro)
    return Kept(writes.keep(new), *told)
