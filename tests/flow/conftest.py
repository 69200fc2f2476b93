"""Flow tests: the served app on either database; `web` without a broker, `mill` with one and workers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.harness.broker import Broker
from tests.harness.databases import KINDS, Databases
from tests.harness.environment import environment
from tests.harness.ground import Ground, standing
from tests.harness.session import BROKER_SOCKET
from tests.harness.web import Web, serving


@dataclass(frozen=True)
class Mill:
    """Web, workers and broker on one database."""

    web: Web
    ground: Ground


@pytest.fixture(scope="module", params=KINDS)
def served(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Web]:
    """One served app for a whole module."""
    url = databases.fresh(request.param)
    home = tmp_path_factory.mktemp("home")
    with environment(DATABASE_URL=url, GRISTMILL_HOME=str(home)), serving() as made:
        yield made
    databases.drop(url)


@pytest.fixture
def web(served: Web) -> Iterator[Web]:
    """The app with a database and nothing else: what is submitted waits. The tenants are this test's own."""
    made = Web(served.port)
    yield made
    made.close()


@pytest.fixture(scope="module", params=KINDS)
def mill(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mill]:
    """All of it for a whole module, with real workers."""
    url = databases.fresh(request.param)
    with (
        environment(DATABASE_URL=url),
        standing(tmp_path_factory.mktemp("home"), Broker(BROKER_SOCKET)) as ground,
        serving() as made,
    ):
        ground.workers(processes=1)
        yield Mill(made, ground)
    databases.drop(url)
