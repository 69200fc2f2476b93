"""OpenAI's Batch API: many requests in a file, answered within a day, at half the price.

A batch carries our own id in its `metadata` and in its file's name, so that one that was made just before a
crash is found again. Bounds are the API's: 50,000 requests and 200 MB for each batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import orjson

from adapters.llm.protocol import Reply
from adapters.llm.target import Target
from adapters.llm.wire.answer import Wire, mapping, parse, text_of
from errors import ServiceError

if TYPE_CHECKING:
    from openai import OpenAI
    from openai.types import Batch

MOST_ITEMS = 50_000
MOST_BYTES = 200_000_000
OVERHEAD_BYTES = 200  # of a line, beyond its request
OURS = "gristmill_batch"  # the name of our id in the metadata
TRANSFER_S = 600.0
MOST_LISTED = 2_000  # of the newest batches or files, in which one is looked for
ENDED = frozenset({"completed", "expired", "cancelled", "failed"})


@dataclass(frozen=True, slots=True)
class Standing:
    """How a batch stands at the provider; `state` in its words."""

    vendor_id: str
    state: str
    output_file_ids: tuple[str, ...] = ()

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one request: its reply, or nothing that could be used."""

    custom_id: str
    reply: Reply | None


class Batches:
    """The Batch API at one address, for requests of one API. Every method may raise what calls raise."""

    def __init__(self, name: str, target: Target, wire: Wire) -> None:
        self._name, self._target, self._wire = name, target, wire

    def submit(self, our_id: str, bodies: Iterable[tuple[str, dict[str, Any]]], *, may_exist: bool) -> str:
        """Make the batch of these (custom id, body), unless it is there; gives the provider's id of it."""
        name = f"gristmill-{our_id}.jsonl"
        with self._vendor() as vendor:
            if may_exist and (found := _batch_of(vendor, our_id)):
                return found
            file_id = _file_named(vendor, name) if may_exist else ""
            made = vendor.batches.create(
                input_file_id=file_id or self._upload(vendor, name, bodies),
                endpoint=cast(Any, f"/v1/{self._wire.PATH}"),
                completion_window="24h",
                metadata={OURS: our_id},
            )
            return text_of(made.id)

    def look(self, vendor_id: str) -> Standing:
        """How the batch stands."""
        with self._vendor() as vendor:
            return _standing(vendor.batches.retrieve(vendor_id))

    def cancel(self, vendor_id: str) -> None:
        """Ask for its end; what was answered by then is there to be read, and is paid for."""
        with self._vendor() as vendor:
            vendor.batches.cancel(vendor_id)

    def results(self, standing: Standing) -> Iterator[Result]:
        """What became of its requests, in any order, read line by line from a file on disk."""
        from adapters.llm.wire.files import save

        with TemporaryDirectory(prefix="gristmill-") as folder:
            for file_id in standing.output_file_ids:
                path = Path(folder) / "results.jsonl"
                with self._vendor() as vendor:
                    save(vendor, file_id, path)
                with path.open("rb") as lines:
                    yield from (found for line in lines if (found := self._result(line)) is not None)

    def _result(self, line: bytes) -> Result | None:
        try:
            told = parse(line)
        except ServiceError:
            return None
        custom_id, response = text_of(told.get("custom_id")), mapping(told.get("response"))
        raw = mapping(response.get("body"))
        if response.get("status_code") != 200 or told.get("error") or not raw or self._wire.failure(raw):
            return Result(custom_id, None)
        read = self._wire.read(raw)
        return Result(
            custom_id, Reply(read.text, self._name, read.model, read.usage, raw, 0, read.finish, "batch")
        )

    def _upload(self, vendor: OpenAI, name: str, bodies: Iterable[tuple[str, dict[str, Any]]]) -> str:
        with TemporaryDirectory(prefix="gristmill-") as folder:
            path = Path(folder) / name
            with path.open("wb") as lines:
                for custom_id, body in bodies:
                    line = {
                        "custom_id": custom_id,
                        "method": "POST",
                        "url": f"/v1/{self._wire.PATH}",
                        "body": body,
                    }
                    lines.write(orjson.dumps(line) + b"\n")
            with path.open("rb") as content:
                sent = (name, content, "application/jsonl")
                return text_of(vendor.files.create(file=sent, purpose="batch", timeout=TRANSFER_S).id)

    def _vendor(self) -> AbstractContextManager[OpenAI]:
        from adapters.llm.wire.files import vendor  # loads the vendor's library, which takes a second

        return vendor(self._target)


def _batch_of(vendor: OpenAI, our_id: str) -> str:
    """The provider's id of our batch, looked for among the newest; empty if it is not there."""
    newest = islice(vendor.batches.list(limit=100), MOST_LISTED)
    return next((text_of(one.id) for one in newest if mapping(one.metadata).get(OURS) == our_id), "")


def _file_named(vendor: OpenAI, name: str) -> str:
    """The provider's id of a file that was uploaded before; empty if it is not there."""
    newest = islice(vendor.files.list(limit=100), MOST_LISTED)
    return next((text_of(one.id) for one in newest if one.filename == name), "")


def _standing(batch: Batch) -> Standing:
    files = (text_of(batch.output_file_id), text_of(batch.error_file_id))
    return Standing(text_of(batch.id), text_of(batch.status), tuple(f for f in files if f))
