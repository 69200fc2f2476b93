"""The README's Python runs as it stands there, with real workers."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.stack import Stack
from settings import get_settings
from tests.harness.environment import environment

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


def python_of(page: str) -> str:
    return "\n".join(BLOCK.findall((ROOT / page).read_text()))


@pytest.mark.live
def test_the_readmes_python_runs(home: Path) -> None:
    with environment(REDIS_URL="", WORKER_PROCESSES="1"), Stack(get_settings(), print):
        ran = subprocess.run(
            [sys.executable, "-c", python_of("README.md")],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=90,
        )
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert sorted(lines[1:3]) == ["completed negative local", "completed positive local"]
    assert lines[-1] == "completed"


@pytest.mark.parametrize("page", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_link_to_a_file_leads_to_one(page: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", (ROOT / page).read_text()):
        assert (ROOT / target).exists(), f"{page} links to {target}"
