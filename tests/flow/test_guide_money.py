"""The guide to money is true: its Python and its commands run as they stand there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import Command
from tests.flow.test_readme import ROOT, python_of
from tests.harness.environment import environment

GUIDE = "docs/money.md"
PRICES = '{"scripted/gpt-5-mini": {"input": 1, "output": 10}}'


@pytest.mark.usefixtures("database_url")
def test_its_python_runs_and_prints_an_estimate() -> None:
    with environment(LLM_PROVIDER="scripted", MODEL_PRICES=PRICES):
        code = [sys.executable, "-c", python_of(GUIDE)]
        ran = subprocess.run(code, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    jobs, tokens, micro, credits_, obstacles = ran.stdout.split()
    assert (jobs, credits_, obstacles) == ("2", "2", "[]")
    assert int(tokens) > 1_200
    assert int(micro) > 12_000


def test_its_commands_run(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"text": "Works well."}\n')
    command = Command(tmp_path / "home")
    told = re.findall(r"^gristmill (.*?)(?:  +#.*)?$", (ROOT / GUIDE).read_text(), re.MULTILINE)
    assert len(told) == 8
    for line in told:
        ran = command.run(*shlex.split(line))
        assert ran.code == 0, f"{line}: {ran.err}"


def test_its_prices_are_ones_the_settings_take() -> None:
    from settings import Settings

    (given,) = re.findall(r"MODEL_PRICES='(.*)'", (ROOT / GUIDE).read_text())
    assert set(Settings(model_prices=given).prices) == {"my-model"}
