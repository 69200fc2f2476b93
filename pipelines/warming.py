"""Warm-up: the model is asked ahead of time, so that later jobs find its replies and pay nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from actors.asking import key_of, request_of
from actors.parts import parts_for
from actors.shown import show
from adapters.llm import Provider, get_provider
from analyses.base import Analysis
from errors import InvalidInput
from models.database import reading
from models.prompt_pins import pins_for
from models.replies import find_replies
from models.tenants import DEFAULT_TENANT
from pipelines.batch import Batch, analyze_many
from pipelines.entry import analysis_named
from pipelines.feeding import CHUNK, Row
from settings import get_settings


def warm_cache(analysis: str, rows: Iterable[Row], *, tenant: str = DEFAULT_TENANT) -> Batch:
    """A batch at low priority of those rows whose reply is not kept yet, ready to submit.

    It is limited, budgeted and charged as any other, and no number of failures stops it. Where the local
    analysers answer there is nothing to warm, and the batch has no member.
    """
    known = analysis_named(analysis)
    provider = get_provider(get_settings())
    missing = iter(()) if provider is None else _missing(known, iter(rows), provider, tenant)
    return analyze_many(analysis, missing, priority="low", failure_tolerance=1.0, tenant=tenant)


def _missing(
    analysis: Analysis[Any, Any], rows: Iterator[Row], provider: Provider, tenant: str
) -> Iterator[Row]:
    """The rows without a reply, read and looked up a chunk at a time."""
    number = 0
    with reading() as connection:
        version = pins_for(connection, tenant).get(analysis.name, analysis.prompt_version)
    while chunk := list(islice(rows, CHUNK)):
        asked = [
            {(tenant, key) for key in _keys(analysis, version, row, provider, tenant, number + n)}
            for n, row in enumerate(chunk, 1)
        ]
        number += len(chunk)
        with reading() as connection:
            kept = find_replies(connection, set().union(*asked)).keys()
        yield from (row for row, keys in zip(chunk, asked, strict=True) if keys - kept)


def _keys(
    analysis: Analysis[Any, Any], version: int, row: Row, provider: Provider, tenant: str, number: int
) -> list[str]:
    """Under which keys the replies for this row would be kept. Raises InvalidInput with the row's number."""
    settings = get_settings()
    try:
        content = analysis.parse_content({"text": row} if isinstance(row, str) else row)
    except InvalidInput as error:
        raise InvalidInput(f"Row {number}: {error.message}") from None
    model = settings.answerer.partition("/")[2]
    shown = show(content, tenant, settings)
    request = request_of(analysis, shown, version, model, settings)
    parts = parts_for(settings, analysis, shown.content, request, settings.answerer)
    pieces = [replace(shown, content=part) for part in parts]
    return [key_of(version, request_of(analysis, one, version, model, settings), provider) for one in pieces]
