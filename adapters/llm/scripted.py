"""The scripted provider: answers from a file of rules, for tests and rehearsals; it opens no socket.

It is active only with `LLM_PROVIDER=scripted`, and its name stands in every answer it gives. Without
`LLM_SCRIPT` it answers each request with the example its schema yields. It keeps no state but the
per-process counts of rules with `first`, so any number of processes may read the same script.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from pathlib import Path
from typing import Any

from adapters.llm.example import example
from adapters.llm.protocol import Reply, Request, Usage
from adapters.llm.script import Rule, Script, load
from errors import ERROR_CLASSES, Cancelled, GristmillError, Timeout
from settings import Settings

NAME = "scripted"
CHARS_PER_TOKEN = 4  # the usual rule of thumb for English; only for a plausible usage


class ScriptedProvider:
    """Rules are tried in order; the first that matches answers, else the schema's example does."""

    name = NAME
    paid = False

    def __init__(self, script: Script | None = None) -> None:
        self._script = script or Script()
        self._counts = [0] * len(self._script.rules)
        self._lock = threading.Lock()

    def complete(self, request: Request, cancelled: threading.Event | None = None) -> Reply:
        """The scripted reply, after its delay; raises the scripted error class, `Timeout` or `Cancelled`."""
        began = time.monotonic()
        rule = self._pick(request)
        self._note(request, rule)
        self._wait(rule.delay_ms / 1000, request.timeout_s, cancelled)
        if rule.error:
            raise _error(rule)
        text = _text(rule, request)
        usage = rule.usage.as_usage() if rule.usage else _usage(request, text)
        raw = {"provider": NAME, "rule": rule.name, "text": rule.refusal or text, "finish": rule.finish_name}
        latency_ms = round((time.monotonic() - began) * 1000)
        return Reply(text, NAME, request.model, usage, raw, latency_ms, rule.finish_name)

    def _pick(self, request: Request) -> Rule:
        for index, rule in enumerate(self._script.rules):
            if rule.matches(request.schema_name, request.user) and self._counts_in(index, rule):
                return rule
        return Rule(name="default", delay_ms=self._script.delay_ms)

    def _counts_in(self, index: int, rule: Rule) -> bool:
        if rule.first is None:
            return True
        with self._lock:
            self._counts[index] += 1
            return self._counts[index] <= rule.first

    def _note(self, request: Request, rule: Rule) -> None:
        """One line per call: a single short append, which processes sharing a local file do not mix."""
        if not self._script.journal:
            return
        digest = hashlib.sha256(request.user.encode("utf-8", "surrogatepass")).hexdigest()
        line = {
            "pid": os.getpid(),
            "rule": rule.name,
            "schema_name": request.schema_name,
            "user_sha256": digest,
            "at_s": time.time(),
        }
        with Path(self._script.journal).open("ab", buffering=0) as journal:
            journal.write(json.dumps(line).encode() + b"\n")

    @staticmethod
    def _wait(delay_s: float, timeout_s: float, cancelled: threading.Event | None) -> None:
        if (cancelled or threading.Event()).wait(min(delay_s, timeout_s)):
            raise Cancelled("The scripted call was cancelled.")
        if delay_s > timeout_s:
            raise Timeout(f"The scripted reply did not come within {timeout_s:g} s.")


def _error(rule: Rule) -> GristmillError:
    kind = ERROR_CLASSES[rule.error or "internal"]
    return kind(f"Scripted {rule.error} (rule {rule.name!r}).", retry_after_s=rule.retry_after_s)


def _text(rule: Rule, request: Request) -> str:
    if rule.refusal is not None:
        return ""
    if rule.text is not None:
        return rule.text
    answer: Any = rule.reply if rule.reply is not None else example(request.schema)
    if rule.merge:
        answer = {**answer, **rule.merge}
    return json.dumps(answer, ensure_ascii=False)


def _usage(request: Request, text: str) -> Usage:
    sent = len(request.system) + len(request.user)
    return Usage(input_tokens=-(-sent // CHARS_PER_TOKEN), output_tokens=-(-len(text) // CHARS_PER_TOKEN))


def provider(settings: Settings) -> ScriptedProvider:
    """The provider for `LLM_SCRIPT`; raises `InvalidInput` where the script cannot be read."""
    return ScriptedProvider(load(Path(settings.llm_script)) if settings.llm_script else None)
