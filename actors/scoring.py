"""How a score comes about: from stored replies where there are any, else from a model's, or locally."""

from __future__ import annotations

import structlog

from actors.asker import Asker, NotStored, Shelf
from actors.exchange import Exchange
from actors.interrupts import shielded
from actors.parking import park_if_asked_to
from actors.shown import Shown, show
from actors.work import Scored, Work
from adapters.llm import Provider, get_provider
from errors import Internal
from settings import get_settings

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
    """A model's answer by the analysis's prompt: from earlier replies under the same keys, else by calls.

    Raises Lost where another job is asking the same at this moment: this one is back in line, until that
    reply is there. Raises what the provider raises, and ContentFilter or InvalidAnswer for a reply of no
    use, which is stored all the same: it was paid for.
    """
    park_if_asked_to(work, provider, shown_of(work), get_settings())
    asker = Asker(work, provider, get_settings())
    return Exchange(work, get_settings(), asker.reply).answer(content_of(work), shown_of(work))


def recall(work: Work) -> Scored:
    """What another process scored for this job: from a model's stored replies, or the local answer once more.

    Raises Internal if a reply is not there, and the next attempt asks for it; InvalidAnswer if they do not
    fit (any more).
    """
    settings = get_settings()
    provider = get_provider(settings, work.provider_name)
    if provider is None:
        return score_locally(work)
    try:
        return Exchange(work, settings, Shelf(work, provider).reply).answer(content_of(work), shown_of(work))
    except NotStored:
        raise Internal("The model's reply was not found where it should be stored.") from None


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
