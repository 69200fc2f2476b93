"""The asker: one request in, one stored reply out, paid for once however many jobs and processes want it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from actors import writes
from actors.asking import key_of
from actors.work import Lost, Work
from adapters.llm import Provider, Reply, Request
from adapters.llm.prices import cost_of
from errors import ContextLength
from models.charges import BATCH, FLEX
from models.questions import Inquiry, Turn
from models.replies import Kept, NewReply
from settings import Settings


class NotStored(ContextLength):
    """No reply is kept for this request: it may have been too long, and been asked in parts."""


@dataclass
class Asker:
    """Asks for one job. Of the tokens reserved for it, each question uses its share."""

    work: Work
    provider: Provider
    settings: Settings

    def __post_init__(self) -> None:
        self._left_tokens = self.work.claimed.estimated_tokens
        self._questions = 0

    def reply(self, request: Request, reserved_tokens: int) -> Kept:
        """The reply kept for this request, or else a new one, which is then kept.

        Raises Lost where another job is asking the same: this one is back in line until that has its reply.
        """
        work = self.work
        self._left_tokens -= reserved_tokens
        self._questions += 1
        work.asked_tokens = reserved_tokens
        key = key_of(work.prompt_version, request, self.provider)
        if work.claimed.call_lane == FLEX:
            request = replace(request, lane=FLEX, timeout_s=self.settings.llm_flex_timeout_ms / 1000)
        told = writes.ask(self._inquiry(key, request))
        if told is Turn.NOT_YET:
            work.lost = True
            raise Lost("Another job is asking the same; this one waits for its reply.")
        return told if isinstance(told, Kept) else self._keep(key, self._call(request))

    def _call(self, request: Request) -> Reply:
        work = self.work
        work.calling = True
        try:
            reply = self.provider.complete(request, cancelled=work.stopped)
        except ContextLength:
            work.calling = False  # it may be asked about in parts
            raise
        work.calling = False
        return reply

    def _inquiry(self, key: str, request: Request) -> Inquiry:
        claimed = self.work.claimed
        return Inquiry(
            fence=claimed.fence,
            tenant_id=claimed.tenant_id,
            key=key,
            analysis=claimed.analysis,
            patience_ms=int(request.timeout_s * 1000) + self.settings.lease_ms,
            queue=claimed.queue,
            asked=claimed.answerer,
            estimated_tokens=self.work.asked_tokens,
            later_tokens=self._left_tokens,
            is_first=self._questions == 1,
            was_batched=claimed.call_lane == BATCH,
        )

    def _keep(self, key: str, reply: Reply) -> Kept:
        work, usage = self.work, reply.usage
        names = (reply.model, work.model_name)
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
            cost_micro=cost_of(self.settings, reply.provider, names, usage, reply.lane).micro,
            latency_ms=reply.latency_ms,
            finish=reply.finish,
            asked=work.claimed.answerer,
            estimated_tokens=work.asked_tokens,
            lane=reply.lane,
        )
        told = (new.text, new.provider, new.model, new.prompt_version, new.finish, new.cost_micro)
        kept = Kept(writes.keep(new), *told)
        work.has_called = True
        return kept


@dataclass(frozen=True)
class Shelf:
    """Looks up what was kept for one job, and asks nobody."""

    work: Work
    provider: Provider

    def reply(self, request: Request, _reserved_tokens: int) -> Kept:
        """The reply kept for this request. Raises NotStored."""
        key = key_of(self.work.prompt_version, request, self.provider)
        kept = writes.find(self.work.claimed.tenant_id, key)
        if kept is None:
            raise NotStored("No reply is kept for this.")
        return kept
