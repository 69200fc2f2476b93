"""The `anthropic` provider: Anthropic's Messages API, there or at a server that speaks it."""

from __future__ import annotations

from functools import partial

from adapters.llm.over_http import HttpProvider
from adapters.llm.target import find_anthropic
from adapters.llm.wire import messages
from settings import Settings

NAME = "anthropic"


def provider(settings: Settings) -> HttpProvider:
    """The provider. It checks nothing yet: a wrong key is an error of the jobs, not the worker's end."""
    return HttpProvider(NAME, messages, partial(find_anthropic, settings))
