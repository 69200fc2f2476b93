"""What somebody meets who uses the Python API before anything was set up, or with nothing running."""

from __future__ import annotations

from pathlib import Path

import pytest

from errors import ServiceError, Timeout
from pipelines import analyze, analyze_many
from tests.harness.environment import environment


def submit_both_ways() -> None:
    with pytest.raises(ServiceError, match="gristmill up"):
        analyze("text.sentiment", {"text": "Fine."}).submit()
    with pytest.raises(ServiceError, match="gristmill migrate"):
        analyze_many("text.sentiment", ["Fine."]).submit()


def test_a_database_without_tables_is_told_with_what_makes_it(empty_database_url: str) -> None:
    submit_both_ways()


def test_a_home_that_is_not_there_is_told_with_what_makes_it(tmp_path: Path) -> None:
    with environment(GRISTMILL_HOME=str(tmp_path / "none")):
        submit_both_ways()


def test_waiting_in_vain_says_what_starts_workers(database_url: str) -> None:
    job = analyze("text.sentiment", {"text": "Fine."}).submit()
    with pytest.raises(Timeout, match="gristmill up"):
        job.wait(timeout=0.01)
