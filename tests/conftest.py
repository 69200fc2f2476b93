"""What every test stands on: a home of its own, either database, and no way out of this machine.

Ask for `database_url` to run on SQLite and on PostgreSQL, each fresh and migrated; for `home` alone
where no database is needed; for `shared` where the real data beside the checkout is. Importing this
sets the environment before any module of ours reads it; see `harness/session.py`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

import tests.harness.session  # noqa: F401 - sets the environment before our modules read it
from tests.harness.databases import KINDS, Databases
from tests.harness.environment import environment, forget
from tests.harness.guard import guard
from tests.harness.session import HOME, ROOT


def pytest_configure(config: pytest.Config) -> None:
    guard()


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(HOME, ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long fault suite runs only where it is asked for (`-m faults`)."""
    if "faults" in (config.option.markexpr or ""):
        return
    long = [item for item in items if item.get_closest_marker("faults")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if not item.get_closest_marker("faults")]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where a test with real workers failed, what they said last."""
    report = yield
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            if callable(tails := getattr(value, "log_tails", None)):
                report.sections.extend(tails())
    return report


@pytest.fixture(autouse=True)
def _settings_are_read_anew() -> Iterator[None]:
    """No test sees settings or connections that another one left."""
    forget()
    yield
    forget()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A fresh `GRISTMILL_HOME`."""
    folder = tmp_path / "home"
    folder.mkdir()
    with environment(GRISTMILL_HOME=str(folder)):
        yield folder


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """Where fresh databases come from, for tests that need one by hand."""
    made = Databases()
    yield made
    made.close()


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, databases: Databases, home: Path) -> Iterator[str]:
    """A fresh, migrated database that is in effect (`DATABASE_URL`); each test runs on both kinds."""
    url = databases.fresh(request.param)
    with environment(DATABASE_URL=url):
        yield url
    databases.drop(url)


@pytest.fixture(params=KINDS)
def empty_database_url(request: pytest.FixtureRequest, databases: Databases, home: Path) -> Iterator[str]:
    """As `database_url`, but without any table yet."""
    url = databases.fresh(request.param, migrated=False)
    with environment(DATABASE_URL=url):
        yield url
    databases.drop(url)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the checkout, or wherever GRISTMILL_SHARED says; else a skip."""
    folder = Path(os.environ.get("GRISTMILL_SHARED") or ROOT.parent / "shared")
    if not (folder / "data").is_dir():
        pytest.skip(f"the real data is not at {folder} (GRISTMILL_SHARED names another place)")
    return folder
