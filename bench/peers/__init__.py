"""Those we are measured against: pinned, in environments of their own, so that ours stays as users have it.

They are kept in GRISTMILL_PEERS (by default under the user's cache folder) and installed once for each
set of versions. Their scripts print one JSON line, as our own sides do.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.ground import Missing, line_of, running

HERE = Path(__file__).parent
PYTHON, NODE = HERE / "requirements.txt", HERE / "package.json"
INSTALL_S = 600


def python(*arguments: str) -> list[str]:
    """A command in the Python peers' environment, such as `("celery", …)`. Raises Missing."""
    home = _home(PYTHON)
    if not (home / "ready").exists():
        raise Missing("the Python peers are not installed: run `make bench-peers`")
    return [str(home / "bin" / arguments[0]), *arguments[1:]]


def node(script: str, *arguments: str) -> list[str]:
    """A command that runs one of our scripts on Node. Raises Missing."""
    home = _home(NODE)
    if shutil.which("node") is None:
        raise Missing("there is no Node here")
    if not (home / "ready").exists():
        raise Missing("the Node peers are not installed: run `make bench-peers`")
    shutil.copy(HERE / script, home / script)  # Node looks for packages beside the script
    return ["node", str(home / script), *arguments]


def ask(command: list[str]) -> dict[str, Any]:
    """What a peer's script measured. Its own complaints go to our stderr."""
    return line_of(subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, text=True, check=False))


@contextlib.contextmanager
def crew(command: list[str], processes: int) -> Iterator[None]:
    """So many processes of a peer's workers."""
    with contextlib.ExitStack() as stack:
        for _ in range(processes):
            stack.enter_context(running(command, cwd=HERE))
        yield


def install() -> list[str]:
    """Install what is not there yet; gives why something could not be."""
    return [reason for reason in (_once(PYTHON, _pip), _once(NODE, _npm)) if reason]


def _home(listed: Path) -> Path:
    cache = Path(os.environ.get("GRISTMILL_PEERS") or Path.home() / ".cache" / "gristmill-peers")
    return cache / f"bench-{listed.stem}-{hashlib.sha256(listed.read_bytes()).hexdigest()[:12]}"


def _once(listed: Path, steps: Callable[[Path], list[list[str]]]) -> str | None:
    home = _home(listed)
    if (home / "ready").exists():
        return None
    if listed is NODE and shutil.which("npm") is None:
        return "there is no Node with npm here"
    home.mkdir(parents=True, exist_ok=True)
    for command in steps(home):
        if subprocess.run(command, timeout=INSTALL_S, stdout=sys.stderr, check=False).returncode:
            return f"{command[0]} could not install {listed.name} (no network?)"
    (home / "ready").touch()
    return None


def _pip(home: Path) -> list[list[str]]:
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return [[sys.executable, "-m", "venv", str(home)], [*pip, "-r", str(PYTHON)]]


def _npm(home: Path) -> list[list[str]]:
    shutil.copy(NODE, home)
    npm = ["npm", "install", "--prefix", str(home), "--no-package-lock", "--ignore-scripts"]
    return [[*npm, "--no-audit", "--no-fund", "--loglevel", "error"]]
