"""An exchange: all that is asked about one content, until there is an answer that fits.

    question ── fits ─────────────────────────────────▶ answer
       │  └── does not fit ── one repair ── fits ─────▶ answer
       │                          └── does not fit ───▶ InvalidAnswer
       └── too long ── its parts, one after the other ▶ their answers, merged

How a reply is come by (asked for, or only looked up) is the caller's. So the same walk, over the stored
replies, finds the answer again in another process, after a crash or on a replay, and pays nothing.

Parts are asked about one after the other: a job then is one call at any time, which is what limits of queues
and models count; and a job that runs out of its time goes on, in its next run, behind the parts it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from actors.asking import repair_of, request_of
from actors.parts import halves_of, parts_for
from actors.shown import Shown, answer_about
from actors.work import Scored, Work
from adapters.llm import Request, check
from analyses.base import Answer
from errors import ContextLength, InvalidAnswer
from models.replies import Kept
from settings import Settings

GetReply = Callable[[Request, int], Kept]
"""The reply to a request for which so many tokens were reserved. Raises ContextLength if it is too long."""


@dataclass
class Exchange:
    """One job's exchange; `answer()` runs it."""

    work: Work
    settings: Settings
    get_reply: GetReply

    def __post_init__(self) -> None:
        self._used: list[Kept] = []

    def answer(self, content: Any, shown: Shown) -> Scored:
        """The answer about `content`, with the replies that it is made of, in the order of their questions.

        Models see what is `shown` of it, whole or in parts, and details are put back into the answer at last.

        Raises InvalidAnswer where a reply does not fit even after its repair, ContentFilter, ContextLength
        where what is too long cannot be cut, and whatever `get_reply` raises.
        """
        analysis = self.work.analysis
        request = self._request(shown)
        parts = parts_for(self.settings, analysis, shown.content, request, self.work.claimed.answerer)
        if len(parts) == 1:
            answers = list(self._about(shown, request, self.work.claimed.estimated_tokens))
        else:
            answers = list(self._about_all(shown, parts, self.work.claimed.estimated_tokens))
        answer = answers[0] if len(answers) == 1 else analysis.merge(shown.content, answers)
        answer = answer_about(analysis, content, shown, answer)
        last = self._used[-1]
        return Scored(
            provider=last.provider,
            model=last.model,
            answer=answer.model_dump(mode="json"),
            reply_ids=tuple(kept.id for kept in self._used),
            degraded=self.work.is_stood_in_for,
        )

    def _about_all(self, whole: Shown, parts: list[Any], reserved_tokens: int) -> Iterator[Answer]:
        for number, part in enumerate(parts):
            self.work.at_part(number + 1, len(parts))
            share = (reserved_tokens * (number + 1)) // len(parts) - (reserved_tokens * number) // len(parts)
            shown = replace(whole, content=part)
            yield from self._about(shown, self._request(shown), share)

    def _about(self, shown: Shown, request: Request, reserved_tokens: int) -> Iterator[Answer]:
        try:
            yield self._ask(shown.content, request, reserved_tokens)
        except ContextLength:
            smaller = halves_of(self.work.analysis, shown.content, request)
            if not smaller:
                raise
            for place, part in enumerate(smaller):  # what was reserved, the first of them uses
                piece = replace(shown, content=part)
                yield from self._about(piece, self._request(piece), 0 if place else reserved_tokens)

    def _ask(self, part: Any, request: Request, reserved_tokens: int) -> Answer:
        """The answer of one question, with at most one repair."""
        self.work.check()
        self.work.doubted = ()
        reply = self._reply(request, reserved_tokens)
        try:
            return self._valid(reply, part)
        except InvalidAnswer as fault:
            mended = self._reply(repair_of(request, fault.message), 0)
        return self._valid(mended, part)

    def _reply(self, request: Request, reserved_tokens: int) -> Kept:
        """A whole reply. One that refuses or was cut off is no case for a repair: it would be so again."""
        kept = self.get_reply(request, reserved_tokens)
        self._used.append(kept)
        self.work.doubted += (kept.id,)
        check(kept)
        return kept

    def _valid(self, kept: Kept, part: Any) -> Answer:
        answer: Answer = self.work.analysis.validate_answer(kept.text, part)
        return answer

    def _request(self, shown: Shown) -> Request:
        work = self.work
        return request_of(work.analysis, shown, work.prompt_version, work.model_name, self.settings)
