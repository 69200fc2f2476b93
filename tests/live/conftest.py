"""Live tests: a ground with real workers for each test, or one fleet for a module's gentler tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.broker import Broker
from tests.harness.databases import KINDS, Databases
from tests.harness.environment import environment
from tests.harness.ground import Ground, standing
from tests.harness.session import BROKER_SOCKET


@pytest.fixture
def ground(database_url: str, home: Path) -> Iterator[Ground]:
    """A broker and a fresh database; the test starts the workers it wants."""
    with standing(home, Broker(BROKER_SOCKET)) as made:
        yield made


@pytest.fixture(scope="module", params=KINDS)
def fleet(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    """Workers that serve a whole module on one database: for tests that break nothing."""
    url = databases.fresh(request.param)
    with (
        environment(DATABASE_URL=url),
        standing(tmp_path_factory.mktemp("home"), Broker(BROKER_SOCKET)) as made,
    ):
        made.workers()
        yield made
    databases.drop(url)
