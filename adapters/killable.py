"""Killable: runs one function in a process of its own, with an end to its time and its memory.

For parsers of files that came from outside: C code that loops or swells cannot be interrupted, only killed.
What comes back is JSON: a child that a hostile file took over could do what it likes with an unpickled reply.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import resource
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import orjson

from errors import ERROR_CLASSES, Cancelled, GristmillError, Internal, InvalidInput, Timeout, classify

LARGEST_REPLY_BYTES = 64_000_000
POLL_S = 0.1  # how late a cancel, or what is thrown into the waiting thread, is noticed
TOO_LARGE = "memory"


def run_killable(
    function: Callable[..., Any],
    args: Sequence[Any],
    *,
    limit_s: float,
    memory_mb: int | None,
    cancelled: threading.Event | None = None,
) -> Any:
    """What `function(*args)` returns, which must be JSON. It is found by its module's name, as `pickle` does.

    `memory_mb` is what it may use beyond a fresh process; None is no bound. Raises the errors of our tree
    that it raises, Timeout and Cancelled where it was killed for that, InvalidInput where it needed more
    memory, and Internal where it died or raised anything else. No process is left behind, whatever is thrown
    into this thread.
    """
    context = multiprocessing.get_context("forkserver")  # holds no threads, locks or connections of ours
    reader, writer = context.Pipe(duplex=False)
    child = context.Process(target=_in_child, args=(writer, function, args, memory_mb), daemon=True)
    with reader:
        try:
            with writer:
                child.start()
            return _result(_wait(reader, limit_s, cancelled))
        finally:
            if child.pid is not None:
                child.kill()
                child.join()


def _wait(reader: Connection, limit_s: float, cancelled: threading.Event | None) -> dict[str, Any]:
    deadline = time.monotonic() + limit_s
    while not reader.poll(POLL_S):  # also true when the child is gone, and all its end with it
        if cancelled is not None and cancelled.is_set():
            raise Cancelled("Cancelled while a file was being read.")
        if time.monotonic() > deadline:
            raise Timeout(f"Reading the file took longer than {limit_s:g} s, and was ended.")
    try:
        told: dict[str, Any] = orjson.loads(reader.recv_bytes(LARGEST_REPLY_BYTES))
    except EOFError:
        raise Internal("The process that read the file died without a word.") from None
    except OSError:
        raise InvalidInput(
            f"The file holds more than {LARGEST_REPLY_BYTES:,} bytes of text; part it."
        ) from None
    return told


def _result(told: dict[str, Any]) -> Any:
    if "value" in told:
        return told["value"]
    if told["error"] == TOO_LARGE:
        raise InvalidInput("Reading the file took more memory than a file may; make it smaller, or part it.")
    kind = ERROR_CLASSES.get(told["error"], Internal)
    raise kind(str(told["message"]))


def _in_child(
    writer: Connection, function: Callable[..., Any], args: Sequence[Any], memory_mb: int | None
) -> None:
    if memory_mb is not None:
        _bound_memory(memory_mb)
    told = _outcome(function, args)
    with contextlib.suppress(BrokenPipeError):  # nobody waits any more
        writer.send_bytes(told)


def _outcome(function: Callable[..., Any], args: Sequence[Any]) -> bytes:
    try:
        return orjson.dumps({"value": function(*args)})
    except MemoryError:
        return orjson.dumps({"error": TOO_LARGE})
    except GristmillError as error:
        return orjson.dumps({"error": error.error_class, "message": error.message})
    except Exception as error:  # noqa: BLE001 - foreign texts may hold content
        ours = classify(error)
        return orjson.dumps({"error": ours.error_class, "message": ours.message})


def _bound_memory(memory_mb: int) -> None:
    """No more address space than this process has by now, and so much beyond it (where the kernel tells)."""
    statm = Path("/proc/self/statm")
    present = int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 0
    most = present + memory_mb * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
