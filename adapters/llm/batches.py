"""OpenAI's Batch API: many requests in a file, answered within a day, at half the price.

A batch carries our own id in its `metadata` and in its file's name, so that one that was made just before a
crash is found again. Bounds are the API's: 50,000 requests and 200 MB for each batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from adapters.llm import loop
from adapters.llm.protocol import Reply
from adapters.llm.target import Target
from adapters.llm.wire.answer import Wire, mapping, objects, parse, text_of
from errors import ServiceError

MOST_ITEMS = 50_000
MOST_BYTES = 200_000_000
OVERHEAD_BYTES = 200  # of a line, beyond its request
OURS = "gristmill_batch"  # the name of our id in the metadata
CALL_S = 120.0
TRANSFER_S = 600.0
MOST_PAGES = 20  # of the newest batches, 100 each, in which one is looked for
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
        if may_exist and (found := self._find(our_id)):
            return found
        name = f"gristmill-{our_id}.jsonl"
        file_id = self._file_named(name) if may_exist else ""
        wanted = {
            "input_file_id": file_id or self._upload(name, bodies),
            "endpoint": f"/v1/{self._wire.PATH}",
            "completion_window": "24h",
            "metadata": {OURS: our_id},
        }
        return text_of(self._json("POST", "batches", wanted).get("id"))

    def look(self, vendor_id: str) -> Standing:
        """How the batch stands."""
        return _standing(self._json("GET", f"batches/{vendor_id}"))

    def cancel(self, vendor_id: str) -> None:
        """Ask for its end; what was answered by then is there to be read, and is paid for."""
        self._json("POST", f"batches/{vendor_id}/cancel", {})

    def results(self, standing: Standing) -> Iterator[Result]:
        """What became of its requests, in any order, read line by line from a file on disk."""
        from adapters.llm.wire import files

        with TemporaryDirectory(prefix="gristmill-") as folder:
            for file_id in standing.output_file_ids:
                path = Path(folder) / "results.jsonl"
                loop.run(
                    files.download(self._target, f"files/{file_id}/content", path, TRANSFER_S), TRANSFER_S
                )
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

    def _upload(self, name: str, bodies: Iterable[tuple[str, dict[str, Any]]]) -> str:
        from adapters.llm.wire import files

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
            told = loop.run(files.upload(self._target, path, TRANSFER_S), TRANSFER_S)
        return text_of(told.get("id"))

    def _find(self, our_id: str) -> str:
        """The provider's id of our batch, looked for among the newest; empty if it is not there."""
        for batch in self._listed("batches"):
            if mapping(batch.get("metadata")).get(OURS) == our_id:
                return text_of(batch.get("id"))
        return ""

    def _file_named(self, name: str) -> str:
        """The provider's id of a file that was uploaded before; empty if it is not there."""
        return next((text_of(f.get("id")) for f in self._listed("files") if f.get("filename") == name), "")

    def _listed(self, what: str) -> Iterator[dict[str, Any]]:
        after = ""
        for _ in range(MOST_PAGES):
            page = self._json("GET", f"{what}?limit=100{after}")
            found = objects(page.get("data"))
            yield from found
            if not page.get("has_more") or not found:
                return
            after = f"&after={text_of(found[-1].get('id'))}"

    def _json(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        from adapters.llm.wire import files

        return loop.run(files.ask(self._target, method, path, body, CALL_S), CALL_S)


def _standing(told: dict[str, Any]) -> Standing:
    files = (text_of(told.get("output_file_id")), text_of(told.get("error_file_id")))
    return Standing(text_of(told.get("id")), text_of(told.get("status")), tuple(f for f in files if f))
