"""actors.interrupts: a step's own code is ended at any moment of it, and nothing else ever is."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator

import pytest

from actors.interrupts import Interruptible, Stopped, shielded


def strikes(stretch: Interruptible, over: threading.Event, pause_s: float = 0.0) -> threading.Thread:
    """Somebody who strikes again and again until the event."""

    def run() -> None:
        while not over.is_set():
            stretch.strike()
            time.sleep(pause_s)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def go_on_whatever_happens() -> None:
    while True:
        try:
            time.sleep(0.001)
        except Exception:  # noqa: BLE001 - as an analyser might
            continue


@pytest.fixture
def quick_turns() -> Iterator[None]:
    """Threads take turns every few bytecodes, so that a strike falls anywhere."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_a_loop_that_never_ends_is_ended_soon() -> None:
    stretch, over = Interruptible(), threading.Event()
    strikes(stretch, over, 0.05)
    begun = time.monotonic()
    with pytest.raises(Stopped), stretch.open():
        for _ in iter(int, 1):
            pass
    over.set()
    assert time.monotonic() - begun < 1


def test_code_that_catches_every_exception_is_ended_all_the_same() -> None:
    stretch, over = Interruptible(), threading.Event()
    strikes(stretch, over, 0.05)
    with pytest.raises(Stopped), stretch.open():
        go_on_whatever_happens()
    over.set()


def test_outside_of_a_stretch_nothing_strikes() -> None:
    stretch = Interruptible()
    stretch.strike()
    with stretch.open():
        pass
    stretch.strike()
    time.sleep(0.01)


@pytest.mark.usefixtures("quick_turns")
def test_however_often_it_is_struck_the_shielded_part_is_never_cut_in_two() -> None:
    stretch, over = Interruptible(), threading.Event()
    striker = strikes(stretch, over)
    begun = ended = struck = 0
    until_s = time.monotonic() + 20
    while struck < 100 and time.monotonic() < until_s:
        try:
            with stretch.open():
                for _ in range(5):
                    with shielded():
                        begun += 1
                        sum(range(50))
                        with shielded():
                            ended += 1
        except Stopped:
            struck += 1
        total = sum(range(50))  # out of the stretch: would raise out of this test
        assert total
    over.set()
    striker.join()
    assert begun == ended > 0
    assert struck == 100, "the strikes hardly ever fell into the stretch"


def test_what_was_struck_is_heard_before_the_stretch_is_left() -> None:
    stretch = Interruptible()
    with pytest.raises(Stopped), stretch.open():
        stretch.strike()
    time.sleep(0.01)
