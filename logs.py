"""Logs: one structured line per event, on stderr; imports nothing of ours but the settings.

Fields name things by id and kind. Content, keys and prompts are never given to a logger.
"""

from __future__ import annotations

import logging
import sys

import structlog

from settings import Settings


def set_up_logs(settings: Settings) -> None:
    """Console lines where a person looks, JSON lines where a machine reads."""
    level = logging.getLevelNamesMapping()[settings.log_level]
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
