"""The launcher of our children: `python -m cli.child PARENT_PID MODULE[:FUNCTION] ARGUMENT…`.

A child started through it ends with its parent, however that dies, and so do the processes it forks:
Linux's parent-death signal is asked for here and again after every fork; elsewhere a thread watches.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import runpy
import signal
import sys
import threading
import time

PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>
LOOK_EVERY_S = 1.0


def end_with_parent() -> None:
    """SIGTERM comes to this process when its parent dies (Linux; does nothing elsewhere)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def watch_parent(pid: int) -> None:
    """The same for systems without that signal: a thread looks once a second."""

    def look() -> None:
        while os.getppid() == pid:
            time.sleep(LOOK_EVERY_S)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=look, name="parent-watch", daemon=True).start()


def main() -> None:
    """Tie this process to its parent, then become the module or function named."""
    parent, target, *arguments = sys.argv[1:]
    os.register_at_fork(after_in_child=end_with_parent)
    end_with_parent()
    if os.getppid() != int(parent):  # it died before the signal was asked for
        sys.exit(1)
    if sys.platform != "linux":
        watch_parent(int(parent))
    module, _, function = target.partition(":")
    sys.argv = [module, *arguments]
    if function:
        sys.exit(getattr(importlib.import_module(module), function)())
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
