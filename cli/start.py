"""Start: the console script's first lines, so that Ctrl-C ends a command quietly however early it comes."""

from __future__ import annotations

import os
import signal
from types import FrameType

INTERRUPTED = 130  # as `cli.problems`, which imports more than may be waited for


def main() -> None:
    """The console script. Until the commands are loaded nothing was begun, and there is nothing to undo."""
    signal.signal(signal.SIGINT, _leave)
    from cli.main import main as run

    signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)
