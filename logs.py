"""Logs: one structured line per event, on stderr; imports nothing of ours but the settings.

Fields name things by id and kind. Content, keys and prompts are never given to a logger, and what
slips into a field all the same is redacted before the line is written.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable
from typing import Any

import structlog

from settings import Settings

SECRET_FIELDS = re.compile(r"(?:.*_)?(?:password|passwd|secret|token|api_?key|authorization|cookie)", re.I)
HIDDEN = "***"
DEEPEST = 4  # of nested values in one event; what lies deeper is left out
TOLD_FIRST = ("level", "event", "timestamp")
_in_command = False


def speak_plainly() -> None:
    """This process is a command that somebody typed: what it logs stands between its other lines."""
    global _in_command
    _in_command = True


def set_up_logs(settings: Settings, redact: Callable[[str], str]) -> None:
    """Console lines where a person looks, JSON lines where a machine reads, sentences in a command.

    `redact` cleans their texts.
    """
    level = logging.getLevelNamesMapping()[settings.log_level]
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer()
    if _in_command:
        renderer = _sentence
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            redacting(redact),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def redacting(redact: Callable[[str], str]) -> structlog.typing.Processor:
    """A processor that passes every text of an event through `redact`, and hides fields named as secrets."""

    def clean(value: Any, depth: int = DEEPEST) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if depth == 0:
            return HIDDEN
        if isinstance(value, dict):
            return {
                key: HIDDEN if SECRET_FIELDS.fullmatch(str(key)) else clean(inner, depth - 1)
                for key, inner in value.items()
            }
        if isinstance(value, list | tuple | set | frozenset):
            return [clean(inner, depth - 1) for inner in value]
        return redact(value if isinstance(value, str) else repr(value))

    def process(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        cleaned: structlog.typing.EventDict = clean(event)
        return cleaned

    return process


def _sentence(_logger: Any, _method: str, event: structlog.typing.EventDict) -> str:
    """Such as `Warning: price of a model not known, counted as 0 (provider openai, model gpt-9)`."""
    told = ", ".join(f"{name} {value}" for name, value in event.items() if name not in TOLD_FIRST)
    return f"{str(event['level']).capitalize()}: {event['event']}" + (f" ({told})" if told else "")
