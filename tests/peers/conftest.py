"""Starts the peers: real servers of others where they can be had, and one small server of our own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from llm_server import LlmServer

HERE = Path(__file__).parent
AIMOCK = HERE / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with LlmServer() as running:
        yield running


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(
    port: int, process: subprocess.Popen[bytes], within_s: float, said: Path | None = None
) -> None:
    """Wait until the peer listens; where it does not, fail with the end of what it wrote to `said`."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(
                f"the peer ended with code {process.returncode} before it listened{_tail(said)}"
            )
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"the peer did not listen within {within_s:.0f} s{_tail(said)}")


def _tail(said: Path | None, lines: int = 20) -> str:
    if said is None:
        return ""
    last = said.read_text("utf-8", "replace").strip().splitlines()[-lines:]
    return "; its last words:\n" + ("\n".join(last) or "(none)")


def cannot(reason: str) -> None:
    """Skip, but fail where CI promised that the peers are there."""
    if os.environ.get("CI") == "true" and shutil.which("node"):
        pytest.fail(reason)
    pytest.skip(reason)


def _install_aimock() -> None:
    if AIMOCK.exists():
        return
    if not (shutil.which("node") and shutil.which("npm")):
        cannot("Node and npm are not installed, so the aimock peer cannot run")
    command = ["npm", "install", "--prefix", str(HERE), "--no-package-lock", "--ignore-scripts", "--no-audit"]
    done = subprocess.run([*command, "--no-fund"], capture_output=True, timeout=100, check=False)
    if done.returncode != 0 or not AIMOCK.exists():
        cannot("npm could not install the aimock peer (no network?)")


@pytest.fixture(scope="session")
def aimock() -> Iterator[str]:
    """The base URL of a running aimock, without `/v1`."""
    _install_aimock()
    port = free_port()
    command = ["node", str(AIMOCK), "--port", str(port), "--fixtures", str(HERE / "aimock.json")]
    process = subprocess.Popen([*command, "--log-level", "silent"], stdout=subprocess.DEVNULL)
    try:
        wait_for_port(port, process, 20)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
