"""Killable: a function in a process of its own gives its value or its error, or is killed in time."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from adapters.killable import run_killable
from errors import Cancelled, ContentFilter, GristmillError, Internal, InvalidInput, Timeout


def run(function: Any, *args: Any, limit_s: float = 20, memory_mb: int = 200, **more: Any) -> Any:
    return run_killable(function, args, limit_s=limit_s, memory_mb=memory_mb, **more)


def told(text: str, times: int) -> dict[str, Any]:
    return {"text": text * times, "pid": os.getpid()}


def refuse(kind: type[GristmillError]) -> None:
    raise kind("It said so.")


def break_down(secret: str) -> None:
    raise ZeroDivisionError(secret)


def sleep_in_c(trace: str) -> None:
    """A call that no exception in Python interrupts."""
    Path(trace).write_text(str(os.getpid()))
    ctypes.PyDLL(None).sleep(60)  # with the interpreter's lock held, as a bad parser does


def swell(megabytes: int) -> int:
    return len(bytearray(megabytes * 1_000_000))


def kill_myself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def unsayable() -> object:
    return object()


def is_gone(trace: Path) -> bool:
    return not psutil.pid_exists(int(trace.read_text()))


def test_a_value_comes_back_from_another_process() -> None:
    found = run(told, "ab", 3)
    assert found["text"] == "ababab"
    assert found["pid"] != os.getpid()


def test_a_long_value_comes_back_whole() -> None:
    assert len(run(told, "ä", 2_000_000)["text"]) == 2_000_000


@pytest.mark.parametrize("kind", [InvalidInput, ContentFilter])
def test_an_error_of_ours_is_raised_here(kind: type[GristmillError]) -> None:
    with pytest.raises(kind, match="It said so"):
        run(refuse, kind)


def test_a_foreign_error_is_internal_and_its_text_stays_there() -> None:
    with pytest.raises(Internal, match="ZeroDivisionError") as raised:
        run(break_down, "my dear diary")
    assert "diary" not in str(raised.value)


def test_a_value_that_is_not_json_is_our_own_fault() -> None:
    with pytest.raises(Internal):
        run(unsayable)


def test_blocking_code_is_killed_when_its_time_is_over(tmp_path: Path) -> None:
    began = time.monotonic()
    trace = tmp_path / "pid"
    run(told, "warm", 1)  # the first one also starts the server that forks
    with pytest.raises(Timeout, match="1 s"):
        run(sleep_in_c, str(trace), limit_s=1)
    assert time.monotonic() - began < 15
    assert is_gone(trace)


def test_memory_is_bounded_and_who_needs_more_is_told() -> None:
    assert run(swell, 50, memory_mb=100) == 50_000_000
    with pytest.raises(InvalidInput, match="memory"):
        run(swell, 500, memory_mb=100)


def test_a_cancel_kills_it_at_once(tmp_path: Path) -> None:
    trace, cancelled = tmp_path / "pid", threading.Event()

    def cancel_when_it_runs() -> None:
        while not trace.exists():
            time.sleep(0.01)
        cancelled.set()

    threading.Thread(target=cancel_when_it_runs, daemon=True).start()
    with pytest.raises(Cancelled):
        run(sleep_in_c, str(trace), cancelled=cancelled)
    assert is_gone(trace)


def test_a_child_that_dies_is_an_error_and_not_a_wait() -> None:
    began = time.monotonic()
    with pytest.raises(Internal, match="died"):
        run(kill_myself)
    assert time.monotonic() - began < 15


def test_what_is_thrown_into_the_waiting_thread_leaves_no_process(tmp_path: Path) -> None:
    trace = tmp_path / "pid"
    ended = threading.Event()

    def wait() -> None:
        try:
            run(sleep_in_c, str(trace))
        except KeyboardInterrupt:
            ended.set()

    thread = threading.Thread(target=wait)
    thread.start()
    while not trace.exists():
        time.sleep(0.01)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident or 0), ctypes.py_object(KeyboardInterrupt)
    )
    assert ended.wait(5)
    thread.join(5)
    assert is_gone(trace)
