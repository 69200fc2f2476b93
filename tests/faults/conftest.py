"""The fault suite's ground, its seed in the header, and its table at the end."""

from __future__ import annotations

import pytest

from tests.faults.report import lines, table
from tests.harness.seed import SEED
from tests.live.conftest import ground

__all__ = ["ground"]


def pytest_report_header(config: pytest.Config) -> str:
    return f"faults: FAULT_SEED={SEED} repeats this run"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if lines or terminalreporter.stats.get("failed"):
        terminalreporter.section(f"faults, FAULT_SEED={SEED}")
        terminalreporter.write_line("\n".join(table()))
